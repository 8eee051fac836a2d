"""What went wrong becomes a scenario: it loads whatever was said, fails now, and holds once mended."""

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import config as configuration
from bot.commands.offline import Models, seated
from bot.config import SHIPPED
from bot.flow.case import Wanted, written
from bot.model import (
    Because,
    Catalogue,
    Changes,
    ChatMessage,
    Deed,
    Faq,
    Outcome,
    RoomState,
)
from bot.replay.scenarios import Scenario, load
from bot.shop.catalogue import overlay
from bot.shop.lookup import Shop
from tests import strategies
from tests.fakes import ScriptedReader, said
from tests.flow.desk import SHOP, WORDS

AT = 5000.0


def asked(text: str, number: int = 1, author: str = "Ann", at: float = AT) -> ChatMessage:
    return said(text, number=number, author=author, at=at)


async def played(scenario: Scenario, shop: Catalogue = SHOP) -> list[Outcome]:
    """Play a scenario as danmate replay does, with a scripted reader."""
    config = configuration.with_values(configuration.load(SHIPPED), scenario.settings)
    models = Models(ScriptedReader(WORDS), None, None)
    playing = seated(models, config, shop, mode=scenario.mode)
    return [each async for each in playing.play(scenario.messages)]


async def became(*messages: ChatMessage, shop: Catalogue = SHOP) -> list[Outcome]:
    """Return what becomes of messages live."""
    models = Models(ScriptedReader(WORDS), None, None)
    playing = seated(models, configuration.load(SHIPPED), shop)
    return [each async for each in playing.play(messages)]


def kept(
    folder: Path,
    past: Sequence[Outcome],
    wanted: Wanted,
    state: RoomState | None = None,
    catalog: str | None = None,
) -> Scenario:
    """Write the case of the last outcome and read it back."""
    shop = Shop(overlay(SHOP, (state or RoomState()).changes), {})
    file = folder / "a.toml"
    text = written(past[-1], past, state or RoomState(), shop, wanted, catalog)
    file.write_bytes(text.encode())
    return load(file)


async def holds(scenario: Scenario, shop: Catalogue = SHOP) -> bool:
    return scenario.failures(await played(scenario, shop)) == []


def with_faq(question: str, answer: str) -> Catalogue:
    return replace(SHOP, faq=(*SHOP.faq, Faq((question,), answer)))


# What was asked is kept as it is -----------------------------------------------------------------

anything = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40) | st.sampled_from(
    ['"""', "\\", '\\"', "\x7f\x00\x1b", "\r\n", "[[expect]]\nmessage = 1", "# a", "\u2028", "\ufeff", "\u202eabc"]
)  # fmt: skip


@given(anything, anything, anything, strategies.maybe(anything))
def test_whatever_was_said_the_case_loads_and_holds_the_same(
    tmp_path_factory: pytest.TempPathFactory, text: str, id_: str, words: str, note: str | None
) -> None:
    message = replace(asked(text), id=id_)
    wanted = Wanted("answer", words, note or "")
    scenario = kept(tmp_path_factory.mktemp("case"), [Outcome(message, "ignored")], wanted)
    [held] = scenario.messages
    assert (held.id, held.text, held.role) == (id_, text, "viewer")
    assert scenario.expected[0]["message"] == id_
    assert scenario.expected[0]["answered_with"] == [words]
    assert scenario.name == (note or "a")
    assert scenario.mode == "auto"


@given(
    st.lists(strategies.outcomes(), min_size=1, max_size=5, unique_by=lambda each: each.message.id),
    strategies.room_states(),
    st.sampled_from(["answer", "silence", "hand_off"]),
)
def test_whatever_the_room_was_the_case_loads(
    tmp_path_factory: pytest.TempPathFactory, past: list[Outcome], state: RoomState, wish: str
) -> None:
    state = replace(state, changes=Changes())  # of products that this shop does not have
    wanted = Wanted(wish)  # type: ignore[arg-type]  # drawn from its values
    scenario = kept(tmp_path_factory.mktemp("case"), past, wanted, state)
    held = scenario.messages[-1]
    assert (held.id, held.text) == (past[-1].message.id, past[-1].message.text or " ")


async def test_nobody_is_named(tmp_path: Path) -> None:
    past = await became(asked("1号多少钱", 1, "Ann Lee", AT), asked("1号多少钱", 2, "Bob", AT + 5))
    file = tmp_path / "a.toml"
    kept(tmp_path, past, Wanted("answer"))
    assert past[-1].reason == "repeated"
    text = file.read_text("utf-8").lower()
    assert "ann" not in text.replace("answer", "")
    assert "bob" not in text
    assert [each.author for each in load(file).messages] == ["viewer 1", "viewer 2"]


# What is wanted ----------------------------------------------------------------------------------


async def test_a_question_without_an_answer_fails_until_the_catalogue_has_one(
    tmp_path: Path,
) -> None:
    past = await became(asked("有没有充电器"))
    scenario = kept(tmp_path, past, Wanted("answer", "随包装附赠"))
    assert not await holds(scenario)
    assert await holds(scenario, with_faq("有没有充电器", "充电器随包装附赠哦"))


async def test_a_wrong_answer_must_not_be_given_again(tmp_path: Path) -> None:
    past = await became(asked("4号多少钱"))
    scenario = kept(tmp_path, past, Wanted("answer"))
    assert not await holds(scenario)
    cheaper = [replace(each, price=49.0) if each.sku == "F4" else each for each in SHOP.products]
    assert await holds(scenario, replace(SHOP, products=tuple(cheaper)))


