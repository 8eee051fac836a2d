"""The writer's trainer on a tiny Gemma: it learns, goes on, refuses, writes its folder and card."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import Gemma3ForCausalLM, Gemma3TextConfig, PreTrainedTokenizerFast
from typer.testing import CliRunner

from bot.cli import app
from bot.errors import MissingWeights
from bot.inference.decoder import CONFIG, FILES, TENSORS, WORDS, Decoder
from bot.inference.training.card import NAME as CARD
from bot.inference.training.checkpoint import FILE
from bot.inference.writer import Job
from bot.inference.writing import card
from bot.inference.writing.learner import DECIDES, Learner, common
from bot.inference.writing.measure import Figures, judge, measure
from bot.inference.writing.pairs import Pair, pairs
from bot.inference.writing.phrasing import REFUSAL, every_piece
from bot.inference.writing.recipe import Recipe
from bot.inference.writing.source import digest
from bot.inference.writing.train import EVERY, batches, slope, train
from bot.model import Lang

RECIPE = Recipe(steps=60, batch=2, rank=4, rate=1e-2, window=4, held_out=4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a causal LM of some thousand weights whose tokens hold one mark at most."""
    folder = tmp_path_factory.mktemp("gemma")
    texts = [text for lang in ("zh", "en") for text in _texts(lang)]
    made = Tokenizer(models.BPE(unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Split(Regex(f"[①-⑨★{REFUSAL}\n]"), "isolated")
    made.decoder = decoders.Fuse()
    special = ["<pad>", "<unk>", "<eos>"]
    made.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=900, special_tokens=special))
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # transformers' own
        tokenizer_object=made, pad_token="<pad>", unk_token="<unk>", eos_token="<eos>"
    )
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = Gemma3TextConfig(
        vocab_size=len(fast), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, head_dim=16, sliding_window=512,
        layer_types=["sliding_attention", "full_attention"],
    )  # fmt: skip
    Gemma3ForCausalLM(config).save_pretrained(folder)
    return folder


def _texts(lang: Lang) -> list[str]:
    made = list(pairs(0, 150, lang))
    return [
        *every_piece(lang)[::7], *(p.prompt for p in made), f"{REFUSAL}\n①②③④★",
    ]  # fmt: skip


def quiet(done: int, total: int, loss: float) -> None:
    assert 0 < done <= total
    assert loss > 0


def test_the_loss_falls_and_the_folder_loads(folder: Path, tmp_path: Path) -> None:
    told: list[float] = []
    train(folder, tmp_path, RECIPE, lambda _, __, loss: told.append(loss))
    assert len(told) == RECIPE.steps
    assert told[-1] < told[0] - 0.3
    tensors = load_file(tmp_path / TENSORS)
    assert all(tensor.dtype == torch.float16 for tensor in tensors.values())
    assert json.loads((tmp_path / CONFIG).read_text("utf-8"))["r"] == RECIPE.rank
    assert not (tmp_path / FILE).exists()
    figures = measure(Decoder(folder, tmp_path), "en", 8)
    assert figures.pairs == 8
    assert figures.numbers == 0


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    folder: Path, tmp_path: Path
) -> None:
    short = replace(RECIPE, steps=4)
    for name, recipe in (("a", short), ("b", short), ("c", replace(short, seed=1))):
        (tmp_path / name).mkdir()
        train(folder, tmp_path / name, recipe, quiet)
    first, again, other = ((tmp_path / name / TENSORS).read_bytes() for name in "abc")
    assert first == again
    assert first != other


