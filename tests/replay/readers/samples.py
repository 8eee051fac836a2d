"""A small log in each format, written by us after the shapes that its program writes."""

import gzip
import json
from importlib.metadata import EntryPoint
from io import BytesIO
from typing import Any

from bot.model import ChatMessage
from bot.plugins import formats
from bot.replay.formats import Log, _log
from bot.replay.readers.source import CHUNK, Source
from tests.shop.importing.workbook import workbook

PLUGINS = formats([EntryPoint("irc", "adapters.wire.irc:read_log", "bot.formats")])
PRIVMSG = (
    "@badges=subscriber/3;display-name=Bob;id=a1;tmi-sent-ts=1767225600250;user-id=42"
    " :bob!bob@bob.tmi.twitch.tv PRIVMSG #ann :how much?"
)
NIGHTBOT = ":nightbot!nightbot@nightbot.tmi.twitch.tv PRIVMSG #ann :follow us"
JOIN = ":bob!bob@bob.tmi.twitch.tv JOIN #ann"


def lines(*rows: object) -> str:
    texts = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    return "".join(text + "\n" for text in texts)


def comment(name: str, text: str, **more: object) -> dict[str, object]:
    """Return a comment as TwitchDownloader writes it."""
    badges = [{"_id": name, "version": "1"}]
    return {
        "_id": f"u-{text}",
        "created_at": "2026-01-01T00:00:05.25Z",
        "content_offset_seconds": 5,
        "commenter": {"display_name": name.title(), "_id": "42", "name": name},
        "message": {"body": text, "user_badges": badges, "fragments": [{"text": text}]},
        **more,
    }


def said(text: str, icon: str = "", at: str = "1767225600250000", **more: object) -> dict[str, Any]:
    """Return YouTube's action that adds a line of chat."""
    badge = {"liveChatAuthorBadgeRenderer": {"icon": {"iconType": icon}, "tooltip": icon.title()}}
    renderer = {
        "message": {"runs": [{"text": text}]},
        "authorName": {"simpleText": "Bob"},
        "authorExternalChannelId": "UC42",
        "authorBadges": [badge] if icon else [],
        "id": f"y-{text}",
        "timestampUsec": at,
        **more,
    }
    return {"addChatItemAction": {"item": {"liveChatTextMessageRenderer": renderer}}}


def page(*actions: object) -> dict[str, object]:
    return {
        "responseContext": {"visitorData": "x"},
        "continuationContents": {"liveChatContinuation": {"actions": list(actions)}},
    }


def replayed(*actions: object, after: str = "5000") -> dict[str, object]:
    """Return a line of yt-dlp's live_chat.json."""
    return {"replayChatItemAction": {"actions": list(actions)}, "videoOffsetTimeMsec": after}


def danmu(text: str, name: str = "小明", admin: int = 0, guard: int = 0) -> dict[str, object]:
    """Return the command of a danmaku, as a live room of Bilibili sends it."""
    about = [0, 1, 25, 16777215, 1767225600250, 1, 0, "0a", 0, 0, 0, "", 0, "{}", "{}"]
    about = [*about, {"extra": json.dumps({"id_str": f"b-{text}"})}]
    return {
        "cmd": "DANMU_MSG:4:0:2:2:2:0",
        "info": [about, text, [42, name, admin, 0, 0, 10000], [], [10, 0], ["", ""], 0, guard],
    }


GIFT = {"cmd": "SEND_GIFT", "data": {"giftName": "辣条", "num": 1}}
XML = """<?xml version="1.0" encoding="utf-8"?>
<?xml-stylesheet type="text/xsl" href="#s"?>
<i><chatserver>chat.bilibili.com</chatserver><chatid>0</chatid><BililiveRecorder version="2.0" />
<BililiveRecorderRecordInfo roomid="7" name="主播" start_time="2026-01-01T08:00:00.0000000+08:00" />
<BililiveRecorderXmlStyle><s:x match="/"><d p="no">no</d></s:x></BililiveRecorderXmlStyle>
<d p="0.250,1,25,16777215,1767225600250,0,42,0" user="小明">多少钱 &amp; &lt;包邮&gt;</d>
<d p="1.500,1,25,16777215,0,0,1,99" user="主播">五块</d>
<sc ts="2.0" user="小红" uid="9" price="30" time="60">有货吗</sc>
<gift ts="3.0" user="小红" giftname="辣条" giftcount="1" />
</i>
"""
DOWNLOADED: list[dict[str, object]] = [
    {
        "action_type": "add_chat_item",
        "author": {"id": "UC42", "name": "Bob", "badges": [{"title": "Moderator"}]},
        "message": "how much?",
        "message_id": "c1",
        "message_type": "text_message",
        "time_in_seconds": -3.5,
        "timestamp": 1767225600250000,
    },
    {"message_type": "membership_item", "author": {"name": "Eve"}, "message": "welcome"},
]

