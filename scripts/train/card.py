"""Writes model.toml and card.md from the exported files, eval/metrics.json and the training summary."""

import argparse
import hashlib
import json
from pathlib import Path

import checkpoint
from data import ENTITIES, FRAMES, POLARITIES
from evaluate import MAIN_FIGURE

LICENCE = "Apache-2.0 (base encoder, heads); trained partly on CoNLL-2003, whose Reuters text is for research use"
DATA = ["CoNLL-2003", "NewsMTSC", "DSE", "Dyad frames"]
FILES = {"encoder": "model.safetensors", "config": "config.json", "tokenizer": "tokenizer.json", "heads": "heads.safetensors",
         "onnx-fp32": "encoder.onnx", "onnx-int8": "encoder.int8.onnx"}  # fmt: skip
SETS = {"entities": "CoNLL-2003", "sentiment": "NewsMTSC-rw", "stance": "DSE", "frames": "Dyad frames"}
PRECISIONS = ("fp16", "int8")
NAMES = {"entities": "entity F1", "sentiment": "macro F1", "stance": "macro F1, 5 classes", "frames": "macro F1, 10 frames"}


def toml(value) -> str:
    """A TOML string, number or one-line list."""
    return json.dumps(value, ensure_ascii=False)


def headline_figures(metrics: dict) -> list[tuple[str, str, str, str, float]]:
    """(task, split, precision, metric, value) of every main figure, and of tone."""
    rows = []
    for precision in PRECISIONS:
        for split, figures in metrics.get(precision, {}).items():
            rows += [(t, split, precision, NAMES[t], figures[t][k]) for t, k in MAIN_FIGURE.items()]
            rows.append(("tone", split, precision, "macro F1, 3 classes", figures["frames"]["tone"]["macro_f1"]))
    return rows


