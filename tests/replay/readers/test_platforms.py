"""What Twitch, YouTube and Bilibili tools record: roles, times, texts, and what is nobody's."""

import json
from typing import Any

import pytest

from bot.replay.readers.parts import START
from tests.replay.readers.samples import (
    DOWNLOADED,
    GIFT,
    PRIVMSG,
    SAMPLES,
    comment,
    danmu,
    lines,
    log,
    messages,
    page,
    replayed,
    said,
)

HALF = "\ud83d"  # of a pair


def roles(data: bytes | str) -> list[str]:
    return [message.role for message in messages(data)]


def downloaded(*comments: object, **before: object) -> str:
    return json.dumps({"FileInfo": {}, **before, "comments": comments})


def test_a_comment_of_twitch_downloader_keeps_badges_time_and_room() -> None:
    names = ["broadcaster", "moderator", "vip", "subscriber", "founder", "bot-badge", "turbo"]
    read = messages(downloaded(*(comment(name, name) for name in names), streamer={"login": "Ann"}))
    assert [message.role for message in read] == [
        "host", "moderator", "vip", "subscriber", "subscriber", "bot", "viewer",
    ]  # fmt: skip
    assert {(message.room, message.sent_at) for message in read} == {("twitch/ann", START + 5.25)}
    assert (read[0].id, read[0].author, read[0].author_id) == ("u-broadcaster", "Broadcaster", "42")


def test_a_comment_without_its_own_time_is_so_far_into_the_stream() -> None:
    video = {"created_at": "2026-01-01T01:00:00Z"}
    (message,) = messages(downloaded(comment("bob", "hi", created_at=None), video=video))
    assert message.sent_at == START + 3605
    (message,) = messages(downloaded(comment("bob", "hi", created_at=None)))
    assert message.sent_at == START + 5


def test_comments_of_nobody_are_counted_apart() -> None:
    notice = comment("bob", "x", message={"body": "x", "user_notice_params": {"msg-id": "sub"}})
    none = comment("bob", "x", message={"body": "x", "user_notice_params": {"msg-id": None}})
    found = log(downloaded(notice, none, comment("bob", " "), comment("bob", "x", commenter=None)))
    assert [(message.author, message.text) for message in found] == [("Bob", "x"), ("", "x")]
    assert (found.other, found.skipped) == (2, 0)


def test_a_comment_of_wrong_types_is_named_by_its_place() -> None:
    found = log(downloaded(comment("bob", "a"), comment("bob", "b", content_offset_seconds=[]), 5))
    assert [message.text for message in found] == ["a"]
    assert found.faults == [
        "chat.log: comments[1]: expected float | null as content_offset_seconds, got array",
        "chat.log: comments[2]: expected object, got int",
    ]


def test_half_a_surrogate_pair_becomes_a_text_that_can_be_encoded() -> None:
    (message,) = messages(downloaded(comment("bob", f"{HALF}!")))
    assert message.text == "\ufffd!"


def test_the_lines_in_justlogs_json_are_read_by_the_wire() -> None:
    (message,) = messages(lines({"channel": "ann", "raw": PRIVMSG, "text": "how much?"}))
    assert (message.id, message.role, message.room) == ("a1", "subscriber", "twitch/ann")
    found = log(lines({"input": [PRIVMSG, PRIVMSG]}, {"raw": 5}, {"line": "@x"}), kind="irc-json")
    assert len(list(found)) == 2
    assert found.skipped == 2


@pytest.mark.parametrize(
    ("icon", "role"),
    [("OWNER", "host"), ("MODERATOR", "moderator"), ("VERIFIED", "viewer"), ("", "viewer")],
)
def test_badges_of_youtube_are_roles(icon: str, role: str) -> None:
    assert roles(lines(page(said("hi", icon)))) == [role]
    assert roles(lines(replayed(said("hi", icon)))) == [role]


def test_a_member_of_a_channel_is_a_subscriber() -> None:
    badge = {
        "liveChatAuthorBadgeRenderer": {"customThumbnail": {"thumbnails": []}, "tooltip": "New"}
    }
    assert roles(lines(page(said("hi", authorBadges=[badge])))) == ["subscriber"]


