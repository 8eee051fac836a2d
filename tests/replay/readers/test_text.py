"""Text logs: Chatty, justlog and everybody's [time] name: text."""

import pytest

from bot.replay.readers.parts import BOTS, START
from tests.replay.readers.samples import SAMPLES, lines, log, messages


def test_chattys_marks_are_roles_and_its_notes_nobodys() -> None:
    text = lines(
        "# Log started: 2026-01-01 00:00:00 +0000",
        *(
            f"[00:00:0{n}] <{marks}Bob> hi"
            for n, marks in enumerate(["", "~", "@%", "!%", "%$+", "^", "&"])
        ),
        "[00:00:09] MOD: bob",
        "[00:00:09] <Eve (eve_x)>* waves",
    )
    found = log(text)
    read = list(found)
    roles = ["viewer", "host", "moderator", "vip", "subscriber", "bot", "moderator", "viewer"]
    assert [message.role for message in read] == roles
    assert (read[-1].author, read[-1].author_id, read[-1].text) == ("Eve", "eve_x", "waves")
    assert (found.other, found.skipped) == (2, 0)


def test_the_room_is_named_in_the_name_of_the_file() -> None:
    (message,) = messages("[00:00:05] <bob> hi\n", name="2026-01-01-#ann.log.gz")
    assert message.room == "twitch/ann"


def test_chattys_times_count_from_the_day_it_names_in_its_own_zone_and_pass_midnight() -> None:
    at = [message.sent_at for message in log(SAMPLES["chatty"])]
    assert [each - START for each in at] == [82_685, 82_801, 82_802]  # 22:58:05 of UTC


@pytest.mark.parametrize(
    ("line", "author", "text", "at"),
    [
        ("[0:00:05] bob: how much: 5?", "bob", "how much: 5?", 5),
        ("[2026-01-01 00:00:05 UTC] bob: hi", "bob", "hi", 5),
        ("[2026-01-01 00:00:05] bob: hi", "bob", "hi", 5),
        ("0:05 | bob: hi", "bob", "hi", 5),
        ("0:05 | (Moderator, Member (6 months)) bob: hi", "bob", "hi", 5),
        ("(00:05) bob b: hi", "bob b", "hi", 5),
        ("00:05 小明:多少钱", "小明", "多少钱", 5),
        ("2026-01-01 00:00:05 小明: 多少钱", "小明", "多少钱", 5),
        ("[-0:05] bob: hi", "bob", "hi", -5),
    ],
)
def test_a_line_with_time_and_name_is_read(line: str, author: str, text: str, at: float) -> None:
    (message,) = messages(line)
    assert (message.author, message.text, message.sent_at) == (author, text, START + at)


def test_badges_of_a_text_are_roles() -> None:
    (one, other) = messages("0:05 | (Member (6 months)) a: x\n0:06 | (Owner) b: y\n")
    assert (one.role, other.role) == ("subscriber", "host")


def test_a_line_without_time_is_named_and_one_without_name_is_nobodys() -> None:
    found = log("0:05 bob: hi\nand more\n0:06 eve joined\n0:07 bob: bye\n")
    assert [message.text for message in found] == ["hi", "bye"]
    assert (found.skipped, found.other) == (1, 1)
    assert found.faults == ["chat.log:2: expected a line that begins with its time, got 'and more'"]


def test_justlog_tells_host_and_viewers_and_leaves_out_what_the_service_says() -> None:
    text = lines(
        "[2026-01-01 00:00:05] #ann bob: how much: 5?",
        "[2026-01-01 00:00:06] #ann Ann: five",
        "[2026-01-01 00:00:07] #ann bob has been timed out",
        "[2026-01-01 00:00:08] #ann eve: hi",
    )
    found = log(text)
    read = [(message.author, message.role, message.text) for message in found]
    assert read[:2] == [("bob", "viewer", "how much: 5?"), ("Ann", "host", "five")]
    assert (found.format, found.other, found.skipped) == ("justlog", 1, 0)


def test_times_of_day_that_pass_midnight_go_on() -> None:
    first, second = messages("23:59:59 bob: hi\n00:00:01 bob: bye\n")
    assert second.sent_at - first.sent_at == 2


@pytest.mark.parametrize("name", ["Nightbot", " StreamElements ", *sorted(BOTS)[:5]])
def test_known_bots_are_set_aside_by_their_names(name: str) -> None:
    assert [message.role for message in log(f"0:05 {name}: follow us\n")] == ["bot"]
    assert [message.role for message in log(lines({"text": "x", "user": name}))] == ["bot"]


def test_a_role_that_is_told_is_kept() -> None:
    (message,) = messages(lines({"text": "x", "author": "nightbot", "role": "viewer"}))
    assert message.role == "viewer"
