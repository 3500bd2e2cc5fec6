"""Milliseconds a page, Python Trafilatura and ours alternating page by page in one run.

Both get the decompressed bytes in memory and use one thread and one process each; the clock runs inside each process.
`py` is the fundus evaluation's call (text only, with the fallback), `py-fast` without it, `py-meta` with metadata, as ours.

usage: speed.py --data DIR --server BINARY --json FILE [--rounds 5]   (BINARY: target/release/examples/page_times)
"""

import argparse
import gzip
import json
import pathlib
import platform
import statistics
import subprocess
import time

import trafilatura

KEYWORDS = dict(include_tables=False, include_comments=False)
CALLS = {
    "py": lambda raw: trafilatura.extract(raw, **KEYWORDS),
    "py-fast": lambda raw: trafilatura.extract(raw, fast=True, **KEYWORDS),
    "py-meta": lambda raw: trafilatura.bare_extraction(raw, with_metadata=True, **KEYWORDS),
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--server", required=True)
    parser.add_argument("--json", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    pages = {path: gzip.decompress(path.read_bytes()) for path in sorted((args.data / "html").iterdir())}
    server = subprocess.Popen([args.server], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ours(path):
        server.stdin.write(f"{path}\n")
        server.stdin.flush()
        return int(server.stdout.readline().split()[0]) / 1e6

    raw = {name: {path.name: [] for path in pages} for name in [*CALLS, "ours"]}
    for path, data in pages.items():  # warm-up
        ours(path)
        CALLS["py"](data)
    for _ in range(args.rounds):
        for path, data in pages.items():
            for name, call in CALLS.items():
                start = time.perf_counter()
                call(data)
                raw[name][path.name].append((time.perf_counter() - start) * 1e3)
            raw["ours"][path.name].append(ours(path))
    means = {n: [sum(v[i] for v in t.values()) / len(t) for i in range(args.rounds)] for n, t in raw.items()}
    own = statistics.median(means["ours"])
    for name, mean in means.items():
        median = statistics.median(mean)
        print(f"{name:8} median of rounds {median:7.3f} ms/page, ours is {median / own:.1f} times as fast")
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    facts = {"unit": "milliseconds a page", "cpu": cpu, "load": open("/proc/loadavg").read().split()[:3], "python": platform.python_version(),
             "trafilatura": trafilatura.__version__, "pages": len(pages), "rounds": args.rounds}
    args.json.write_text(json.dumps(facts | {"means_by_round": means, "raw": raw}) + "\n")


if __name__ == "__main__":
    main()
