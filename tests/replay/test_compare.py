"""What the bot would have said beside what the staff said: who answered whom, and with what."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import ChatMessage, Fact, Outcome, Reply, Role
from bot.replay.compare import EXAMPLES, LINES, OPEN, SEEN, Comparison, compare
from bot.replay.likeness import VERDICTS, Line, Verdict, mentions, numbers

PRICE = Fact("A1.price", "59 USD", "$59")
LIST = Fact("A1.list_price", "79 USD", "$79")


def message(
    number: str,
    at: float,
    text: str,
    author: str = "Ann",
    role: Role = "viewer",
    to: str | None = None,
) -> ChatMessage:
    return ChatMessage(number, "test", "test/room", author, author.lower(), role, text, at, to)


def drafted(number: str, at: float, *facts: Fact, author: str = "Ann") -> Outcome:
    reply = Reply(f"re:{number}", "test/room", "It is so.", "template", facts, (number,))
    asked = message(number, at, "how much?", author)
    return Outcome(asked, "drafted", "shadow", intent="price", score=0.9, reply=reply)


def handed(number: str, at: float, author: str = "Ann") -> Outcome:
    return Outcome(
        message(number, at, "does it fit?", author), "handed_off", "no_fact", intent="size"
    )


def staff(number: str, at: float, text: str, to: str | None = None, role: Role = "host") -> Outcome:
    return Outcome(message(number, at, text, "Host", role, to), "ignored", "staff")


def verdicts(*outcomes: Outcome) -> dict[Verdict, int]:
    return {name: count for name, count in compare(outcomes).answers.items() if count}


def test_a_reply_with_the_same_number_agrees() -> None:
    assert verdicts(drafted("q", 0, PRICE), staff("h", 5, "59 bucks", to="q")) == {"agree": 1}


def test_a_mention_with_another_number_differs() -> None:
    assert verdicts(drafted("q", 0, PRICE), staff("h", 5, "@ANN 49 tonight")) == {"differ": 1}


def test_the_same_number_said_to_nobody_answers_everybody_who_asked() -> None:
    asked = [drafted(f"q{n}", n, PRICE, author=f"v{n}") for n in range(3)]
    assert verdicts(*asked, staff("h", 9, "the hoodie is $59.00!")) == {"agree": 3}


def test_another_number_said_to_nobody_answers_nobody() -> None:
    assert verdicts(drafted("q", 0, PRICE), staff("h", 5, "9 left of 80")) == {"bot_only": 1}


def test_a_single_digit_said_by_chance_answers_nobody() -> None:
    left = Fact("A1.stock", "3", "3")
    assert verdicts(drafted("q", 0, left), staff("h", 5, "back in 3 minutes")) == {"bot_only": 1}
    assert verdicts(drafted("q", 0, left), staff("h", 5, "@Ann 3")) == {"agree": 1}


def test_the_crossed_out_price_is_no_answer() -> None:
    asked = drafted("q", 0, PRICE, LIST)
    assert verdicts(asked, staff("h", 5, "$59 today")) == {"agree": 1}
    assert verdicts(asked, staff("h", 5, "$79", to="q")) == {"differ": 1}


def test_one_of_two_facts_agrees() -> None:
    asked = drafted("q", 0, PRICE, Fact("shop.shipping", "48 h", "48 h"))
    assert verdicts(asked, staff("h", 5, "within 48 hours", to="q")) == {"agree": 1}


def test_a_row_of_the_size_guide_next_to_the_right_one_differs() -> None:
    asked = drafted("q", 0, Fact("A1.size_guide", "M 100-120", "M 100-120"))
    assert verdicts(asked, staff("h", 5, "L 120-140", to="q")) == {"differ": 1}


def test_words_agree_where_they_are_the_same_and_else_are_not_compared() -> None:
    asked = drafted("q", 0, Fact("A1.material", "80%棉", "纯棉面料"))
    assert verdicts(asked, staff("h", 5, "是纯棉面料的")) == {"agree": 1}
    assert verdicts(asked, staff("h", 5, "棉的", to="q")) == {"reworded": 1}


def test_an_answer_that_the_bot_had_not_is_the_hosts_alone() -> None:
    assert verdicts(handed("q", 0), staff("h", 5, "@Ann yes")) == {"host_only": 1}
    assert verdicts(handed("q", 0)) == {"nobody": 1}


def test_an_unsure_reading_counts_only_where_the_staff_took_it_for_a_question() -> None:
    unsure = Outcome(message("q", 0, "hm 59?"), "ignored", "low_confidence", intent="price")
    assert verdicts(unsure) == {}
    assert verdicts(unsure, staff("h", 5, "@Ann yes")) == {"host_only": 1}
    chatter = replace(unsure, intent="chitchat")
    assert verdicts(chatter, staff("h", 5, "@Ann yes")) == {}


def test_what_comes_later_than_a_minute_or_before_answers_nothing() -> None:
    asked = drafted("q", 100, PRICE)
    assert verdicts(asked, staff("h", 160, "59", to="q")) == {"agree": 1}
    assert verdicts(asked, staff("h", 160.1, "59", to="q")) == {"bot_only": 1}
    assert verdicts(asked, staff("h", 99, "59", to="q")) == {"bot_only": 1}


def test_a_mention_answers_the_latest_question_and_a_reply_the_one_it_stands_under() -> None:
    first, second = handed("q1", 0), handed("q2", 5)
    assert verdicts(first, second, staff("h", 9, "@Ann yes")) == {"host_only": 1, "nobody": 1}
    report = compare([first, second, staff("h", 9, "@Ann yes", to="q1")])
    assert [pair.outcome.message.id for pair in report.examples["host_only"]] == ["q1"]


def test_a_mention_needs_the_whole_name() -> None:
    assert mentions("@ann yes", "ann")
    assert mentions("好的@小安 有", "小安")
    assert not mentions("@anna yes", "ann")
    assert not mentions("ann yes", "ann")
    assert mentions("@anna @ann", "ann")
    assert not mentions("@ yes", "")
    assert mentions("@a.b( yes", "a.b(")


def test_digits_of_names_and_addresses_are_no_numbers() -> None:
    assert numbers("@user123 it is 1,299.00, or ５９ (https://x.io/7)") == {"1299", "59"}
    assert numbers("007 0.50 1,2") == {"7", "0.5", "1", "2"}
    assert numbers("") == frozenset()


def test_a_bot_that_moderates_is_no_staff() -> None:
    nightbot = replace(staff("h", 5, "59", to="q", role="moderator"), reason="known_bot")
    assert verdicts(drafted("q", 0, PRICE), nightbot) == {"bot_only": 1}


def test_an_answer_that_comes_through_before_its_question_counts() -> None:
    assert verdicts(staff("h", 5, "59", to="q"), drafted("q", 0, PRICE)) == {"agree": 1}


def test_a_message_that_comes_twice_counts_once() -> None:
    report = compare([drafted("q", 0, PRICE)] * 2)
    assert (report.messages, report.questions) == (1, 1)


def test_a_line_tells_at_once_whom_it_answers_first() -> None:
    comparison = Comparison()
    assert comparison.add(drafted("q", 0, PRICE)) == ()
    (pair,) = comparison.add(staff("h", 7, "$59"))
    assert (pair.verdict, pair.seconds, pair.how) == ("agree", 7, "facts")
    assert comparison.add(staff("h2", 9, "$59!")) == ()
    (late,) = comparison.add(drafted("q2", 6, PRICE, author="Bob"))
    assert late.answer
    assert (late.answer.id, late.seconds) == ("h", 1)


def test_the_report_says_how_much_and_how_fast() -> None:
    report = compare([
        drafted("q1", 0, PRICE), staff("h1", 10.5, "59", to="q1"),
        drafted("q2", 1000, PRICE), staff("h2", 1030, "49", to="q2"),
        drafted("q3", 2000, PRICE), handed("q4", 3000),
    ])  # fmt: skip
    assert report.questions == 4
    assert (report.drafted, report.handed_off) == ({"price": 3}, {"no_fact": 1})
    assert report.ignored == {"staff": 2}
    assert (report.slowest(0.5), report.slowest(0.9)) == (11, 30)
    assert report.rates() == {
        "answered_by_bot": 0.75,
        "answered_by_staff": 0.5,
        "agree_of_numbers": 0.5,
        "bot_only_of_drafted": pytest.approx(1 / 3),
    }
    empty = compare([])
    assert set(empty.rates().values()) == {None}
    assert empty.slowest(0.5) is None


def test_a_report_taken_halfway_changes_nothing() -> None:
    comparison = Comparison()
    comparison.add(drafted("q", 0, PRICE))
    assert comparison.report().answers["bot_only"] == 1
    comparison.add(staff("h", 5, "59", to="q"))
    assert comparison.report().answers["bot_only"] == 0
    assert comparison.report() == comparison.report()


def test_examples_are_ten_at_most_the_first_first() -> None:
    report = compare([drafted(f"q{n}", n, PRICE) for n in range(200)])
    assert report.answers["bot_only"] == 200
    shown = [pair.outcome.message.id for pair in report.examples["bot_only"]]
    assert shown == [f"q{n}" for n in range(EXAMPLES)]


def test_a_long_evening_keeps_little() -> None:
    comparison = Comparison()
    for n in range(3 * SEEN):  # all at once: no time passes, so nothing closes by itself
        comparison.add(drafted(f"q{n}", 0, PRICE) if n % 20 else staff(f"h{n}", 0, "hello"))
    assert len(comparison._open) <= OPEN
    assert len(comparison._lines) <= LINES
    assert len(comparison._seen) <= SEEN
    assert comparison.report().questions == 3 * SEEN * 19 // 20
    comparison.add(handed("last", 1e6))
    assert len(comparison._open) == 1
    assert not comparison._lines


SAID = st.builds(
    lambda at, kind, text, to, who: (at, kind, text, to, who),
    st.integers(0, 400),
    st.sampled_from(["drafted", "handed", "host", "chat"]),
    st.sampled_from(["59", "$49", "@v1 59", "@v2 no", "yes"]),
    st.integers(0, 12),
    st.sampled_from(["v1", "v2", "v3"]),
)


def evening(said: Sequence[tuple[int, str, str, int, str]]) -> list[Outcome]:
    made: list[Outcome] = []
    for number, (at, kind, text, to, who) in enumerate(sorted(said)):
        if kind == "drafted":
            made.append(drafted(f"m{number}", at, PRICE, author=who))
        elif kind == "handed":
            made.append(handed(f"m{number}", at, author=who))
        elif kind == "host":
            made.append(staff(f"m{number}", at, text, to=f"m{to}" if to < 6 else None))
        else:
            made.append(Outcome(message(f"m{number}", at, text, who), "ignored", "not_a_question"))
    return made


@given(st.lists(SAID, max_size=25), st.randoms(use_true_random=False))
def test_outcomes_that_come_a_little_late_change_nothing(
    said: list[tuple[int, str, str, int, str]], dice: random.Random
) -> None:
    outcomes = evening(said)
    late = sorted(outcomes, key=lambda each: each.message.sent_at + dice.uniform(0, 29))
    one, other = compare(outcomes), compare(late)
    assert (one.answers, one.seconds, one.examples) == (
        other.answers,
        other.seconds,
        other.examples,
    )


@given(st.lists(SAID, max_size=25))
def test_every_question_has_one_verdict(said: list[tuple[int, str, str, int, str]]) -> None:
    outcomes = evening(said)
    report = compare(outcomes)
    asked = [each for each in outcomes if each.outcome in ("drafted", "handed_off")]
    assert report.questions == len(asked)
    assert report.messages == len(outcomes)
    drafts = sum(each.reply is not None for each in asked)
    ours: tuple[Verdict, ...] = ("agree", "differ", "reworded", "bot_only")
    assert sum(report.answers[name] for name in ours) == drafts
    answered = sum(report.answers[name] for name in VERDICTS if name not in ("bot_only", "nobody"))
    assert answered == sum(report.seconds.values())
    assert all(0 <= seconds <= 60 for seconds in report.seconds)


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_can_be_compared(text: str, name: str) -> None:
    line = Line.of(message("h", 1, text, role="host"))
    assert line.numbers == numbers(text)
    mentions(line.text, name)
    verdicts(drafted("q", 0, PRICE, author=name), staff("h", 1, text))
