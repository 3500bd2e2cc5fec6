# Shared by the scripts of this folder: where things are, how to say something, how to stop.
# Sourced, not run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
deps="$root/.deps"

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }

# die MESSAGE REMEDY: one sentence that names what is missing, one that names the remedy.
die() {
  printf 'error: %s. %s.\n' "$1" "$2" >&2
  exit 2
}

# need COMMAND REMEDY: stops unless the command is there.
need() { command -v "$1" >/dev/null 2>&1 || die "'$1' is not on this machine" "$2"; }
