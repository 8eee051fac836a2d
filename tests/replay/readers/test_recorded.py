"""Other people's recordings, read in place: every line is a message, nobody's, or named."""

import json
from collections import Counter
from pathlib import Path

import pytest

from bot.replay.formats import open_log
from tests.replay.readers.samples import PLUGINS, log

DATA = Path(__file__).parents[3].parent / "shared" / "data"
RECORDED = [  # file, format, read, skipped, other
    ("twitch-chatterino2/recentmessages-nymn.json", "recent-messages", 769, 28, 3),
    ("twitch-chatterino2/eventsub-messages.ndjson", "eventsub", 2, 0, 22),
    ("twitch-tmi-rs-lines/lines.jsonl", "irc-json", 14, 0, 47),
    ("douyin-livechat-acl2023/dev_3k.jsonl", "jsonl", 3000, 0, 0),
    ("youtube-chat-downloader/youtube_actions.json", "youtube", 1, 0, 18),
    ("youtube-chat-downloader/other_youtube_actions.txt", "youtube", 9, 0, 2),
    ("youtube-pytchat/chatreplay.json", "youtube", 48, 0, 1),
    ("youtube-pytchat/compatible/API_TextMessage.json", "youtube-api", 1, 0, 0),
    ("youtube-pytchat/compatible/API_SuperChat.json", "youtube-api", 1, 0, 0),
    ("youtube-pytchat/compatible/API_NewSponsor.json", "youtube-api", 0, 0, 1),
]


def here(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the recorded logs of other tools are not here: {name}")
    return path


@pytest.mark.parametrize(("name", "kind", "read", "skipped", "other"), RECORDED)
def test_a_recording_is_read_to_its_last_line(
    name: str, kind: str, read: int, skipped: int, other: int
) -> None:
    with open_log(here(name), plugins=PLUGINS) as found:
        messages = list(found)
    assert (found.format, found.read, found.skipped, found.other) == (kind, read, skipped, other)
    assert all(message.text for message in messages)


def test_all_pages_of_a_folder_are_read() -> None:
    counts: Counter[str] = Counter()
    for path in sorted(here("youtube-pytchat").rglob("*.json")):
        with open_log(path, plugins=PLUGINS) as found:
            counts["messages"] += len(list(found))
        counts["skipped"] += found.skipped
        counts["other"] += found.other
        counts[found.format] += 1
    # the one that is skipped is an action without an item
    assert counts == {
        "messages": 992, "skipped": 1, "other": 37, "youtube": 42, "youtube-api": 3,
    }  # fmt: skip


def test_cases_of_a_chat_client_are_read_by_their_input() -> None:
    rows = [
        json.dumps({"input": json.loads(path.read_text("utf-8"))["input"]})
        for path in sorted(here("twitch-chatterino2/IrcMessageHandler").glob("*.json"))
    ]
    found = log("\n".join(rows))
    read = list(found)
    assert (found.format, len(rows), found.skipped) == ("irc-json", 110, 0)
    assert len(read) + found.other >= len(rows)
    assert {"host", "moderator", "vip", "subscriber", "viewer"} <= {
        message.role for message in read
    }


def test_frames_of_a_chat_client_are_read_as_lines() -> None:
    frames = [
        json.dumps(json.loads(path.read_text("utf-8")))
        for path in sorted(here("twitch-chatterino2/eventsub-ws-tests/messages").glob("*.json"))
    ]
    found = log("\n".join(frames))
    assert [len(message.text) for message in found] == [7]
    assert (found.format, found.skipped, found.other) == ("eventsub", 0, len(frames) - 1)