SAMPLES: dict[str, bytes] = {
    "jsonl": lines({"text": "how much?", "id": "m1", "role": "vip"}, {"text": "包邮吗"}).encode(),
    "irc": lines(PRIVMSG, JOIN, NIGHTBOT).encode(),
    "recent-messages": lines({"messages": [PRIVMSG, JOIN], "error": None}).encode(),
    "irc-json": lines(
        {"messages": [{"text": "how much?", "raw": PRIVMSG}, {"raw": JOIN}]}
    ).encode(),
    "chatty": lines(
        "# Log started: 2026-01-01 23:58:00 +0100",
        "[23:58:05] <@Ann> hello",
        "[23:58:06] JOIN: bob, eve",
        "[00:00:01] <%+bob> how much?",
        "[00:00:02] <^SomeBot> follow",
    ).encode(),
    "justlog": lines(
        "[2026-01-01 00:00:05] #ann bob: how much?", "[2026-01-01 00:00:06] #ann ann: five"
    ).encode(),
    "plain": lines(
        "[0:05] bob: how much: 5?", "[1:00:07] (Moderator) Ann B: yes", "[1:00:08] eve joined"
    ).encode(),
    "twitch-downloader": lines(
        {
            "FileInfo": {"Version": {"Major": 1}},
            "streamer": {"name": "Ann", "login": "ann", "id": 1},
            "video": {"created_at": "2026-01-01T00:00:00Z"},
            "comments": [comment("bob", "how much?"), comment("broadcaster", "five")],
            "embeddedData": {"twitchBadges": ["]}"]},
        }
    ).encode(),
    "eventsub": lines(
        {
            "metadata": {
                "message_type": "notification",
                "message_timestamp": "2026-01-01T00:00:05Z",
            },
            "payload": {
                "subscription": {"type": "channel.chat.message"},
                "event": {
                    "broadcaster_user_login": "ann",
                    "chatter_user_id": "42",
                    "chatter_user_name": "Bob",
                    "message_id": "e1",
                    "message": {"text": "how much?", "fragments": []},
                    "badges": [{"set_id": "vip", "id": "1", "info": ""}],
                    "reply": None,
                },
            },
        },
        {"metadata": {"message_type": "session_keepalive"}, "payload": {}},
    ).encode(),
    "chat-downloader": json.dumps(DOWNLOADED, indent=2).encode(),
    "youtube": lines(
        replayed(said("how much?")), replayed(said("five", "OWNER"), {"x": 1})
    ).encode(),
    "youtube-api": lines(
        {
            "kind": "youtube#liveChatMessageListResponse",
            "items": [
                {
                    "kind": "youtube#liveChatMessage",
                    "id": "k1",
                    "snippet": {
                        "type": "textMessageEvent",
                        "publishedAt": "2026-01-01T00:00:05.25+00:00",
                        "displayMessage": "how much?",
                    },
                    "authorDetails": {
                        "channelId": "UC42",
                        "displayName": "Bob",
                        "isChatModerator": True,
                    },
                },
                {"kind": "youtube#liveChatMessage", "snippet": {"type": "newSponsorEvent"}},
            ],
        }
    ).encode(),
    "bilibili-xml": XML.encode(),
    "bilibili-commands": lines(danmu("多少钱", guard=3), GIFT, danmu("在吗", admin=1)).encode(),
    "csv": '时间,昵称,内容\n00:00:05,小明,"多少钱, 包邮吗"\n00:00:06,小红,在吗\n'.encode(),
    "workbook": workbook(
        chat=[["time", "user", "comment"], ["0:05", "Bob", "how much?"], ["0:06", "Ann", "five"]]
    ),
}
COUNTS: dict[str, tuple[int, int]] = {  # read, other
    "jsonl": (2, 0), "irc": (2, 1), "recent-messages": (1, 1), "irc-json": (1, 1), "chatty": (3, 2),
    "justlog": (2, 0), "plain": (2, 1), "twitch-downloader": (2, 0), "eventsub": (1, 1),
    "chat-downloader": (1, 1), "youtube": (2, 1), "youtube-api": (1, 1), "bilibili-xml": (3, 6),
    "bilibili-commands": (2, 1), "csv": (2, 1), "workbook": (2, 1),
}  # fmt: skip


def log(
    data: bytes | str, name: str = "chat.log", kind: str = "auto", step: int = CHUNK, **options: Any
) -> Log:
    """Return the log that bytes are, read ``step`` bytes at once."""
    data = data.encode() if isinstance(data, str) else data
    source = Source(BytesIO(data), name, step=step)
    return _log(source, PLUGINS, kind, strict=options.get("strict", False))


def messages(data: bytes | str, **options: Any) -> list[ChatMessage]:
    """Return the messages of a log in which nothing is unreadable."""
    return list(log(data, strict=True, **options))


def packed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)
