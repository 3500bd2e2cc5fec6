"""Reference cases for the Rust tests: token ids, case patterns, offsets and outputs on the exported fp16-rounded weights, in float32.

Byte positions throughout. `logits` are raw; `probabilities` are after each head's temperature; tone is p(positive) - p(negative).
"""

import argparse
import hashlib
import json
import re
from pathlib import Path

import torch

import tokens
from data import ENTITIES, FRAMES, POLARITIES
from features import Item, collate
from exported import load_heads, torch_encoder

MARK = re.compile(r"\{([AB]):([^{}]+)\}")

TEXTS = [
    "{A:Microsoft} and {B:OpenAI} extended their partnership until 2030.",
    "{B:OpenAI} accused {A:Microsoft} of slowing the launch, people familiar with the talks said.",
    "{A:Microsoft} shares rose 2% on Tuesday.",
    "{B:Sam Altman} thanked {A:Satya Nadella} on stage and called {A:Azure} “the best bromance in tech”.",
    "{B:openai} just dropped {A:microsoft} as its only cloud lol 😂🔥 wild times",
    "MICROSOFT TO TAKE STAKE IN RIVAL LAB AS TALKS STALL",
    "Why does my {A:Azure} {B:OpenAI} endpoint return 429 after the update?",
    "The board of {B:OpenAI} would keep control, while {A:Microsoft} takes a 27% stake valued at about $135bn.",
    "EU regulators asked whether {A:Microsoft}’s agreement with {B:OpenAI} amounts to a merger.",
    "{A:Siemens} said on Monday it had ended a licence deal with {B:Société Générale} in Zürich.",
    "Café owners in São Paulo cheered; Beyoncé’s iPhone did not.",
    "Hi.",
    "{A:Toyota}|{B:Panasonic}: {A:Toyota} buys out {B:Panasonic}'s half of {A:Prime Planet}.",
    "{B:Oracle} will supply 4.5 GW of compute that {A:Microsoft} chose not to build for {B:OpenAI}.",
    "Peter Blackburn flew from BRUSSELS to New York with the U.S. team on 1996-08-22 .",
    "{A:McDonald's} and {B:eBay} disagree… again — “it’s complicated,” one aide said.",
    "“{B:We} still rely on {A:them} for every GPU,” an {B:OpenAI} engineer told Ars.",
    "Providers: OpenAI, Anthropic, Mistral, Cohere, Azure, Bedrock.",
    "{A:微软} and {B:OpenAI} opened a lab in 北京 with 120 staff.",
    "naïve\tco-operation  between {A:AT&T}   and {B:Time Warner}\u00a0ended in 2021",
    "{A:Microsoft} insisted that the relationship with {B:OpenAI} “remains strong”, but internal messages seen by reporters describe months "
    "of arguments over compute, over the clause that ends {A:Microsoft}'s access once a general intelligence is declared, over who may sell "
    "to whom, and over a start-up that {B:OpenAI} wanted to buy without giving {A:the Redmond company} its code; one person close to {B:Altman} "
    "said that talks had “never been this tense”, while two others, who were not authorised to speak, called it “a family row” that would "
    "end, as all of them had, with a longer contract, a lower revenue share and a joint photograph on the steps of a data centre in Wisconsin.",
    "DeepSeek-R1 beats o1-mini; xAI's Grok-2 and GPT-4o follow. U.N. chief António Guterres commented.",
    "{A:Nokia} praised {B:Ericsson}, and {B:Ericsson} praised {A:Nokia}.",
    "The antitrust case against {B:Google} barely mentioned {A:Apple}'s search revenue, which fell after the İstanbul ruling.",
    "👩‍💻 @sama: {A:MSFT} > {B:OAI}? #AGI https://example.org/a?b=1",
]