def test_emoji_are_written_as_text() -> None:
    runs = [
        {"text": "hi "},
        {"emoji": {"emojiId": "🥰", "shortcuts": [":love:"]}},
        {"emoji": {"emojiId": "UC/x", "shortcuts": [":_yes:", ":yes:"], "isCustomEmoji": True}},
    ]
    (message,) = messages(lines(page(said("", message={"runs": runs}))))
    assert message.text == "hi 🥰:_yes:"


@pytest.mark.parametrize("indent", [None, 1])
def test_pages_of_any_kind_give_each_action_once(indent: int | None) -> None:
    paid = {
        "addChatItemAction": {
            "item": {
                "liveChatPaidMessageRenderer": said("x")["addChatItemAction"]["item"][
                    "liveChatTextMessageRenderer"
                ]
            }
        }
    }
    member: dict[str, Any] = {
        "addChatItemAction": {"item": {"liveChatMembershipItemRenderer": {"id": "m"}}}
    }
    first = {"contents": {"liveChatRenderer": {"actions": [said("a")]}}, "responseContext": {}}
    pages = [
        page(said("a"), paid, member, 5),
        {"response": page(replayed(said("b")))},
        page(),
        first,
    ]
    for text in (
        "\n".join(json.dumps(each, indent=indent) for each in pages),
        json.dumps(pages, indent=indent),
    ):
        found = log(text)
        assert [message.text for message in found] == ["a", "x", "b", "a"]
        assert (found.format, found.other, found.skipped) == ("youtube", 2, 1)


def test_a_line_without_epoch_is_so_far_into_the_stream() -> None:
    (message,) = messages(lines(replayed(said("hi", at="0"), after="2500")))
    assert message.sent_at == START + 2.5
    found = log(lines(replayed(said("hi", at="soon"))))
    assert list(found) == []
    assert "timestampUsec" in found.faults[0]


def test_what_the_data_api_says_of_a_person_is_a_role() -> None:
    def item(**author: object) -> dict[str, object]:
        snippet = {"type": "superChatEvent", "superChatDetails": {"userComment": "hi"}}
        return {"kind": "youtube#liveChatMessage", "snippet": snippet, "authorDetails": author}

    items = [item(isChatOwner=True), item(isChatModerator=True), item(isChatSponsor=True), item()]
    assert roles(lines({"items": items})) == ["host", "moderator", "subscriber", "viewer"]
    assert roles(lines(*items)) == ["host", "moderator", "subscriber", "viewer"]


def test_chat_downloader_is_read_as_array_and_as_lines() -> None:
    array = list(log(SAMPLES["chat-downloader"]))
    assert list(log(lines(*DOWNLOADED))) == array
    (message,) = array
    assert (message.platform, message.sent_at, message.role) == (
        "youtube",
        START + 0.25,
        "moderator",
    )


def test_chat_downloader_tells_twitch_by_its_numbers_and_times_before_the_stream() -> None:
    author = {"id": "42", "name": "bob", "display_name": "Bob", "is_subscriber": True}
    row = {
        "author": author,
        "message": "hi",
        "message_type": "text_message",
        "time_in_seconds": -3.5,
    }
    (message,) = messages(lines(row))
    assert (message.platform, message.author, message.role) == ("twitch", "Bob", "subscriber")
    assert message.sent_at == START - 3.5


def test_a_danmaku_of_a_live_room_keeps_sender_and_time() -> None:
    (message,) = messages(lines({**danmu("多少钱"), "roomid": 7}))
    assert (message.id, message.room, message.text) == ("b-多少钱", "bilibili/7", "多少钱")
    assert (message.author, message.author_id, message.sent_at) == ("小明", "42", START + 0.25)
    rows = (
        danmu("a", admin=1, guard=3),
        danmu("b", guard=3),
        danmu("c"),
        danmu("d", name="nightbot"),
    )
    assert roles(lines(*rows)) == ["moderator", "subscriber", "viewer", "bot"]


