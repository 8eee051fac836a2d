"""Which answers are shown: what stands and is fit to be seen, for as long as it stands."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.bus.removals import Removal
from bot.model import ChatMessage, Delivered, Forbidden, Outcome, Removed, Reply
from bot.web.aired import CARDS, MESSAGES, REPLIES, Aired, Card, Taken
from tests.web.cards import FIRST, ROOM, aired, answered, message, seen, sent, told

# What is shown ------------------------------------------------------------------------------------


def test_an_answer_is_told_once_it_stands_with_its_question_and_without_its_mention() -> None:
    board = aired()
    assert told(board, answered(message(1))) == []
    assert told(board, sent("m1")) == [
        {
            "type": "answer", "id": "re:m1", "text": "It is $59.", "asked": "how much?",
            "names": ["Bob"], "count": 1, "product": FIRST.name, "lang": "en", "at": 2.0,
            "delivery": "sent",
        }
    ]  # fmt: skip


def test_one_answer_for_many_is_told_once_with_those_who_asked() -> None:
    board, second = aired(), answered(message(2, "Amy", "price?"), to="re:m1")
    [card] = told(board, answered(message(1)), second, sent("m1", "m2"), sent("m1", "m2"))
    assert (card["asked"], card["names"], card["count"]) == ("how much?", ["Bob", "Amy"], 2)
    assert card["text"] == "It is $59."


@pytest.mark.parametrize(
    ("delivery", "reason", "public", "host"),
    [
        ("sent", None, "sent", "sent"),
        ("not_sent", "shown", "shown", "shown"),
        ("refused", "r9k", None, "refused"),
        ("held", "automod", None, "held"),
        ("not_sent", "auth_failed", None, "failed"),
        ("not_sent", "too_late", None, None),
        ("not_sent", "changed", None, None),
        ("not_sent", "host_answered", None, None),
        ("unknown", "no_answer", None, None),
        ("pending", None, None, None),
    ],
)
def test_viewers_see_what_stands_or_cannot_be_posted_and_the_host_what_was_turned_down(
    delivery: str, reason: str | None, public: str | None, host: str | None
) -> None:
    board = aired()
    changes = seen(board, answered(message(1)), sent("m1", delivery=delivery, reason=reason))
    cards = [each for each in changes if isinstance(each, Card)]
    assert [each.delivery for each in cards] == ([host] if host else [])
    assert [each.delivery for each in cards if each.public] == ([public] if public else [])


def test_an_approved_draft_is_told_in_the_words_that_were_approved() -> None:
    board = aired()
    draft = answered(message(1), "first words")
    command = message(9, "Mod", "!bot ok 1 = other words")
    reply = Reply("re:m1", ROOM, "other words", "template", (), ("m1",), product=FIRST.sku)
    approved = Outcome(command, "commanded", notice="approved 1", reply=reply)
    [card] = told(board, draft, approved, sent("m1"))
    assert (card["text"], card["asked"], card["lang"]) == ("other words", "how much?", "en")


def test_the_staffs_own_answer_shows_the_question_that_it_answers() -> None:
    board, asks = aired(), message(1, text="does it shrink?")
    handed = Outcome(asks, "handed_off", "no_fact", intent="product", lang="en")
    command = message(9, "Mod", "!bot answer m1 = It does not.")
    reply = Reply("an:m9", ROOM, "It does not.", "template", (), ("m1",))
    delivered = Delivered("an:m9", "sent", 2.0, "@Bob It does not.", ("m1",))
    [card] = told(board, handed, Outcome(command, "commanded", reply=reply), delivered)
    assert (card["text"], card["asked"], card["names"]) == (
        "It does not.",
        "does it shrink?",
        ["Bob"],
    )


def test_a_commands_notice_is_no_answer() -> None:
    board, command = aired(), message(9, "Mod", "!bot now 1")
    notice = Reply("ack:m9", ROOM, "on show: …", "template", (), ("m9",))
    said = Delivered("ack:m9", "sent", 2.0, "on show: …", ("m9",))
    assert seen(board, Outcome(command, "commanded", reply=notice), said) == []


class Abuse:
    """A lexicon with one word of abuse, and one that only the bot must not say."""

    def find(self, text: str) -> Iterator[Forbidden]:
        for word, reason in (("idiot", "abuse"), ("best", "absolute_term")):
            if word in text:
                yield Forbidden(word, "test", reason, "why")


@pytest.mark.parametrize("bad", ["you idiot", "call wechat: seller_88", "see https://evil.example"])
def test_what_the_host_would_not_read_out_is_not_shown_though_the_answer_is(bad: str) -> None:
    board = aired(Abuse())
    [card] = told(board, answered(message(1, bad, f"{bad}, how much?")), sent("m1"))
    assert (card["asked"], card["names"], card["text"]) == ("", [], "It is $59.")


def test_words_that_only_the_bot_must_not_say_stay_in_a_question() -> None:
    board = aired(Abuse())
    [card] = told(board, answered(message(1, text="is it the best?")), sent("m1"))
    assert card["asked"] == "is it the best?"


# What leaves --------------------------------------------------------------------------------------


def removed(board: Aired, of: Removed, at: float = 5.0) -> list[Card | Taken]:
    return list(board.remove(Removal(of, at)))


@pytest.mark.parametrize(
    "of", [Removed(ROOM, "m1"), Removed(ROOM, author_id="~Bob"), Removed(ROOM)]
)
def test_an_answer_leaves_with_the_only_message_that_asked_for_it(of: Removed) -> None:
    board = aired()
    seen(board, answered(message(1)), sent("m1"))
    assert removed(board, of) == [Taken("re:m1", ROOM, public=True)]
    assert board.cards() == []


def test_an_answer_for_others_too_stays_without_the_one_who_was_removed() -> None:
    board = aired()
    seen(board, answered(message(1)), answered(message(2, "Amy", "price?"), to="re:m1"))
    seen(board, sent("m1", "m2"))
    [card] = removed(board, Removed(ROOM, author_id="~Bob"))
    assert isinstance(card, Card)
    shown = board.told(card)
    assert (shown["asked"], shown["names"], shown["count"]) == ("price?", ["Amy"], 1)


@pytest.mark.parametrize(
    "of", [Removed("room/b"), Removed(ROOM, "m2"), Removed(ROOM, None, "~Amy")]
)
def test_what_was_removed_elsewhere_changes_nothing(of: Removed) -> None:
    board = aired()
    seen(board, answered(message(1)), sent("m1"))
    assert removed(board, of) == []
    assert len(board.cards()) == 1


def test_an_answer_whose_line_a_moderator_deletes_from_the_chat_leaves() -> None:
    board = aired()
    own = ChatMessage("own", "room", ROOM, "danmate", "bot", "bot", "@Bob It is $59.", 2.1)
    seen(board, answered(message(1)), sent("m1"), Outcome(own, "ignored", "own_message"))
    assert removed(board, Removed(ROOM, "own")) == [Taken("re:m1", ROOM, public=True)]


def test_what_was_removed_before_it_was_posted_never_shows() -> None:
    board = aired()
    seen(board, answered(message(1)), answered(message(2, "Amy", "price?"), to="re:m1"))
    assert removed(board, Removed(ROOM, "m1")) == []
    [card] = told(board, sent("m1", "m2"))
    assert (card["asked"], card["names"]) == ("price?", ["Amy"])
    seen(board, answered(message(3)))
    removed(board, Removed(ROOM, "m3"))
    assert seen(board, sent("m3")) == []


@given(st.lists(st.tuples(st.sampled_from("asdrkx"), st.integers(0, 6)), max_size=60))
def test_whatever_happens_in_whatever_order_nothing_removed_stands(
    steps: list[tuple[str, int]],
) -> None:
    board, gone, standing = aired(), set[str](), dict[str, Card]()
    for step, number in steps:
        changes: list[Card | Taken] = []
        if step == "a":
            changes = seen(board, answered(message(number, f"a{number % 3}")))
        elif step == "s":
            changes = seen(board, sent(f"m{number}", f"m{(number + 1) % 7}"))
        elif step == "d":
            changes = removed(board, Removed(ROOM, f"m{number}"))
            gone.add(f"m{number}")
        for change in changes:
            if isinstance(change, Card):
                standing[change.id] = change
            else:
                del standing[change.id]
        assert list(standing.values()) == board.cards()
        shown = {each for card in standing.values() for each in card.answers}
        shown |= {each.id for card in standing.values() for each in card.asked}
        assert not shown & gone


def test_memory_is_bounded_and_what_is_too_old_is_forgotten() -> None:
    board = aired()
    for number in range(MESSAGES + 5):
        seen(board, answered(message(number)))
    assert seen(board, sent(f"m{MESSAGES + 4 - REPLIES}")) == []
    for number in range(MESSAGES + 4 - CARDS - 5, MESSAGES + 5):
        seen(board, sent(f"m{number}"))
    assert len(board.cards()) == CARDS
    board.forget(9.0)
    assert board.cards() == []
    assert [each for part in (board._messages, board._own, board._cards) for each in part] == []