def test_a_run_that_was_cut_off_ends_as_an_unbroken_one(folder: Path, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.mkdir()
    cut.mkdir()
    train(folder, whole, RECIPE, quiet)
    steps: list[int] = []

    def stop(done: int, _: int, __: float) -> None:
        if done == EVERY + 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(folder, cut, RECIPE, stop)
    assert (cut / FILE).is_file()
    train(folder, cut, RECIPE, lambda done, _, __: steps.append(done))
    assert steps == list(range(EVERY + 1, RECIPE.steps + 1))
    assert (cut / TENSORS).read_bytes() == (whole / TENSORS).read_bytes()


@pytest.mark.parametrize("content", [b"", b"no checkpoint"])
def test_a_checkpoint_that_is_damaged_or_of_another_run_is_no_checkpoint(
    folder: Path, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / FILE).write_bytes(content)
    steps: list[int] = []
    train(folder, tmp_path, replace(RECIPE, steps=2), lambda done, _, __: steps.append(done))
    assert steps == [1, 2]


def test_training_goes_on_from_an_earlier_adapter(folder: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    train(folder, first, RECIPE, quiet)
    more = replace(RECIPE, steps=2, rate=0.0)
    train(folder, second, more, quiet, first)
    before, after = load_file(first / TENSORS), load_file(second / TENSORS)
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("content", [None, b"", b"junk"])
def test_a_start_that_is_missing_or_broken_is_one_line(
    folder: Path, tmp_path: Path, content: bytes | None
) -> None:
    start = tmp_path / "start"
    start.mkdir()
    if content is not None:
        (start / TENSORS).write_bytes(content)
    with pytest.raises(MissingWeights) as fault:
        train(folder, tmp_path, RECIPE, quiet, start)
    assert len(fault.value.faults) == 1
    assert str(start) in str(fault.value)


def test_a_start_of_another_model_is_one_line(folder: Path, tmp_path: Path) -> None:
    train(folder, tmp_path, replace(RECIPE, steps=2), quiet)
    with pytest.raises(MissingWeights, match=r"to start from: expected .* of shape"):
        train(folder, tmp_path, replace(RECIPE, rank=2), quiet, tmp_path)


def test_the_shared_beginning_changes_nothing_but_the_time(folder: Path) -> None:
    learner = Learner(folder, 4).float()
    learner.head = learner.head.float()
    batch = [learner.prepare(pair) for pair in pairs(0, 4, "zh")]
    together = learner.loss(batch)
    alone = [
        (learner.loss([example]).detach(), len(example.rows) - 1 + DECIDES) for example in batch
    ]
    mean = sum(float(loss) * count for loss, count in alone) / sum(count for _, count in alone)
    assert common([example.prompt for example in batch]) > 1
    assert float(together.detach()) == pytest.approx(mean, rel=1e-3)


def test_a_batch_is_of_one_language_and_little_padding(folder: Path) -> None:
    made = batches(Learner(folder, 4), replace(RECIPE, steps=41, window=20))
    assert len(made) == 41
    for batch in made:
        assert len(batch) == RECIPE.batch
        assert len({example.lang for example in batch}) == 1
    assert {batch[0].lang for batch in made} == {"zh", "en"}
    refusals = [sum(len(example.rows) == 2 for example in batch) for batch in made]
    assert sum(count == RECIPE.batch for count in refusals) < len(made) / 3
    padded = sum(RECIPE.batch * max(example.length for example in batch) for batch in made)
    assert padded < 1.2 * sum(example.length for batch in made for example in batch)


def test_the_rate_rises_in_a_line_and_falls_along_a_cosine() -> None:
    recipe = Recipe(steps=100, warm=0.1, least=0.05)
    rates = [slope(step, recipe) for step in range(100)]
    assert max(rates) == 1.0
    assert all(later > sooner for sooner, later in pairwise(rates[:10]))
    assert all(later < sooner for sooner, later in pairwise(rates[10:]))
    assert rates[-1] == pytest.approx(recipe.least, abs=0.01)


@pytest.fixture(scope="module")
def trained(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained")
    train(folder, out, replace(RECIPE, steps=2), quiet)
    return out


class Forced(Decoder):
    """A decoder whose model prefers one token to every other."""

    def __init__(self, folder: Path, adapter: Path, token: str) -> None:
        super().__init__(folder, adapter)
        at = self._ids.tolist().index(self._tokenizer.convert_tokens_to_ids(token))
        for bias in self._bias.values():
            bias[at] += 1e6


def job(lang: Lang) -> Job:
    return Job(next(pairs(0, 1, lang)).prompt, lang, lambda: False)


def test_a_refusal_comes_first_and_alone_and_is_an_empty_wording(
    folder: Path, trained: Path
) -> None:
    assert Forced(folder, trained, REFUSAL).write([job("zh"), job("en")]) == ["", ""]
    (begun,) = Forced(folder, trained, "★").write([job("zh")])
    assert begun is None or REFUSAL not in begun


def test_an_adapter_without_the_refusal_among_its_words_never_refuses(
    folder: Path, trained: Path, tmp_path: Path
) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes((trained / name).read_bytes())
    words = json.loads((trained / WORDS).read_text("utf-8"))
    fewer = {lang: [token for token in row if token != REFUSAL] for lang, row in words.items()}
    (tmp_path / WORDS).write_text(json.dumps(fewer), "utf-8")
    assert all(text != "" for text in Decoder(folder, tmp_path).write([job("zh"), job("en")]))


def test_the_words_hold_every_token_of_thousands_of_wordings(folder: Path) -> None:
    learner = Learner(folder, 4)
    for lang in ("zh", "en"):
        for pair in pairs(9, 600, lang):
            assert learner.prepare(pair).rows
    assert all(REFUSAL in row for row in learner.words.values())
    assert not any(c.isdecimal() for row in learner.words.values() for token in row for c in token)


def test_the_judge_counts_what_is_true_answered_and_refused() -> None:
    rows = list(pairs(0, 60, "en", "held"))
    ideal = judge(rows, [row.wording if row.answerable else "" for row in rows], 2.0)
    assert (ideal.true, ideal.answered, ideal.refused) == (1.0, 1.0, 1.0)
    assert (ideal.unfinished, ideal.unbound, ideal.numbers) == (0, 0, 0)
    assert ideal.per_second == 30.0
    assert judge(rows, ["" for _ in rows], 1.0).answered == 0.0
    assert judge(rows, [None for _ in rows], 1.0).unfinished == 60


def test_the_judge_counts_lies() -> None:
    rows = [row for row in pairs(0, 60, "en", "held") if row.answerable]
    lied = judge(rows, [f"77777! {row.wording}" for row in rows], 1.0)
    assert lied.numbers == len(rows)
    assert lied.true == 0.0
    assert judge(rows, [_swapped(row) for row in rows], 1.0).true < 1.0


def _swapped(row: Pair) -> str:
    swap = str.maketrans("①②", "②①")
    return row.wording.translate(swap) if "②" in row.wording else row.wording


def test_the_card_says_how_it_was_made_and_how_good_it_is(tmp_path: Path) -> None:
    figures = {"zh": Figures(4, 1.0, 0.9, 0.8, 0, 0, 0, 0.7, 3.5)}
    recipe = Recipe(steps=3, seed=5)
    card.write(tmp_path, "some-model", recipe, {"zh": figures["zh"]}, "danmate train-writer --x")
    text = (tmp_path / CARD).read_text("utf-8")
    for part in ("danmate train-writer --x", "seed 5", "3 steps", digest(), "| 0.9 |", "ai.google"):
        assert part in text


def test_the_commands_train_and_measure(folder: Path, tmp_path: Path) -> None:
    config, out = tmp_path / "config.toml", tmp_path / "out"
    config.write_text(f'[models]\nwriter = "{folder}"\n', "utf-8")
    run = CliRunner().invoke
    made = run(
        app, ["train-writer", "--out", str(out), "--steps", "2", "--batch", "2", "--config", str(config)]
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    assert {file.name for file in out.iterdir()} == {*FILES, CARD}
    assert set(json.loads(made.stdout.splitlines()[-1])) == {"zh", "en"}
    asked = ["evaluate-writer", "--model", str(out), "--count", "3", "--config", str(config)]
    assert json.loads(run(app, [*asked, "--json"]).stdout)["zh"]["pairs"] == 3
    assert "replies a second" in run(app, asked).stdout


@pytest.mark.parametrize("writer", ["none", "http://localhost:1/v1"])
def test_what_is_no_model_here_cannot_be_trained(tmp_path: Path, writer: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[models]\nwriter = "{writer}"\n', "utf-8")
    made = CliRunner().invoke(
        app, ["train-writer", "--out", str(tmp_path / "out"), "--config", str(config)]
    )
    assert isinstance(made.exception, MissingWeights)
