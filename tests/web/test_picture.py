"""A room as the page shows it: settings as they hold, goods with their changes, what waits."""

from dataclasses import replace

from hypothesis import given

from bot.model import (
    INTENTS,
    Abilities,
    Answer,
    Catalogue,
    Changes,
    Deed,
    Draft,
    Fact,
    Faq,
    Product,
    RoomState,
    Rules,
    Slot,
)
from bot.shop.catalogue import overlay
from bot.web.picture import Picture, lined, pictured
from tests import strategies

ROOM = "twitch/ann"
NOW = 1_000.0
SHOP = Catalogue(
    "Ann's", "USD", "en",
    (Product("A1", "Hoodie", 59.0, 1, list_price=79.0, stock=5), Product("A2", "Mug", 9.0)),
    (Faq(("when does it end",), "At ten."),), "A2", version="v1",
)  # fmt: skip
RULES = Rules(language="en", mode="approve", autonomy={"stream": "ignore", "praise": "approve"})
ABLE = Abilities(send=False, reply=True, length=200, unit="bytes")


def picture(state: RoomState | None = None, now: float = NOW) -> Picture:
    state = state or RoomState()
    return pictured(ROOM, state, overlay(SHOP, state.changes), RULES, ABLE, now)


def test_a_room_that_nobody_has_changed_is_as_configuration_and_catalogue_say() -> None:
    told = picture()
    assert (told.room, told.platform, told.language, told.prefix) == (ROOM, "twitch", "en", "!bot")
    assert (told.mode, told.paused_until, told.showing) == ("approve", None, "A2")
    assert told.abilities.model_dump() == {
        "read": True, "send": False, "reply": True, "length": 200, "unit": "bytes",
    }  # fmt: skip
    assert (told.currency, told.version, told.now) == ("USD", "v1", NOW)
    assert [each.model_dump() for each in told.products] == [
        {"sku": "A1", "link": 1, "name": "Hoodie", "price": 59.0, "list_price": 79.0, "stock": 5,
         "changed": []},
        {"sku": "A2", "link": None, "name": "Mug", "price": 9.0, "list_price": None, "stock": None,
         "changed": []},
    ]  # fmt: skip
    assert [each.model_dump() for each in told.faq] == [
        {"questions": ["when does it end"], "answer": "At ten.", "live": False}
    ]
    assert [told.drafts, told.muted, told.log, told.autonomy_set] == [[], [], [], []]


def test_every_intent_has_what_holds_for_it_and_what_a_command_set_is_named() -> None:
    told = picture(RoomState(autonomy={"price": "hand_off", "praise": "ignore"}))
    assert set(told.autonomy) == set(INTENTS)
    assert told.autonomy["price"] == "hand_off"  # by a command
    assert told.autonomy["praise"] == "ignore"  # by a command, over the configuration
    assert told.autonomy["stream"] == "ignore"  # by the configuration
    assert (told.autonomy["show"], told.autonomy["spam"]) == ("hand_off", "ignore")  # by default
    assert set(told.autonomy_set) == {"price", "praise"}


def test_live_changes_are_laid_over_the_goods_and_marked() -> None:
    changes = Changes({"A1": 49.0}, {"A1": 0, "A2": 7}, (Faq(("is it warm",), "Yes."),))
    told = picture(RoomState(mode="auto", showing="A1", changes=changes, paused_until=NOW + 60))
    assert [(each.price, each.stock, each.changed) for each in told.products] == [
        (49.0, 0, ["price", "stock"]),
        (9.0, 7, ["stock"]),
    ]
    assert [(each.answer, each.live) for each in told.faq] == [("Yes.", True), ("At ten.", False)]
    assert (told.mode, told.showing, told.paused_until) == ("auto", "A1", NOW + 60)
    assert told.version != "v1"


def test_a_pause_that_is_over_is_none() -> None:
    assert picture(RoomState(paused_until=NOW)).paused_until is None


PLAN = Answer("price", "en", (Fact("A1.price", "59 USD", "$59"),), "k", "A1")
DRAFT = Draft("3", ROOM, PLAN, "how much?", "It is $59.", "model")
SLOT = Slot("re:m1", "k", NOW, NOW + 9, ("m1", "m2"), ("Bob", "Cy"), ("b", "c"), draft=DRAFT)


def test_a_draft_that_waits_is_shown_with_what_it_rests_on_and_until_when() -> None:
    [draft] = picture(RoomState(slots=(SLOT,))).drafts
    assert draft.model_dump() == {
        "id": "3", "reply_id": "re:m1", "asked": "how much?", "names": ["Bob", "Cy"],
        "text": "It is $59.", "source": "model", "intent": "price", "product": "A1",
        "facts": [{"id": "A1.price", "text": "59 USD"}], "expires": NOW + 9,
        "answers": ["m1", "m2"],
    }  # fmt: skip


def test_what_is_approved_has_no_words_yet_or_is_too_old_does_not_wait() -> None:
    gone = (
        replace(SLOT, draft=replace(DRAFT, approved="c1")),
        replace(SLOT, draft=replace(DRAFT, text="")),
        replace(SLOT, draft=None),
        replace(SLOT, expires=NOW - 1),
    )
    assert not picture(RoomState(slots=gone)).drafts


def test_the_log_begins_with_the_newest() -> None:
    deeds = (
        Deed("c1", 1.0, "Ann", "~a", "host", "price 1 49", "Hoodie: 59 → 49", undone=True),
        Deed("c2", 2.0, "Bo", "~b", "moderator", "undo", "undone", change=False),
    )
    told = picture(RoomState(log=deeds, muted=frozenset({"zoe", "amy"})))
    assert [each.model_dump() for each in told.log] == [
        {"id": "c2", "at": 2.0, "author": "Bo", "role": "moderator", "line": "undo",
         "notice": "undone", "change": False, "undone": False},
        {"id": "c1", "at": 1.0, "author": "Ann", "role": "host", "line": "price 1 49",
         "notice": "Hoodie: 59 → 49", "change": True, "undone": True},
    ]  # fmt: skip
    assert told.muted == ["amy", "zoe"]


def test_a_rooms_line_says_what_the_list_of_rooms_shows() -> None:
    state = RoomState(slots=(SLOT, replace(SLOT, expires=NOW - 1)), showing="A1")
    told = lined(ROOM, state, SHOP, RULES, ABLE, NOW)
    assert told.model_dump() == {
        "room": ROOM, "platform": "twitch", "send": False, "mode": "approve", "showing": "A1",
        "drafts": 1,
    }  # fmt: skip


@given(strategies.room_states())
def test_whatever_a_room_remembers_it_can_be_shown(state: RoomState) -> None:
    told = picture(state)
    assert Picture.model_validate_json(told.model_dump_json()) == told
    assert len(told.log) == len(state.log)
