"""The generator of training pairs: true, sayable, varied, the same by seed, apart from held-out."""

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inference.writing.asking import ask, order, wordings
from bot.inference.writing.goods import invent
from bot.inference.writing.pairs import NEAR, Pair, pairs, rules, sound
from bot.inference.writing.phrasing import REFUSAL, phrase
from bot.inference.writing.source import Source, source
from bot.model import Abilities, Lang
from bot.rules import guard, prompts
from bot.rules.binding import BEFORE, binds
from bot.rules.prompts import MARKS, NAME
from bot.shop.text import bare
from tests.strategies import langs

LANGS: tuple[Lang, ...] = get_args(Lang)
SUBJECTS = ("specs", "notes")


@pytest.fixture(scope="module", params=LANGS)
def made(request: pytest.FixtureRequest) -> list[Pair]:
    return [pair for seed in range(20) for pair in pairs(seed, 100, request.param)]


def held_out() -> Iterator[Pair]:
    for lang in LANGS:
        yield from pairs(0, 1000, lang, "held")


def told(data: Source, lang: Lang) -> Iterator[tuple[str, str, str]]:
    """Give every wording of a question with its topic and part."""
    for topic, row in data.questions.topics(lang).items():
        yield from ((topic, "train", text) for text in row.asked)
        yield from ((topic, "held", text) for text in row.held)
    for name, details in zip(SUBJECTS, (data.specs, data.notes), strict=True):
        for key, detail in details.items():
            yield from ((f"{name}.{key}", "train", t) for t in detail.asked(lang, held=False))
            yield from ((f"{name}.{key}", "held", t) for t in detail.asked(lang, held=True))


@given(st.integers(0, 10**6), langs, st.sampled_from(("train", "held")))
def test_every_wording_is_bound_and_passes_the_guard(seed: int, lang: Lang, part: str) -> None:
    for pair in pairs(seed, 8, lang, "held" if part == "held" else "train"):
        if pair.answerable:
            assert binds(pair.wording, pair.prompt, lang)
            said = prompts.fill(pair.wording, pair.prompt)
            assert guard.check(said, pair.plan, Abilities(), rules()).ok
            assert all(fact.said in said for fact in pair.plan.facts)


def test_thousands_of_wordings_use_each_mark_of_their_prompt_once(made: list[Pair]) -> None:
    for pair in made:
        found = Counter(c for c in pair.wording if c in NAME + MARKS)
        wanted = prompts.slots(pair.prompt) if pair.answerable else {}
        assert found == Counter(dict.fromkeys(wanted, 1))
        assert "\n" not in pair.wording
        assert not any(c.isdecimal() for c in pair.wording)


def test_hardly_a_wording_is_drawn_that_may_not_be_said(made: list[Pair]) -> None:
    draw, tried, good = Random(0), 0, 0
    for pair in made:
        if pair.answerable and "few" not in pair.kinds:
            kinds = prompts.kinds(pair.prompt)
            kinds.pop(NAME, None)
            text = phrase(draw, pair.lang, kinds, prompts.slots(pair.prompt))
            tried, good = tried + 1, good + sound(text, pair.prompt, pair.plan)
    assert good / tried > 0.98


def test_the_same_seed_makes_the_same_pairs_and_another_one_others() -> None:
    first, again, other = (list(pairs(seed, 20, "zh")) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert list(pairs(1, 30, "zh"))[:20] == first


def test_a_third_cannot_be_answered_and_a_tenth_holds_an_order(made: list[Pair]) -> None:
    lang = made[0].lang
    orders = source().questions.orders.lines(lang, held=False)
    known = [text.casefold().replace("1", "#").replace("“", "'")[:8] for text in orders]
    ordered = [pair for pair in made if any(text in pair.prompt.casefold() for text in known)]
    assert 0.28 < sum(not pair.answerable for pair in made) / len(made) < 0.42
    assert 0.05 < len(ordered) / len(made) < 0.13
    assert any(pair.answerable for pair in ordered)
    assert not any("全场免费" in pair.wording or "free" in pair.wording for pair in ordered)


def test_what_is_refused_asks_for_nothing_that_the_facts_come_near(made: list[Pair]) -> None:
    for pair in made:
        if pair.answerable:
            assert pair.asked
            continue
        assert pair.wording == REFUSAL
        stated = {kind for kind in pair.kinds if kind not in SUBJECTS} - {"few", "status"}
        stated |= {"stock"} & {"stock" for kind in pair.kinds if kind in ("few", "status")}
        near = stated.union(*(group for group in NEAR if group & stated))
        assert not near & set(pair.asked)


def test_wordings_vary(made: list[Pair]) -> None:
    answered = [pair.wording for pair in made if pair.answerable]
    assert len(set(answered)) / len(answered) > 0.8
    draw, texts = Random(0), {NAME: "x", MARKS[0]: "y"}
    for kind in {kind for pair in made for kind in pair.kinds}:
        drawn = {phrase(draw, made[0].lang, {MARKS[0]: kind}, texts) for _ in range(200)}
        assert len(drawn) > 100


def test_the_data_know_forty_trades_every_kind_of_fact_and_many_wordings(
    made: list[Pair],
) -> None:
    assert len({pair.trade for pair in made}) >= 40
    assert {kind for pair in made for kind in pair.kinds} == {*BEFORE[made[0].lang], "few"}
    assert all(
        len(row.asked) >= 10 for lang in LANGS for row in source().questions.topics(lang).values()
    )


@pytest.mark.parametrize("lang", LANGS)
def test_no_wording_of_a_question_is_both_trained_on_and_held_out(lang: Lang) -> None:
    by_part: dict[str, set[str]] = {"train": set(), "held": set()}
    for _, part, text in told(source(), lang):
        by_part[part].add(bare(text.replace("{it}", "")))
    assert len(by_part["train"]) > 200
    assert len(by_part["held"]) > 60
    assert not by_part["train"] & by_part["held"]
    asides = (source().questions.chatter, source().questions.orders)
    for aside in asides:
        assert not set(aside.lines(lang, held=False)) & set(aside.lines(lang, held=True))


def test_no_trade_product_or_prompt_is_both_trained_on_and_held_out(made: list[Pair]) -> None:
    held = [pair for pair in held_out() if pair.lang == made[0].lang]
    assert not {pair.trade for pair in made} & {pair.trade for pair in held}
    assert not {pair.plan.name for pair in made} & {pair.plan.name for pair in held} - {None}
    assert not {pair.prompt for pair in made} & {pair.prompt for pair in held}
    goods = [(trade.held, name) for trade in source().trades for name in trade.goods]
    assert len({name for _, name in goods}) == len(goods)


@given(st.integers(0, 10**6), langs, st.sampled_from(("train", "held")))
def test_a_viewer_asks_for_every_topic_that_the_goods_tell(
    seed: int, lang: Lang, part: str
) -> None:
    draw, held = Random(seed), part == "held"
    goods = invent(draw, lang, held=held)
    for topic in goods.topics:
        assert wordings(topic, lang, held=held)
        line = ask(draw, lang, [topic], goods, held=held)
        assert line.strip()
        assert "{" not in line + order(draw, lang, line, held=held)


@given(langs, st.integers(0, 10**6))
def test_a_text_that_brought_its_stop_is_followed_by_no_particle(lang: Lang, seed: int) -> None:
    texts = {NAME: "x", "①": "发货。" if lang == "zh" else "Ships soon."}
    wording = phrase(Random(seed), lang, {"①": "shipping"}, texts)
    after = wording.partition("①")[2]
    assert not after or after[0] in "～。，.! "