def write_manifest(out: Path, calibration: dict, metrics: dict | None) -> None:
    """model.toml, exactly as the Rust loader reads it."""
    lines = [
        'name = "joint-minilm"', 'version = "1"', 'architecture = "bert"', 'roles = ["entities", "sentiment", "stance", "frames"]',
        "max_length = 256 # tokens, specials included", "hidden_size = 384", 'casing = "token-type"',
        f"licence = {toml(LICENCE)}", f"data = {toml(DATA)}",
    ]  # fmt: skip
    for name, path in FILES.items():
        digest = hashlib.sha256((out / path).read_bytes()).hexdigest()
        lines += ["", f"[files.{name}]", f"path = {toml(path)}", f"sha256 = {toml(digest)}"]
    labels = {"entities": ENTITIES, "sentiment": POLARITIES, "stance": POLARITIES, "tone": POLARITIES, "frames": FRAMES}
    for head, names in labels.items():
        lines += ["", f"[heads.{head}]", f"labels = {toml(names)}"]
        if head == "frames":
            lines.append(f"thresholds = {toml(calibration['thresholds'])}")
        lines.append(f"temperature = {round(calibration['temperatures'][head], 4)}")
    for task, split, precision, metric, value in headline_figures(metrics) if metrics else []:
        lines += ["", f"[metrics.{task}-{split}-{precision}]", f"data_set = {toml(SETS.get(task, 'Dyad frames'))}", f"split = {toml(split)}",
                  f"metric = {toml(metric)}", f"value = {value:.4f}", f"precision = {toml(precision)}"]  # fmt: skip
    (out / "model.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def table(metrics: dict, pick) -> list[str]:
    """A Markdown table of figures: one row each, columns dev and test in both precisions."""
    columns = [(p, s) for p in PRECISIONS for s in metrics.get(p, {})]
    lines = ["| | " + " | ".join(f"{s} {p}" for p, s in columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name in pick(metrics["fp16"]["test"]):
        lines.append(f"| {name.replace('_', ' ')} | " + " | ".join(f"{100 * pick(metrics[p][s])[name]:.1f}" for p, s in columns) + " |")
    return lines


def real_table(metrics: dict) -> list[str]:
    """Frames, tone, sentiment and stance on real sentences: one column a precision."""
    rows = lambda f: {k: v for k, v in f.items() if isinstance(v, float)} | {f"{part} macro_f1": f[part]["macro_f1"] for part in ("tone", "sentiment", "stance")}
    lines = ["| | " + " | ".join(PRECISIONS) + " |", "|---" * (len(PRECISIONS) + 1) + "|"]
    for name in rows(metrics["real"]["fp16"]):
        lines.append(f"| {name.replace('_', ' ')} | " + " | ".join(f"{100 * rows(metrics['real'][p])[name]:.1f}" for p in PRECISIONS) + " |")
    return lines


def averages_table(summary: dict) -> list[str]:
    """Dev figures of the models there were and of the averages that soup.py tried."""
    columns = list(next(iter(summary["averages"].values())))
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    return lines + [f"| {name} | " + " | ".join(f"{figures[c]:.1f}" for c in columns) + " |" for name, figures in summary["averages"].items()]


def write_card(out: Path, summary: dict, calibration: dict, metrics: dict, template: Path) -> None:
    """card.md: the template's prose with every figure filled in."""
    scalars = lambda figures: {k: v for k, v in figures.items() if isinstance(v, float)}
    recipe = summary["recipe"]
    fields = {
        "headline": "\n".join(table(metrics, lambda f: {f"{t}: {SETS[t]}, {NAMES[t]}": f[t][k] for t, k in MAIN_FIGURE.items()}
                                    | {"tone: Dyad frames, macro F1": f["frames"]["tone"]["macro_f1"]})),
        "entities": "\n".join(table(metrics, lambda f: scalars(f["entities"]))),
        "sentiment": "\n".join(table(metrics, lambda f: scalars(f["sentiment"]))),
        "stance": "\n".join(table(metrics, lambda f: scalars(f["stance"]))),
        "frames": "\n".join(table(metrics, lambda f: scalars(f["frames"]))),
        "frame_sides": "\n".join(table(metrics, lambda f: {f"{part} {k}": v for part in ("tone", "sentiment", "stance")
                                                           for k, v in scalars(f["frames"][part]).items()})),
        "averages": "\n".join(averages_table(summary)), "taken": " and ".join(f"`{name}`" for name in summary["taken"]),
        "real": "\n".join(real_table(metrics)), "n_real": summary["data"]["frames-real"]["sentences"],
        "n_unlabelled": summary["data"]["unlabelled-train"]["sentences"], "rare": recipe["weights"]["rare"],
        "n_frames_train": summary["data"]["frames-train"]["sentences"],
        "seed": recipe["seed"], "steps": summary["steps"],
        "minutes": round(summary["seconds"] / 60), "rate": f"{summary['steps'] / max(1, summary['seconds']):.1f}",
        "threads": summary["threads"], "encoder_lr": recipe["encoder_lr"], "heads_lr": recipe["heads_lr"],
        "epochs": ", ".join(f"{k} {v}" for k, v in recipe["epochs"].items()),
        "per_task": ", ".join(f"{k} {v}" for k, v in summary["steps_per_task"].items()),
        "temperatures": ", ".join(f"{k} {v:.2f}" for k, v in calibration["temperatures"].items()),
        "biases": "; ".join(f"{k} " + "/".join(f"{b:+.2f}" for b in v) for k, v in calibration["biases"].items()),
        "thresholds": ", ".join(f"{f} {t}" for f, t in zip(FRAMES, calibration["thresholds"])),
        "gap_fp32": f"{metrics['hidden_state_difference']['onnx-fp32']:.1e}",
        "gap_int8": f"{metrics['hidden_state_difference']['onnx-int8']:.2f}",
        "n_frames_test": summary["data"]["frames-test"]["sentences"],
        "cuts": sum(v["cut"] for v in summary["data"].values()), "lost": sum(v["lost"] for v in summary["data"].values()),
    }  # fmt: skip
    text = template.read_text(encoding="utf-8")
    for name, value in fields.items():
        text = text.replace("{{" + name + "}}", str(value))
    (out / "card.md").write_text(text, encoding="utf-8")


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--checkpoint", type=Path, required=True, help="final.pt")
    args = parser.parse_args()
    state = checkpoint.load(args.checkpoint)
    temperatures = state["calibration"]["temperatures"]
    temperatures.update({k: round(v, 4) for k, v in temperatures.items()})  # model.toml and the reference cases agree to the last digit
    folder = args.model / "eval"
    folder.mkdir(exist_ok=True)
    (folder / "calibration.json").write_text(json.dumps(state["calibration"], indent=1) + "\n")
    (folder / "training.json").write_text(json.dumps(state["summary"], indent=1) + "\n")
    path = folder / "metrics.json"
    metrics = json.loads(path.read_text()) if path.exists() else None
    write_manifest(args.model, state["calibration"], metrics)
    if metrics:
        write_card(args.model, state["summary"], state["calibration"], metrics, Path(__file__).parent / "card-template.md")


if __name__ == "__main__":
    main()
