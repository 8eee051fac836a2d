"""The trainer learns what it is shown, the same way each time, and goes on where it was cut off."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadLog, MissingWeights
from bot.inference import e5, heads
from bot.inference.classifier import Classifier
from bot.inference.encoder import Encoder
from bot.inference.heads import CARD, TENSORS, Trained
from bot.inference.training import lines as labelled
from bot.inference.training.checkpoint import FILE
from bot.inference.training.evaluate import evaluate
from bot.inference.training.lines import OUT_OF_SCOPE, Line
from bot.inference.training.recipe import Method, Recipe, advise
from bot.inference.training.train import train
from tests.inference.tiny import WHOLE

PRICE = [Line("多少钱" + "a" * n, "price", "neutral", offensive=False) for n in range(12)]
ABUSE = [Line("b ab" + " b" * n, "abuse", "negative", offensive=True) for n in range(12)]
LINES = [*PRICE, *ABUSE]
RECIPE = Recipe(epochs=25, batch=8, rank=4, rate=5e-3, held_out=0.0, drop=0.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "tiny.bin").write_bytes(WHOLE)
    e5.convert(folder / "tiny.bin", folder)
    return folder


def quiet(done: int, total: int, words: str) -> None:
    assert 0 <= done <= total
    assert isinstance(words, str)


def classifier(folder: Path, trained: Path) -> Classifier:
    return Classifier(Encoder(folder), heads.load(trained), exact=True)


@pytest.mark.parametrize(
    ("method", "rate", "epochs", "least"),
    [("lora", 5e-3, 25, 1.0), ("full", 5e-3, 25, 1.0), ("head", 0.5, 300, 0.9)],
)
def test_every_method_learns_every_head(
    folder: Path, tmp_path: Path, method: Method, rate: float, epochs: int, least: float
) -> None:
    recipe = replace(RECIPE, method=method, rate=rate, epochs=epochs)
    train(folder, LINES, tmp_path, recipe, quiet)
    report = evaluate(classifier(folder, tmp_path), LINES, 0.01)
    assert report["accuracy"] >= least
    assert report["sentiment"]["accuracy"] >= least
    assert report["offensive"]["accuracy"] >= least


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    folder: Path, tmp_path: Path
) -> None:
    short = replace(RECIPE, epochs=2)
    for name, recipe in (("a", short), ("b", short), ("c", replace(short, seed=1))):
        train(folder, LINES, tmp_path / name, recipe, quiet)
    first, again, other = ((tmp_path / name / TENSORS).read_bytes() for name in "abc")
    assert first == again
    assert first != other


def test_a_run_that_was_cut_off_ends_as_an_unbroken_one(folder: Path, tmp_path: Path) -> None:
    recipe = replace(RECIPE, epochs=4, held_out=0.25, drop=0.1, patience=9)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    train(folder, LINES, whole, recipe, quiet)

    def stop(done: int, total: int, words: str) -> None:
        if done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(folder, LINES, cut, recipe, stop)
    assert (cut / FILE).exists()
    steps: list[int] = []
    train(folder, LINES, cut, recipe, lambda done, total, words: steps.append(done))
    assert min(steps) > 3  # it did not begin anew
    assert (cut / TENSORS).read_bytes() == (whole / TENSORS).read_bytes()
    assert not (cut / FILE).exists()


def test_a_checkpoint_of_other_lines_is_not_taken_up(folder: Path, tmp_path: Path) -> None:
    recipe = replace(RECIPE, epochs=3)

    def stop(done: int, total: int, words: str) -> None:
        if done > 2 * total // 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(folder, LINES, tmp_path, recipe, stop)
    steps: list[int] = []
    train(folder, LINES[:-1], tmp_path, recipe, lambda done, total, words: steps.append(done))
    assert min(steps) == 1


@pytest.mark.parametrize("damage", [b"", b"\x80", b"PK\x03\x04 no archive", b"not a checkpoint"])
def test_a_damaged_checkpoint_is_none(folder: Path, tmp_path: Path, damage: bytes) -> None:
    (tmp_path / FILE).write_bytes(damage)
    steps: list[int] = []
    recipe = replace(RECIPE, epochs=1)
    train(folder, LINES, tmp_path, recipe, lambda done, total, words: steps.append(done))
    assert min(steps) == 1
    assert (tmp_path / TENSORS).exists()


def test_training_stops_when_held_out_lines_gain_nothing(folder: Path, tmp_path: Path) -> None:
    odd = [replace(line, label="ab"[n % 2]) for n, line in enumerate(PRICE * 2)]
    recipe = replace(RECIPE, epochs=60, held_out=0.3, patience=2, rate=2e-2)
    assert train(folder, odd, tmp_path, recipe, quiet).card["epochs"] < 60


@pytest.mark.parametrize(("method", "rate"), [("lora", 5e-3), ("full", 5e-3)])
def test_a_training_may_begin_from_another_with_other_labels(
    folder: Path, tmp_path: Path, method: Method, rate: float
) -> None:
    recipe = replace(RECIPE, method=method, rate=rate)
    train(folder, LINES, tmp_path / "first", recipe, quiet)
    renamed = [replace(x, label={"price": "price", "abuse": "bark"}[x.label or ""]) for x in LINES]
    one = replace(recipe, epochs=1, rate=1e-6)
    train(folder, renamed, tmp_path / "next", one, quiet, start=tmp_path / "first")
    report = evaluate(classifier(folder, tmp_path / "next"), renamed, 0.01)
    assert report["labels"]["price"]["recall"] == 1.0  # it did not have to be learnt anew
    assert report["offensive"]["accuracy"] == 1.0


@pytest.mark.parametrize(
    ("change", "wrong"),
    [({"rank": 2}, "of shape"), ({"method": "head"}, "made by --method head, got one by lora")],
)
def test_a_training_does_not_begin_from_one_that_does_not_fit(
    folder: Path, tmp_path: Path, change: dict[str, Any], wrong: str
) -> None:
    one = replace(RECIPE, epochs=1)
    train(folder, LINES, tmp_path / "first", one, quiet)
    with pytest.raises(MissingWeights, match=wrong):
        train(
            folder, LINES, tmp_path / "x", replace(one, **change), quiet, start=tmp_path / "first"
        )


def test_lines_out_of_scope_make_the_reader_unsure(folder: Path, tmp_path: Path) -> None:
    outside = [Line("～" + " ～" * n, OUT_OF_SCOPE) for n in range(10)]
    recipe = replace(RECIPE, epochs=80, held_out=0.3, patience=99)
    trained = train(folder, [*LINES, *outside], tmp_path, recipe, quiet)
    assert OUT_OF_SCOPE not in trained.labels
    report = evaluate(classifier(folder, tmp_path), [*LINES, *outside], 0.05)
    assert report["out_of_scope"]["at_cost"]["recall"] > 0.8


def test_lines_that_say_only_whether_they_are_offensive_teach_that_alone(
    folder: Path, tmp_path: Path
) -> None:
    plain = [Line(line.text, offensive=line.offensive) for line in LINES]
    train(folder, plain, tmp_path, replace(RECIPE, epochs=30, held_out=0.25, patience=99), quiet)
    read = classifier(folder, tmp_path)
    report = evaluate(read, plain, 0.01)
    assert read.labels == ()
    assert report["offensive"]["accuracy"] >= 0.9
    assert "accuracy" not in report


def test_the_card_says_what_the_reader_was_made_from(folder: Path, tmp_path: Path) -> None:
    train(folder, LINES, tmp_path, replace(RECIPE, epochs=1), quiet, command="danmate train …")
    card = json.loads((tmp_path / CARD).read_text("utf-8"))
    assert card["labels"] == ["abuse", "price"]
    assert card["data"] == labelled.digest(reversed(LINES))
    assert card["command"] == "danmate train …"
    assert card["recipe"]["method"] == "lora"


def test_heads_that_no_line_teaches_say_nothing(folder: Path, tmp_path: Path) -> None:
    plain = [Line(line.text, line.label) for line in LINES]
    train(folder, plain, tmp_path, replace(RECIPE, epochs=1), quiet)
    scores = classifier(folder, tmp_path).classify(["a"])
    assert scores.moods is None
    assert scores.offence is None


def _spoil(folder: Path, name: str, data: bytes) -> None:
    (folder / name).write_bytes(data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (TENSORS, b""),
        (TENSORS, b"\xff" * 64),
        (CARD, b"{"),
        (CARD, b'{"labels": 3}'),
        (CARD, b"[]"),
    ],
)
def test_a_broken_folder_is_one_clear_fault(
    folder: Path, tmp_path: Path, name: str, data: bytes
) -> None:
    train(folder, LINES, tmp_path, replace(RECIPE, epochs=1), quiet)
    _spoil(tmp_path, name, data)
    with pytest.raises(MissingWeights) as fault:
        heads.load(tmp_path)
    assert len(fault.value.faults) == 1


def test_an_adapter_for_another_encoder_is_refused(folder: Path, tmp_path: Path) -> None:
    trained = train(folder, LINES, tmp_path, replace(RECIPE, epochs=1), quiet)
    broken = {
        k: v[:, :-1] if k.endswith("lora_A.weight") else v for k, v in trained.tensors.items()
    }
    with pytest.raises(MissingWeights, match="has shape"):
        Trained(broken, trained.card).build(Encoder(folder))
    broken = {**trained.tensors, "head.intent.weight": torch.zeros(2, 3)}
    with pytest.raises(MissingWeights, match="another encoder"):
        Trained(broken, trained.card).build(Encoder(folder))


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("{", "expected"),
        ("[]", "expected"),
        ('{"text": 3, "intent": "price"}', "expected"),
        ('{"text": "a"}', "expected"),
        ('{"text": "a", "intent": ""}', "intent: expected"),
        ('{"text": "a", "intent": "x", "sentiment": "sad"}', "sentiment: expected"),
        ('{"text": "a", "offensive": "yes"}', "offensive: expected"),
    ],
)
def test_a_faulty_line_is_named_and_so_is_the_next(tmp_path: Path, row: str, wrong: str) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text(f'{{"text": "ok", "intent": "price"}}\n\n{row}\n{row}\n', "utf-8")
    with pytest.raises(BadLog) as fault:
        labelled.load([file])
    first, second = fault.value.faults
    assert first.startswith(f"{file}:3: {wrong}")
    assert second.startswith(f"{file}:4: {wrong}")


def test_a_missing_empty_or_binary_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadLog) as fault:
        labelled.load([tmp_path / name for name in ("none", "empty", "binary")])
    assert [str(tmp_path / name) in row for name, row in zip(
        ("none", "empty", "binary"), fault.value.faults, strict=True
    )] == [True] * 3  # fmt: skip


some_lines = st.lists(
    st.builds(Line, st.text("ab多", min_size=1, max_size=3), st.sampled_from(["x", "y", None])),
    max_size=40,
)


@given(some_lines, st.floats(0, 1), st.integers(0, 5))
def test_a_split_parts_the_lines_and_no_text_is_on_both_sides(
    given_lines: list[Line], share: float, seed: int
) -> None:
    kept, held = labelled.split(given_lines, share, seed)
    assert sorted(map(str, [*kept, *held])) == sorted(map(str, given_lines))
    assert not {line.text for line in kept} & {line.text for line in held}
    assert (kept, held) == labelled.split(given_lines, share, seed)


@given(some_lines)
def test_balanced_weights_are_one_on_average_and_rare_labels_weigh_more(
    given_lines: list[Line],
) -> None:
    names = labelled.labels(given_lines)
    counts = [sum(line.label == name for line in given_lines) for name in names]
    weights = labelled.balance(given_lines, names)
    if names:
        mean = sum(w * n for w, n in zip(weights, counts, strict=True)) / sum(counts)
        assert mean == pytest.approx(1.0)
        assert [w for _, w in sorted(zip(counts, weights, strict=True))] == sorted(
            weights, reverse=True
        )


def test_few_lines_are_all_learnt_from_and_many_are_partly_held_out() -> None:
    few = [Line(f"{n}", f"label {n % 7}") for n in range(70)]
    many = [Line(f"{n}", f"label {n % 7}") for n in range(700)]
    assert advise(few, "lora", 0, None).held_out == 0
    assert advise(many, "lora", 0, None).held_out > 0
    assert advise(many, "lora", 0, 3).epochs == 3