def parse(marked: str) -> tuple[str, dict[str, list[tuple[int, int]]]]:
    """Text without marks and the character spans of A and B."""
    pieces, at, length, spans = [], 0, 0, {"A": [], "B": []}
    for match in MARK.finditer(marked):
        pieces += [marked[at : match.start()], match[2]]
        length += match.start() - at
        spans[match[1]].append((length, length + len(match[2])))
        length, at = length + len(match[2]), match.end()
    return "".join(pieces) + marked[at:], spans


def rounded(values: torch.Tensor) -> list:
    """Numbers with seven significant digits."""
    return [rounded(v) for v in values] if values.dim() else float(f"{values.item():.7g}")


def case(marked: str, tokenizer, encode, heads, temperatures: dict) -> dict:
    """One reference case."""
    text, spans = parse(marked)
    enc = tokens.encode(tokenizer, text)
    assert len(enc.ids) <= tokens.MAX_LENGTH, text
    a, b = (tokens.overlapping(enc, spans[side]) for side in "AB")
    item = Item(enc.ids, enc.types, targets=[(p, 0) for p in (a, b) if p], pairs=[(a, b, 0, 0)] if a and b else [])
    batch = collate([item])
    hidden = encode(batch.ids, batch.mask, batch.types)
    to_byte = tokens.byte_offsets(text)
    bytes_of = lambda spans: [[to_byte[s], to_byte[e]] for s, e in spans]
    scores: dict[str, torch.Tensor] = {"entities": heads.entity_logits(hidden)[0, tokens.first_subtokens(enc)[:5]]}
    sides = [side for side, positions in (("A", a), ("B", b)) if positions]
    if sides:
        for side, value in zip(sides, heads.sentiment_logits(hidden, batch)):
            scores[f"sentiment.{side}"] = value
    if item.pairs:
        scores["stance.A->B"], scores["stance.B->A"] = heads.stance_logits(hidden, batch)[0]
        frames = heads.frame_logits(hidden, batch)[0]
        scores["frames"], scores["tone"] = frames[: len(FRAMES)], frames[len(FRAMES) :]
    probabilities = {}
    for name, value in scores.items():
        scaled = value / temperatures[name.split(".")[0]]
        probabilities[name] = scaled.sigmoid() if name == "frames" else scaled.softmax(-1)
    tone = probabilities["tone"][2] - probabilities["tone"][0] if "tone" in probabilities else None
    return {
        "text": text, "a": bytes_of(spans["A"]), "b": bytes_of(spans["B"]),
        "token_ids": enc.ids, "token_type_ids": enc.types, "offsets": bytes_of(zip(enc.starts, enc.ends)), "words": enc.words,
        "cls": rounded(hidden[0, 0, :5]),
        "logits": {k: rounded(v) for k, v in scores.items()},
        "probabilities": {k: rounded(v) for k, v in probabilities.items()},
        "tone": None if tone is None else rounded(tone),
    }  # fmt: skip


@torch.no_grad()
def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--calibration", type=Path, help="eval/calibration.json of the model by default")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    tokenizer, encode, heads = tokens.load_tokenizer(args.model / "tokenizer.json"), torch_encoder(args.model), load_heads(args.model)
    calibration = json.loads((args.calibration or args.model / "eval/calibration.json").read_text())
    cases = [case(t, tokenizer, encode, heads, calibration["temperatures"]) for t in TEXTS]
    sha = hashlib.sha256((args.model / "model.safetensors").read_bytes()).hexdigest()
    labels = {"entities": ENTITIES, "sentiment": POLARITIES, "stance": POLARITIES, "frames": FRAMES, "tone": POLARITIES}
    args.out.parent.mkdir(parents=True, exist_ok=True)
    head = {"model_sha256": sha, "temperatures": calibration["temperatures"], "labels": labels}
    body = ",\n".join(json.dumps(c, ensure_ascii=False) for c in cases)
    args.out.write_text(json.dumps(head, ensure_ascii=False)[:-1] + ',\n"cases": [\n' + body + "\n]}\n", encoding="utf-8")
    print(f"{len(cases)} cases written to {args.out}")


if __name__ == "__main__":
    main()
