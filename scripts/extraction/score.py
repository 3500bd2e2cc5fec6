"""ROUGE-LSum of article extractors as the fundus evaluation computes it (arXiv 2403.15279).

Reference paragraphs in [square brackets] are optional (captions, sub-headlines, closing notes): a page's score is the
best over all subsets of them, exact up to 10 and greedy beyond (one page, 14). Paragraphs are stripped of repeated white
space and joined by blank lines; texts are split into sentences with punkt's English model, which is what rouge-score's
`split_summaries=True` does through NLTK. The score of a page is rouge-score's; its tables are computed here once a page
instead of once a subset, and `--check` compares both.

usage: score.py --data DIR NAME=extractions.json ... [--check] [--pages] [--publishers] [--half dev|test] [--json FILE]
An extraction file is a JSON object from page name to its paragraphs.
"""
import argparse
import collections
import itertools
import json
import pathlib

import punkt
from rouge_score import rouge_scorer, tokenizers

TOKENS = tokenizers.DefaultTokenizer(use_stemmer=False)
MAX_EXACT = 10


def sentences(text):
    return punkt.sent_tokenize(text)


def publisher(page):
    return page.rsplit("_", 1)[0]


def tokenised(paragraphs):
    text = "\n\n".join(" ".join(p.split()) for p in paragraphs)
    return [t for t in (TOKENS.tokenize(s) for s in sentences(text) if s) if t]


def union_lcs(ref, cands, exact):
    key = tuple(ref)
    if key in exact:
        return ref
    words = set(ref)
    found = set()
    for cand in cands:
        if not words.isdisjoint(cand):
            # A word the other side lacks never matches; leaving it out leaves the table's path as it was
            # for lengths, and ties fall as in rouge-score on the words that remain.
            found.update(rouge_scorer.lcs_ind(ref, cand))
    return [ref[i] for i in sorted(found)]


def page_score(body, hypothesis):
    """(precision, recall, f1) of one page."""
    optional = [p[0] == "[" and p[-1] == "]" for p in body]
    ref = [tokenised([p[1:-1] if o else p]) for p, o in zip(body, optional)]
    cand = tokenised(hypothesis)
    exact = {tuple(c) for c in cand}
    lcs = [[union_lcs(s, cand, exact) for s in sentences] for sentences in ref]
    cand_counts = collections.Counter(t for c in cand for t in c)
    n = sum(map(len, cand))

    def score(left_out):
        kept = [i for i in range(len(ref)) if i not in left_out]
        m = sum(len(s) for i in kept for s in ref[i])
        if not m or not n:
            return 0.0, 0.0, 0.0
        in_ref = collections.Counter(t for i in kept for s in ref[i] for t in s)
        in_cand = cand_counts.copy()
        hits = 0
        for t in (t for i in kept for s in lcs[i] for t in s):
            if in_cand[t] > 0 and in_ref[t] > 0:
                hits += 1
                in_cand[t] -= 1
                in_ref[t] -= 1
        p, r = hits / n, hits / m
        return p, r, (2 * p * r / (p + r) if p + r else 0.0)

    indices = [i for i, o in enumerate(optional) if o]
    if len(indices) <= MAX_EXACT:
        subsets = (set(c) for k in range(len(indices) + 1) for c in itertools.combinations(indices, k))
        return max((score(s) for s in subsets), key=lambda s: s[2])
    out, best = set(), score(set())
    for i in indices:
        if (tried := score(out | {i}))[2] > best[2]:
            out.add(i)
            best = tried
    return best


def score_all(extractions, pages):
    return {page: page_score(article["body"], extractions.get(page, [])) for page, article in pages.items()}


def mean(values):
    values = list(values)
    return 100 * sum(values) / max(len(values), 1)


def check(pages, extractions):
    """Compares with rouge-score itself on pages without optional paragraphs left out or in."""
    import nltk

    nltk.sent_tokenize = sentences
    scorer = rouge_scorer.RougeScorer(["rougeLsum"], use_stemmer=False, split_summaries=True)
    for page in list(pages)[::11]:
        body = [p for p in pages[page]["body"] if not (p[0] == "[" and p[-1] == "]")]
        ours = page_score(body, extractions.get(page, []))
        text = "\n\n".join(" ".join(p.split()) for p in extractions.get(page, []))
        theirs = scorer.score("\n\n".join(" ".join(p.split()) for p in body), text)["rougeLsum"]
        print("check", page, round(ours[2], 5), round(theirs.fmeasure, 5))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", nargs="+")
    parser.add_argument("--data", type=pathlib.Path, required=True, help="the folder fundus-evaluation")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--pages", action="store_true")
    parser.add_argument("--publishers", action="store_true")
    parser.add_argument("--half", choices=["dev", "test"])
    parser.add_argument("--json")
    args = parser.parse_args()
    pages = dict(sorted(json.loads((args.data / "ground_truth.json").read_text()).items()))
    # Every second publisher in alphabetical order: rules are developed on these only.
    publishers = sorted({publisher(page) for page in pages})
    dev_half = set(publishers[::2])
    results = {}
    for run in args.runs:
        name, path = run.split("=", 1)
        extractions = json.loads(pathlib.Path(path).read_text())
        if args.check:
            check(pages, extractions)
        results[name] = score_all(extractions, pages)
    print(f"{'run':28} {'P':>6} {'R':>6} {'F1':>6}   dev F1  test F1")
    for name, scores in results.items():
        p, r, f = (mean(s[i] for s in scores.values()) for i in range(3))
        dev = mean(s[2] for k, s in scores.items() if publisher(k) in dev_half)
        test = mean(s[2] for k, s in scores.items() if publisher(k) not in dev_half)
        print(f"{name:28} {p:6.2f} {r:6.2f} {f:6.2f}   {dev:6.2f}   {test:6.2f}")
    shown = [p for p in publishers if args.half is None or (p in dev_half) == (args.half == "dev")]
    if args.publishers:
        print(f"\n{'publisher':20}" + "".join(f"{n[:12]:>13}" for n in results))
        for pub in shown:
            row = [mean(s[2] for k, s in scores.items() if publisher(k) == pub) for scores in results.values()]
            print(f"{pub:18}{'d' if pub in dev_half else 't'} " + "".join(f"{v:13.2f}" for v in row))
    if args.pages:
        for page in pages:
            if publisher(page) in shown:
                row = [" ".join(f"{100 * x:5.1f}" for x in s[page]) for s in results.values()]
                print(f"{page[:-8]:20} " + "   ".join(row))
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps({n: {k: v for k, v in s.items()} for n, s in results.items()}, indent=1))


if __name__ == "__main__":
    main()
