"""The judge's data become pairs: every answer, the hardest of the rest, the last rows held out."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from bot.cli import app
from bot.errors import BadLog
from bot.inference.heads import CARD, TENSORS
from bot.inference.relevance import ANSWERED, Pair
from bot.inference.training import pairs
from bot.inference.training.lines import Line
from bot.inference.training.pairs import Listing, Piece, Source
from tests.inference.test_training import folder  # noqa: F401 - a fixture

SHIPPED = Path(__file__).parents[2] / "bot" / "inference" / "data" / "pairs"
PASSAGES = ("Price: 9 usd", "Material: wool", "It folds flat.", "Sizes: S, M", "Washable.")


class Scripted:
    """A judge that rates by a table, and keeps what it was asked."""

    def __init__(self, rates: Mapping[str, float]) -> None:
        self.rates = rates
        self.asked: list[tuple[str, Sequence[str]]] = []

    async def judge(self, question: str, passages: Sequence[str]) -> list[float]:
        self.asked.append((question, passages))
        return [self.rates[passage] for passage in passages]


def source(*listings: Listing, pieces: Sequence[Piece] = ()) -> Source:
    return Source([pieces], listings, [], [])


def listing(
    *questions: tuple[str, set[int]], name: str = "Fern hoodie", lang: str = "en"
) -> Listing:
    return Listing(name, lang, PASSAGES, [(text, frozenset(at)) for text, at in questions])


def bare(line: Line) -> str:
    return (line.passage or "").rpartition(" | ")[2]


def texts(lines: Sequence[Line], label: str) -> set[str]:
    return {bare(line) for line in lines if line.label == label}


@st.composite
def listings(draw: st.DrawFn) -> Listing:
    count = draw(st.integers(1, 8))
    answers = st.frozensets(st.integers(0, count - 1))
    questions = [(f"q{n}", draw(answers)) for n in range(draw(st.integers(0, 3)))]
    return Listing("zzz", "en", [f"p{at}" for at in range(count)], questions)


rated = st.dictionaries(
    st.tuples(
        st.sampled_from([f"q{n}" for n in range(3)]),
        st.sampled_from([f"zzz | p{n}" for n in range(8)]),
    ),
    st.floats(0, 1),
)


@given(listings(), rated, st.integers(0, 9))
def test_of_a_product_come_all_answers_and_the_hardest_of_the_rest(
    each: Listing, rates: dict[Pair, float], seed: int
) -> None:
    lines = pairs.kept(source(each), seed, rates)
    assert lines == pairs.kept(source(each), seed, rates)
    assert {line.text for line in lines} <= {question for question, _ in each.questions}
    for question, answers in each.questions:
        own = [line for line in lines if line.text == question]
        assert texts(own, ANSWERED) == {f"p{at}" for at in answers}
        assert len(own) == len({bare(line) for line in own})
        rate = {f"p{at}": rates.get((question, each.full(at)), 0.0) for at in each.wrong(answers)}
        allowed = {text: rated for text, rated in rate.items() if not answers or rated <= 0.9}
        hard, wrong = 2 if answers else 3, texts(own, "other")
        assert wrong <= set(allowed)
        assert len(wrong) == min(hard + 1, len(allowed))
        best = sorted(allowed.values(), reverse=True)[:hard]
        assert sorted((allowed[text] for text in wrong), reverse=True)[:hard] == best


@given(st.integers(0, 99))
def test_another_seed_draws_other_wrong_passages(seed: int) -> None:
    each = source(listing(*((f"question {n}", {0}) for n in range(20))))
    assert pairs.kept(each, seed) != pairs.kept(each, seed + 1)


def test_four_in_five_passages_begin_with_the_name() -> None:
    lines = pairs.kept(source(listing(*((f"question {n}", {0}) for n in range(300)))), 0)
    named = sum((line.passage or "").startswith("fern hoodie | ") for line in lines)
    assert named / len(lines) == pytest.approx(0.8, abs=0.03)


def test_a_question_that_names_its_product_meets_another_ones_passage_of_the_same_label() -> None:
    asked = listing(("how much is the fern hoodie", {0}), ("how much is it", {0}))
    rival, foreign = listing(name="Meadow dress"), listing(name="蓝色杯子", lang="zh")
    lines = pairs.kept(source(asked, rival, foreign, listing()), 0)
    named = [line for line in lines if " | " in (line.passage or "")]
    strange = [line for line in named if not (line.passage or "").startswith("fern hoodie")]
    assert strange == [
        Line("how much is the fern hoodie", "other", passage="meadow dress | price: 9 usd")
    ]


def test_a_question_that_no_passage_answers_meets_any_passage_of_another() -> None:
    asked = listing(("is the fern hoodie lucky", set()))
    lines = pairs.kept(source(asked, listing(name="Meadow dress")), 0)
    (strange,) = [line for line in lines if (line.passage or "").startswith("meadow dress")]
    assert strange.label == "other"


@given(st.lists(st.builds(
    Piece, st.integers(0, 3).map("t{}".format),
    st.lists(st.just("yes"), max_size=3), st.lists(st.just("no"), max_size=3),
), max_size=5), st.integers(0, 9))  # fmt: skip
def test_the_questions_of_a_piece_meet_it_and_two_of_them_another(
    pieces: list[Piece], seed: int
) -> None:
    lines = pairs.kept(source(pieces=pieces), seed)
    own = [
        Line(question, label, passage=piece.text)
        for piece in pieces
        for label, questions in ((ANSWERED, piece.yes), ("other", piece.no))
        for question in questions
    ]
    extra = list(lines)
    for line in own:
        extra.remove(line)
    assert {(line.text, line.label) for line in extra} <= {("yes", "other")}
    alone = len({piece.text for piece in pieces}) < 2
    assert len(extra) == (0 if alone else sum(min(2, len(piece.yes)) for piece in pieces))


async def test_a_judge_rates_wrong_passages_with_their_names() -> None:
    judge = Scripted({f"Fern hoodie | {text}": at / 10 for at, text in enumerate(PASSAGES)})
    rates = await pairs.rate(source(listing(("how much", {0, 2}))), judge)
    wrong = [f"Fern hoodie | {PASSAGES[at]}" for at in (1, 3, 4)]
    assert judge.asked == [("how much", wrong)]
    assert rates == dict(zip([("how much", text) for text in wrong], (0.1, 0.3, 0.4), strict=True))


def rows(count: int, kind: str, tag: str) -> list[dict[str, Any]]:
    if kind == "pieces":
        return [{"text": f"{tag}{n}", "yes": ["a"], "no": ["b"]} for n in range(count)]
    questions = [{"q": "多少钱", "lang": "zh", "a": [0]}, {"q": "b", "a": []}]
    return [
        {"name": f"{tag}{n}", "lang": "zh", "passages": ["钱", "b", "多"], "questions": questions}
        for n in range(count)
    ]


def write(file: Path, made: Sequence[object]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in made), "utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir()
    for kind, count in (("pieces", 30), ("products", 10)):
        for tag in ("x", "y"):
            write(made / f"{kind}.{tag}.jsonl", rows(count, kind, tag))
    return made


def test_the_last_rows_of_every_file_are_held_out_whole(data: Path) -> None:
    found = pairs.load([data])
    held = pairs.held(found)
    passages = [
        *(f"{tag}{n}" for tag in "xy" for n in range(5, 30)),
        *(f"{tag}{n} | {text}" for tag in "xy" for n in range(4, 10) for text in ("钱", "b", "多")),
    ]
    assert {line.passage for line in held} == set(passages)
    assert len(held) == 2 * 25 * 2 + 2 * 6 * 2 * 3
    assert sum(line.label == ANSWERED for line in held) == 2 * 25 + 2 * 6
    learnt = pairs.kept(found, 0)
    assert len(learnt) > 2 * 5 * 3
    assert not {line.passage for line in held} & {line.passage for line in learnt}


GOOD = {"name": "n", "lang": "en", "passages": ["p", "r"], "questions": [{"q": "q", "a": [1]}]}


@pytest.mark.parametrize(
    ("kind", "row", "wrong"),
    [
        ("pieces", "{", 'expected {"text"'),
        ("pieces", "[]", 'expected {"text"'),
        ("pieces", '{"text": "t", "yes": ["a"]}', 'expected {"text"'),
        ("pieces", '{"text": "t", "yes": ["a"], "no": [3]}', 'expected {"text"'),
        ("products", "{", 'expected {"name"'),
        *(("products", json.dumps({k: v for k, v in GOOD.items() if k != key}), 'expected {"name"')
          for key in GOOD),
        ("products", json.dumps({**GOOD, "passages": []}), 'expected {"name"'),
        ("products", json.dumps({**GOOD, "passages": ["p", None]}), 'expected {"name"'),
        ("products", json.dumps({**GOOD, "questions": [{"q": "q"}]}), "questions: expected {"),
        ("products", json.dumps({**GOOD, "questions": [{"q": "q", "a": [2]}]}),
         "a: expected places from 0 to 1, got [2] (q)"),
        ("products", json.dumps({**GOOD, "questions": [{"q": "q", "a": [-1]}]}), "a: expected"),
        ("products", json.dumps({**GOOD, "questions": [{"q": "q", "a": [True]}]}), "a: expected"),
    ],
)  # fmt: skip
def test_a_faulty_row_is_named_and_so_is_the_next(
    tmp_path: Path, kind: str, row: str, wrong: str
) -> None:
    file = tmp_path / f"{kind}.en.jsonl"
    write(file, rows(1, kind, "x"))
    file.write_text(f"{file.read_text('utf-8')}\n{row}\n{row}\n", "utf-8")
    with pytest.raises(BadLog) as fault:
        pairs.load([tmp_path])
    first, second = fault.value.faults
    assert first.startswith(f"{file}:3: {wrong}")
    assert second.startswith(f"{file}:4: {wrong}")


def test_a_folder_without_such_files_or_with_too_few_rows_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        BadLog, match=r"expected files named pieces\.\*\.jsonl or products"
    ) as fault:
        pairs.load([tmp_path])
    assert str(tmp_path) in str(fault.value)
    write(tmp_path / "products.en.jsonl", rows(6, "products", "x"))
    with pytest.raises(BadLog, match="expected more than 25 pieces or 6 products") as fault:
        pairs.load([tmp_path])
    assert str(tmp_path) in str(fault.value)


def test_the_data_that_ship_are_whole() -> None:
    found = pairs.load([SHIPPED])
    assert len(found.held_listings) == 6 * len(list(SHIPPED.glob(pairs.LISTINGS)))
    assert len(found.held_pieces) == 25 * len(list(SHIPPED.glob(pairs.PIECES)))
    assert {each.lang for each in found.listings} == {"zh", "en"}


def test_the_command_teaches_a_judge_from_a_folder_and_another_from_that_one(
    folder: Path,  # noqa: F811 - the fixture
    data: Path,
    tmp_path: Path,
) -> None:
    config, more = tmp_path / "config.toml", tmp_path / "more.jsonl"
    config.write_text(f'[models]\nreader = "{folder}"\n', "utf-8")
    write(more, [{"text": "b", "passage": "～", "intent": "other"}])
    words = [
        "train",
        "--data",
        str(data),
        "--data",
        str(more),
        "--epochs",
        "1",
        "--config",
        str(config),
    ]
    for name, start in (("first", []), ("next", ["--start", str(tmp_path / "first")])):
        out = tmp_path / name
        made = CliRunner().invoke(app, [*words, "--out", str(out), *start])
        assert made.exit_code == 0, made.output
        card = json.loads((out / CARD).read_text("utf-8"))
        assert card["labels"] == [ANSWERED, "other"]
        assert card["recipe"]["held_out"] == pytest.approx(172 / card["lines"], abs=1e-4)
        assert json.loads(made.stdout.splitlines()[-1])["held_out"] == card["held_out"]
    first, after = ((tmp_path / name / TENSORS).read_bytes() for name in ("first", "next"))
    assert first != after


def test_the_command_refuses_a_folder_without_such_files(tmp_path: Path) -> None:
    made = CliRunner().invoke(app, ["train", "--data", str(tmp_path), "--out", str(tmp_path / "o")])
    assert isinstance(made.exception, BadLog)
    assert not (tmp_path / "o").exists()
