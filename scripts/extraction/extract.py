"""The paragraphs of every page, by Python Trafilatura and by `dyad extract`: extract.py --data DIR --dyad BINARY --out FOLDER.

The files hold other people's text: they are for score.py and not for the repository.
"""

import argparse
import gzip
import json
import pathlib
import subprocess

import trafilatura

VARIANTS = {"py": {}, "py-fast": {"fast": True}}


def by_trafilatura(raw, keywords):
    return (trafilatura.extract(raw, include_tables=False, include_comments=False, **keywords) or "").split("\n")


def by_dyad(binary, path, url):
    answer = subprocess.run([binary, "extract", path, "--json", "--url", url], capture_output=True, text=True)
    return json.loads(answer.stdout) if answer.returncode == 0 else {"paragraphs": [], "error": answer.stderr}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--dyad", required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    truth = json.loads((args.data / "ground_truth.json").read_text())
    paths = sorted((args.data / "html").iterdir())
    for name, keywords in VARIANTS.items():
        runs = {path.name: by_trafilatura(gzip.decompress(path.read_bytes()), keywords) for path in paths}
        (args.out / f"{name}.json").write_text(json.dumps(runs))
    pages = {path.name: by_dyad(args.dyad, path, truth[path.name]["url"]) for path in paths}
    (args.out / "ours.json").write_text(json.dumps({name: page["paragraphs"] for name, page in pages.items()}))
    dated = sum(page.get("published") is not None for page in pages.values())
    print(f"dated {dated} of {len(pages)}, without an article {sum('error' in page for page in pages.values())}")


if __name__ == "__main__":
    main()