def test_commands_of_other_kinds_and_broken_ones_are_told_apart() -> None:
    paid = {
        "id": 5,
        "uid": 9,
        "message": "有货吗",
        "ts": 1767225601,
        "user_info": {"uname": "小红", "manager": 1},
    }
    opened = {
        "room_id": 8,
        "open_id": "o",
        "uname": "小刚",
        "msg": "在吗",
        "msg_id": "i",
        "timestamp": 1767225602,
    }
    found = log(
        lines(
            {"cmd": "SUPER_CHAT_MESSAGE", "data": paid},
            {"cmd": "SUPER_CHAT_MESSAGE_JPN", "data": paid},
            {"cmd": "LIVE_OPEN_PLATFORM_DM", "data": opened},
            GIFT,
            {"cmd": "DANMU_MSG", "info": [[], "x"]},
            {"cmd": "DANMU_MSG", "info": [[], 5, [1, "a"]]},
            {"cmd": "DANMU_MSG", "info": [[], "old", [1, "a"]]},
        )
    )
    read = [(message.text, message.author_id, message.id, message.role) for message in found]
    assert read[0] == ("有货吗", "9", "5", "moderator")
    assert read[1] == ("在吗", "o", "i", "viewer")
    assert read[2] == ("old", "1", "line-7", "viewer")
    assert (found.other, found.skipped) == (2, 2)


def test_xml_of_a_recorder_keeps_host_times_and_entities() -> None:
    viewer, host, paid = messages(SAMPLES["bilibili-xml"])
    assert (viewer.text, viewer.author_id, viewer.room) == ("多少钱 & <包邮>", "42", "bilibili/7")
    assert viewer.sent_at == START + 0.25
    assert (host.role, host.sent_at, host.id) == ("host", START + 1.5, "99")
    assert (paid.text, paid.author, paid.sent_at) == ("有货吗", "小红", START + 2)


def test_what_a_recorder_keeps_of_the_raw_command_gives_the_role() -> None:
    raw = json.dumps(danmu("x", admin=1)["info"]).replace('"', "&quot;")
    assert roles(f'<i><d p="1,1,25,1,0,0,0,0" user="a" raw="{raw}">x</d>'
                 '<d p="1,1,25,1,0,0,0,0" user="a" raw="?">x</d></i>') == ["moderator", "viewer"]  # fmt: skip


def test_the_danmaku_of_a_video_stand_where_they_are_shown() -> None:
    (message,) = messages('<i><d p="12.5,1,25,16777215,1500000000,0,a1b2,99">好</d></i>')
    assert (message.sent_at, message.author_id, message.id) == (START + 12.5, "a1b2", "99")


def test_what_another_recorder_says_of_itself_is_read() -> None:
    head = "<metadata><user_name>主播</user_name><room_id>8</room_id><video_start_time>1767225600000</video_start_time></metadata>"
    (message,) = messages(f'<i>{head}<d p="1.5,1,25,1,0,0,1,0" uid="3" user="主播">好</d></i>')
    assert (message.room, message.role, message.sent_at) == ("bilibili/8", "host", START + 1.5)
    assert message.author_id == "3"


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ('<d p="1,1,25,1,0">open', "expected </d> before the next element"),
        ('<d p="1,1,25,1,0>quote</d>', "expected an XML element"),
        ('<d p="x">x</d>', "expected p=time,mode,size,colour,sent"),
        ("<odd>open", "expected </odd> before the next element"),
        ("<d>x</d>", "expected p=time,mode,size,colour,sent"),
        ("words", "expected an XML element, got text"),
        ('<d p="1,1,25,1,0">\0</d>', "expected UTF-8, got byte 0x00"),
        ('<!DOCTYPE i [<!ENTITY a "b">]>', "expected no document type"),
    ],
)
def test_a_broken_element_costs_only_itself(broken: str, told: str) -> None:
    good = '<d p="1,1,25,1,0,0,0,0" user="a">{}</d>'
    found = log(f"<i>\n{good.format('before')}\n{broken}\n{good.format('after &unknown;')}\n</i>")
    assert [message.text for message in found] == ["before", "after &unknown;"]
    assert told in found.faults[0]
    assert found.faults[0].startswith("chat.log:3: ")


def test_entities_are_never_expanded() -> None:
    bomb = '<!DOCTYPE i [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><i><d p="1,1,25,1,0" user="a">&b;</d></i>'
    (message,) = log(bomb)
    assert message.text == "&b;"


def test_a_recording_that_ends_in_an_element_says_so() -> None:
    found = log(SAMPLES["bilibili-xml"].split(b'</d>\n<d p="1.5')[0])
    assert list(found) == []
    assert "the file ends inside it" in found.faults[0]
