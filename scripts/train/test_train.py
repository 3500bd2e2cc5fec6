"""Tests of the parts that have rules of their own: `.deps/train-venv/bin/python -m unittest discover scripts/train`."""

import random
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent))
import checkpoint
import tokens
from augment import augmented
from base import base_folder
from closeness import classes, kappa, rho
from data import ENTITIES, Example, read_conll, read_dse
from errors import SetError, pooled, set_error
from frame_data import hold_out
from evaluate import spans, viterbi
from features import Item, build_item, collate
from soft import collected, softmax_loss
from soup import average, greedy, summary_of
from tokens import LOWER, MIXED, TITLE, UPPER, Encoded
from train import SOURCES, Recipe, plan_steps

TOKENIZER = tokens.load_tokenizer(base_folder() / "tokenizer.json")


def written(text: str) -> Path:
    """A temporary file with this text."""
    path = Path(tempfile.mkdtemp()) / "data.tsv"
    path.write_text(text, encoding="utf-8")
    return path


class Tokens(unittest.TestCase):
    def test_case_patterns(self):
        cases = {"word": LOWER, "2024": LOWER, ".": LOWER, "Word": TITLE, "A": TITLE, "É": TITLE, "NATO": UPPER, "GPT4": UPPER,
                 "OpenAI": MIXED, "iPhone": MIXED, "eBay": MIXED, "微软": LOWER}  # fmt: skip
        self.assertEqual({w: tokens.case_pattern(w) for w in cases}, cases)

    def test_every_subtoken_has_the_pattern_of_its_word(self):
        enc = tokens.encode(TOKENIZER, "OpenAI’s Café")
        self.assertEqual(enc.types, [LOWER, MIXED, MIXED, LOWER, LOWER, TITLE, LOWER])
        self.assertEqual("OpenAI’s Café"[enc.starts[-2] : enc.ends[-2]], "Café")

    def test_window_keeps_the_mentions_and_the_specials(self):
        enc = Encoded(list(range(500)), [0] * 500, [0] * 500, [0] * 500, [0] * 500)
        cut, moved, was_cut = tokens.window(enc, [400, 410], 256)
        self.assertTrue(was_cut)
        self.assertEqual((len(cut.ids), cut.ids[0], cut.ids[-1]), (256, 0, 499))
        self.assertEqual([cut.ids[moved[i]] for i in (400, 410)], [400, 410])

    def test_byte_and_char_spans_agree(self):
        text = "Zürich 😂 x"
        self.assertEqual(tokens.char_spans(text, [[0, 7], [8, 12]]), [(0, 6), (7, 8)])


class Readers(unittest.TestCase):
    def test_dse_brackets_inside_words(self):
        (e,) = read_dse(written("[Congre]ss met [ Mr. X] today\tCongre\tMr. X\t4\n"))
        self.assertEqual(e.text, "Congress met  Mr. X today")
        (a, b, ab, ba), = e.pairs
        self.assertEqual([e.text[s:t] for s, t in a + b], ["Congre", " Mr. X"])
        self.assertEqual((ab, ba), (1, 0))

    def test_conll_word_split_by_punctuation(self):
        (e,) = read_conll(written("U.S.\tB-location\nwins\tO\n\n"))
        item = build_item(TOKENIZER, e, Counter())
        self.assertEqual([ENTITIES[y] for y in item.labels], ["B-location"] + ["I-location"] * 3 + ["O"])
        self.assertEqual(item.source_words, [0, 4])

    def test_no_pair_on_both_sides(self):
        examples = [Example(str(i), pair_name=f"{i % 20}") for i in range(200)]
        train, dev = hold_out(examples, 0.12, 1)
        self.assertFalse({e.pair_name for e in train} & {e.pair_name for e in dev})
        self.assertTrue(15 <= len(dev) <= 27)


class Soft(unittest.TestCase):
    def test_exchanged_names_exchange_what_the_teacher_said(self):
        e = Example("Acme sued Beta.", targets=[([(0, 4)], 1), ([(10, 14)], 1)], pairs=[([(0, 4)], [(10, 14)], 0, 1)], pair_name="Acme|Beta",
                    soft={"sentiment": np.array([[1.0], [2.0]]), "stance": np.array([[[3.0], [4.0]]]), "frames": np.array([[5.0]])})  # fmt: skip
        for seed in range(20):
            new = augmented(e, [(["X"], ["Y"])], random.Random(seed))
            turned = new.pairs[0][2] == 1
            self.assertEqual(new.soft["sentiment"][:, 0].tolist(), [2, 1] if turned else [1, 2])
            self.assertEqual(new.soft["stance"][0, :, 0].tolist(), [4, 3] if turned else [3, 4])

    def test_logits_like_the_teachers_cost_least(self):
        teacher = torch.tensor([[2.0, 0.0, -1.0]])
        costs = [softmax_loss(torch.tensor([s]), teacher).item() for s in ([2.0, 0.0, -1.0], [0.0, 0.0, 0.0], [-1.0, 0.0, 2.0])]
        self.assertEqual(costs, sorted(costs))

    def test_sentences_without_a_teacher_are_left_out(self):
        items = [Item([1], [0], soft={"stance": np.ones((1, 2, 3))}), Item([1], [0])]
        values, known = collected(items, "stance", [1, 1], (2, 3))
        self.assertEqual((known.tolist(), values.sum().item()), ([True, False], 6.0))