async def test_an_answer_where_none_is_wanted_fails(tmp_path: Path) -> None:
    scenario = kept(tmp_path, await became(asked("4号多少钱")), Wanted("silence"))
    assert not await holds(scenario)


async def test_a_hand_off_that_is_wanted_fails_until_it_is_one(tmp_path: Path) -> None:
    past = await became(asked("可以试吗"))
    assert past[0].outcome == "handed_off"
    assert await holds(kept(tmp_path, past, Wanted("hand_off")))
    assert not await holds(kept(tmp_path, past, Wanted("silence")))
    other = await became(asked("4号多少钱"))
    assert not await holds(kept(tmp_path, other, Wanted("hand_off")))


# What made it so ---------------------------------------------------------------------------------


async def test_the_price_that_was_set_live_is_set_in_the_case(tmp_path: Path) -> None:
    state = RoomState(
        showing="F4",
        changes=Changes({"F4": 47.5}, {"F4": 3}, (Faq(("多大",), "很大"), Faq(("几岁",), "都行"))),
        autonomy={"price": "auto", "stock": "approve", "show": "ignore"},
    )
    past = [Outcome(asked("多少钱"), "answered", intent="price", product="F4")]
    scenario = kept(tmp_path, past, Wanted("answer", "47.50元"), state)
    lines = [each.text for each in scenario.messages]
    assert lines == [
        "!bot price F4 47.50", "!bot stock F4 3", "!bot faq add 几岁 = 都行", "!bot faq add 多大 = 很大",
        "!bot mode price auto", "!bot mode show ignore", "!bot now F4", "多少钱",
    ]  # fmt: skip
    assert scenario.settings == ("bot.prefix=!bot",)
    outcomes = await played(scenario)
    assert scenario.failures(outcomes) == []
    assert {each.outcome for each in outcomes[:-1]} == {"commanded"}


async def test_what_was_on_screen_then_is_on_screen_in_the_case(tmp_path: Path) -> None:
    past = await became(asked("!bot now F4", 1), asked("多少钱", 2, at=AT + 1))
    past[0] = replace(past[0], outcome="commanded")
    past[1] = replace(past[1], product="F4", because=Because(named_by="on screen"))
    scenario = kept(tmp_path, past, Wanted("answer", "59元"), RoomState(showing="A1"))
    assert [each.text for each in scenario.messages] == ["!bot now F4", "多少钱"]
    assert await holds(scenario)


def test_what_was_changed_since_is_left_out(tmp_path: Path) -> None:
    def deed(line: str, at: float) -> Deed:
        return Deed(line, at, "Mod", "m", "host", line, "")

    state = RoomState(
        showing="A1",
        changes=Changes({"F4": 47.0, "A1": 99.0}, {}, (Faq(("多大",), "很大"),)),
        log=(
            deed("price 1 99", AT - 9),
            deed("price 4 47", AT + 1),
            deed("faq add 多大 = 很大", AT + 2),
            deed("now 1", AT + 3),
        ),
    )
    scenario = kept(tmp_path, [Outcome(asked("多大"), "ignored")], Wanted("answer"), state)
    assert [each.text for each in scenario.messages] == ["!bot price A1 99", "多大"]


async def test_a_question_that_was_repeated_stands_behind_the_first(tmp_path: Path) -> None:
    past = await became(
        asked("你好", 1, "Cid", AT),
        asked("4号多少钱", 2, "Ann", AT + 1),
        asked("4号多少钱啊", 3, "Bob", AT + 9),
    )
    assert [each.reason for each in past] == ["not_a_question", None, "repeated"]
    scenario = kept(tmp_path, past, Wanted("answer", "59"))
    assert [each.text for each in scenario.messages] == ["4号多少钱", "4号多少钱啊"]
    assert not await holds(scenario)
    assert await holds(replace(scenario, settings=("reply.cooldown=5.0",)))


async def test_a_line_of_the_host_that_took_the_answers_place_stands_behind_it(
    tmp_path: Path,
) -> None:
    host = replace(asked("只要59元", 2, "Host", AT + 0.5), role="host")
    past = await became(asked("4号多少钱", 1), host)
    assert past[0].reason == "host_answered"
    past = [past[1], past[0]]
    scenario = kept(tmp_path, past, Wanted("answer", "59"))
    assert [each.role for each in scenario.messages] == ["viewer", "host"]
    assert not await holds(scenario)


def test_a_room_with_a_catalogue_of_its_own_names_it(tmp_path: Path) -> None:
    past = [Outcome(asked("在吗"), "ignored")]
    scenario = kept(tmp_path, past, Wanted("answer"), catalog="../b/catalog.toml")
    assert scenario.catalog == tmp_path / "../b/catalog.toml"
    assert "catalog" not in tomllib.loads(
        written(past[0], past, RoomState(), Shop(SHOP, {}), Wanted("answer"))
    )


def test_a_bots_line_keeps_the_name_by_which_it_was_known(tmp_path: Path) -> None:
    past = [Outcome(asked("hi", author="Nightbot"), "ignored", "known_bot")]
    assert kept(tmp_path, past, Wanted("hand_off")).messages[0].author == "Nightbot"