class Measuring(unittest.TestCase):
    def test_pooling_keeps_what_differs_between_sets(self):
        of = lambda *means: pooled([SetError("", 100, m, 1e-4) for m in means])
        alike, apart = of(0.02, 0.02, 0.02), of(0.1, -0.1)
        self.assertTrue(np.allclose(alike, (0.02, 0, 1e-4 / 3)), alike)
        self.assertTrue(np.allclose(apart, (0, 0.02 - 1e-4, 0.01)), apart)
        self.assertEqual(pooled([SetError("", 100, 0.03, 1e-4)])[1], 0)

    def test_sentences_of_one_pair_count_as_one(self):
        errors, none = np.array([0.1, 0.1, -0.1, -0.1]), np.zeros(4)
        alone = set_error("", errors, np.arange(4), none).variance
        self.assertAlmostEqual(set_error("", errors, np.array([0, 0, 1, 1]), none).variance, 3 * alone)

    def test_agreement_is_one_for_the_same_and_zero_for_chance(self):
        y = np.array([-1, 0, 0, 1, 1])
        self.assertEqual((rho(y, y), kappa(y, y), rho(-y, y)), (1.0, 1.0, -1.0))
        self.assertAlmostEqual(kappa(np.zeros(5), y), 0, delta=0.2)
        self.assertEqual(classes(np.array([-0.3, -0.1, 0.0, 0.2]), 0.2).tolist(), [-1, 0, 0, 1])


class Training(unittest.TestCase):
    def test_new_names_keep_their_spans(self):
        e = Example("Foo sued Bar, then Foo won.", targets=[([(0, 3), (19, 22)], 0), ([(9, 12)], 1)],
                    pairs=[([(0, 3), (19, 22)], [(9, 12)], 0, 1)], frames=(0,) * 10, tone=0)  # fmt: skip
        for seed in range(50):
            new = augmented(e, [(["Alphabet"], ["Xi"])], random.Random(seed))
            a, b, ab, ba = new.pairs[0]
            sides = {ab: {new.text[s:t] for s, t in a}, ba: {new.text[s:t] for s, t in b}}
            self.assertEqual(new.text, "{0} sued {1}, then {0} won.".format(*(next(iter(sides[k])) for k in (0, 1))))

    def test_plan_is_the_same_for_the_same_seed(self):
        lengths = {t: list(range(40)) for t in SOURCES}
        recipe = Recipe(epochs={"entities": 1, "sentiment": 1, "stance": 2, "frames": 3, "unlabelled": 0})
        steps = plan_steps(recipe, lengths)
        self.assertEqual(steps, plan_steps(recipe, lengths))
        self.assertEqual(sorted(i for t, e, batch in steps if (t, e) == ("frames", 1) for i in batch), list(range(40)))

    def test_padding_does_not_change_masks(self):
        items = [build_item(TOKENIZER, Example(t, targets=[([(0, 3)], 1)]), Counter()) for t in ("Foo ran.", "Bar " * 20)]
        batch = collate(items)
        self.assertEqual(batch.mask.sum(1).tolist(), [len(i.ids) for i in items])
        self.assertTrue((batch.target_masks.sum(1) - 1).abs().max() < 1e-6)


class Decoding(unittest.TestCase):
    def test_viterbi_never_starts_inside(self):
        scores = np.random.default_rng(0).normal(size=(40, len(ENTITIES))) * 3
        path = [ENTITIES[k] for k in viterbi(scores)]
        for before, label in zip(["O", *path], path):
            if label.startswith("I-"):
                self.assertEqual(before[2:], label[2:])

    def test_spans(self):
        self.assertEqual(spans(["B-misc", "I-misc", "B-misc", "O", "I-person"]), {(0, 2, "misc"), (2, 3, "misc"), (4, 5, "person")})


class Soup(unittest.TestCase):
    def test_the_average_is_that_of_each_weight(self):
        models = [{"a": torch.tensor([0.0, 4.0]), "b": torch.tensor(x)} for x in (1.0, 2.0)]
        mean = average(models)
        self.assertEqual((mean["a"].tolist(), mean["b"].item()), ([0.0, 4.0], 1.5))
        with self.assertRaisesRegex(ValueError, "different weights"):
            average([models[0], {"a": models[1]["a"]}])

    def test_only_what_does_not_lower_the_mean_is_added(self):
        figures = {"a": 70.0, "b": 74.0, "c": 73.0, "b + c": 73.9, "b + a": 74.2}
        kitchen = SimpleNamespace(states=dict.fromkeys("abc"), figures=lambda names: {"mean": figures[" + ".join(names)]})
        self.assertEqual(greedy(kitchen), ["b", "a"])

    def test_the_summary_is_of_a_run_that_was_taken(self):
        folder = Path(tempfile.mkdtemp())
        paths = [folder / name / "final.pt" for name in ("seed-1", "seed-2")]
        for path in paths:
            path.parent.mkdir()
            checkpoint.save(path, summary=path.parent.name)
        judge = folder / "judge"
        judge.mkdir()
        said = [summary_of([*paths, judge], taken) for taken in (["seed-2", "seed-1"], ["judge", "seed-2"], ["judge"])]
        self.assertEqual(said, ["seed-2", "seed-2", "seed-1"])


if __name__ == "__main__":
    unittest.main()
