"""A room that is only read: nothing is ever posted, everything is told and compared."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from rich.console import Console

from adapters.twitch import Twitch
from adapters.twitch.settings import TwitchSettings
from bot.bus.outcomes import Outcomes
from bot.bus.server import Store
from bot.commands.shadow import NO_COMMANDS, Options, settings, watch, watched
from bot.commands.tellings import plain, summary, told
from bot.commands.watching import Watcher, watcher
from bot.config import DEMO, SHIPPED, Config, load, with_values
from bot.errors import BadConfig, Refused
from bot.flow.clock import WallClock
from bot.flow.silent import Silent
from bot.flow.worker import Worker
from bot.house import opened
from bot.model import ChatMessage, Delivered, Mode, Outcome, Removed, Reply, Rules
from bot.plugins import adapters
from bot.ports import Adapter, Watched
from bot.replay.compare import Comparison, compare
from bot.rules import commands
from tests.fakes import ScriptedSession, said
from tests.flow.desk import ROOM, Desk, ScriptedAdapter
from tests.flow.test_worker import LIMIT, working
from tests.platforms.twitch_irc_server import serving
from tests.test_cli import danmate, refused


class Scripted(ScriptedAdapter):
    """Connects to the sessions that it is given."""

    platform: ClassVar[str] = "test"


class PublicSettings(BaseModel):
    name: str


class Public(ScriptedAdapter):
    """A platform whose rooms can be read by anybody."""

    platform: ClassVar[str] = "public"
    Settings: ClassVar[type[Any]] = PublicSettings
    room = ""

    def __init__(self, settings: PublicSettings) -> None:
        super().__init__()
        self.room = f"public/{settings.name}"

    @classmethod
    def watch(cls, name: str) -> Mapping[str, object]:
        if name == "nobody":
            raise BadConfig("nobody: expected a room that there is")
        return {"name": name}


TWITCH_EPOCH = 1_767_225_600.0
"""The time from which the scripted Twitch counts."""
PUBLIC = EntryPoint("public", f"{__name__}:Public", "bot.adapters")
ROOM_ONLY = EntryPoint("room", "adapters.room:Room", "bot.adapters")
BROKEN = EntryPoint("broken", "no_such_module:X", "bot.adapters")


class Kept:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.outcomes: list[Outcome] = []
        self.saves = 0

    def say(self, text: str) -> None:
        self.words.append(text)

    def heard(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def save(self) -> None:
        self.saves += 1

    def ended(self) -> None:
        raise AssertionError("whoever runs it says so")


def line(text: str, number: int, role: str = "viewer", author: str = "Ann") -> ChatMessage:
    now = WallClock().now()
    return replace(said(text, number=number, role=role, author=author), room=ROOM, sent_at=now)


def config_of(store_url: str, mode: Mode, prefix: str = NO_COMMANDS) -> Config:
    return with_values(
        load(SHIPPED),
        [f"store.url={store_url}", "web.port=0", f"bot.mode={mode}", f"bot.prefix={prefix}"],
    )


async def delivered(store: Store) -> list[Delivered]:
    events = [event for _, event in await Outcomes(store).after(block=0.0)]
    return [each for each in events if isinstance(each, Delivered)]


async def evening(store: Store, config: Config, *says: ChatMessage) -> tuple[ScriptedSession, Kept]:
    """Let a room say its lines and end, before a real queue and a worker with scripted models."""
    session, kept = ScriptedSession(says=says), Kept()
    desk = Desk(store)
    desk.use = replace(desk.use, clock=WallClock(), rules=config.rules())
    worker = Worker(store, desk.inbox, desk.use, "w")
    async with asyncio.timeout(LIMIT), opened(config, None, (Silent(Scripted(session)),)) as house:
        async with working(worker):
            await watch(house, kept, asyncio.Event(), "gateway")
    return session, kept


async def test_a_room_is_read_to_its_end_and_every_line_is_told(
    store: Store, store_url: str
) -> None:
    says = (line("how much is #1?", 1), line("hello", 2), line("@Ann $59", 3, "host", "Host"))
    session, kept = await evening(store, config_of(store_url, "shadow"), *says)
    assert {each.message.id: each.outcome for each in kept.outcomes} == {
        "m1": "drafted",
        "m2": "ignored",
        "m3": "ignored",
    }
    assert not session.posted
    assert any("/page/" in words for words in kept.words)


async def test_nothing_is_posted_whatever_moderators_command(store: Store, store_url: str) -> None:
    says = (
        line("!bot mode auto", 1, "host", "Host"),
        line("!bot auto", 2, "moderator", "Mod"),
        line("!bot on", 3, "moderator", "Mod"),
        line("how much is #1?", 4),
        line("!bot ok re:m4", 5, "moderator", "Mod"),
    )
    session, kept = await evening(store, config_of(store_url, "shadow"), *says)
    assert not session.posted
    kinds = {each.message.id: each.outcome for each in kept.outcomes}
    assert kinds.pop("m4") == "drafted"
    assert set(kinds.values()) == {"ignored"}


async def test_nothing_is_posted_even_if_the_bot_wants_to(store: Store, store_url: str) -> None:
    says = (line("how much is #1?", 1), line("how much is #2?", 2, author="Bob"))
    session, kept = await evening(store, config_of(store_url, "auto", "!bot"), *says)
    assert {each.outcome for each in kept.outcomes} == {"answered"}
    assert not session.posted
    assert {(each.delivery, each.reason) for each in await delivered(store)} == {
        ("not_sent", "shown")
    }


@given(
    st.builds(Reply, st.text(), st.text(), st.text(), st.just("model"), st.just(()), st.just(()))
)
async def test_a_silent_session_posts_no_reply_of_any_kind(reply: Reply) -> None:
    inner = ScriptedSession(says=(said("hi"),))
    async with Silent(Scripted(inner)).connect() as session:
        with pytest.raises(Refused, match="shadow"):
            await session.post(reply)
        assert [each async for each in session.messages()] == [said("hi")]
    assert not inner.posted


async def test_a_silent_platform_stands_for_the_other() -> None:
    adapter = Scripted(ScriptedSession())
    silent = Silent(adapter)
    assert isinstance(silent, Adapter)
    assert (silent.platform, silent.room, silent.app()) == ("test", ROOM, None)
    assert silent.abilities == replace(adapter.abilities, send=False)


@given(st.text(max_size=30), st.sampled_from(["host", "moderator"]))
def test_no_line_is_a_command(text: str, role: str) -> None:
    rules = Rules(prefix=NO_COMMANDS)
    for each in (text, NO_COMMANDS + text, f"{NO_COMMANDS} on", "no\u2007commands on"):
        assert commands.parse(said(each, role=role), rules) is None


async def test_leaving_lets_go_of_the_other_session() -> None:
    left = asyncio.Event()

    class Closing(Scripted):
        @asynccontextmanager
        async def connect(self) -> AsyncIterator[Any]:
            try:
                yield ScriptedSession()
            finally:
                left.set()

    async with Silent(Closing()).connect():
        assert not left.is_set()
    assert left.is_set()


def test_a_room_is_named_by_its_platform() -> None:
    known = adapters([PUBLIC, ROOM_ONLY, BROKEN])
    assert isinstance(Public, Watched)
    assert watched("public:ann", known) == ("public", {"name": "ann"})
    assert watched("public:a:b", known) == ("public", {"name": "a:b"})
    for given_room, wanted in (
        ("ann", "expected PLATFORM:NAME, such as twitch:ann"),
        ("public:", "expected PLATFORM:NAME"),
        ("nosuch:ann", "read without an account (public)"),
        ("room:ann", "read without an account (public)"),
        ("public:nobody", "--shadow public:nobody: nobody: expected a room that there is"),
    ):
        with pytest.raises(BadConfig) as caught:
            watched(given_room, known)
        assert wanted in str(caught.value)
    with pytest.raises(BadConfig, match="none is installed"):
        watched("room:ann", adapters([ROOM_ONLY]))


def test_options_that_belong_to_other_ways_are_one_line(tmp_path: Path) -> None:
    for words, wanted in (
        (("--shadow", "ann"), "expected PLATFORM:NAME"),
        (("--shadow", ""), "expected PLATFORM:NAME"),  # an empty variable of a script is no "live"
        (("--shadow", "nosuch:ann"), "read without an account"),
        (("--shadow", "a:b", "--role", "web"), "--role"),
        (("--shadow", "a:b", "--workers", "2"), "--workers"),
        (("--report", "r.json"), "--shadow"),
        (("--catalog", "c.toml"), "--shadow"),
    ):
        refused(danmate(tmp_path, "run", *words), wanted)


def outcomes() -> list[Outcome]:
    desk = [
        ("how much is the hoodie?", "drafted", "price"),
        ("does it run big?", "handed_off", "size"),
        ("is it any good", "ignored", "product"),
        ("hi", "ignored", "greeting"),
    ]
    made = []
    for number, (text, kind, intent) in enumerate(desk):
        message = said(text, number=number, author=f"viewer{number}", at=1000.0 + number)
        reason = {"drafted": "shadow", "handed_off": "no_fact", "ignored": "low_confidence"}[kind]
        made.append(Outcome(message, kind, reason, intent=intent, score=0.61))  # type: ignore[arg-type]  # as they stand in the table
    reply = Reply("re:m0", ROOM, "The hoodie is $59.", "template", (), ("m0",))
    made[0] = replace(made[0], reply=reply)
    host = said("@viewer0 59", number=9, author="Host", role="host", at=1012.0)
    return [*made, Outcome(host, "ignored", "staff")]


def shown(*things: Any, width: int = 80) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False)
    for thing in things:
        console.print(thing)
    return out.getvalue()


def test_lines_that_matter_are_shown_and_chatter_is_not() -> None:
    comparison = Comparison()
    rows = [told(each, comparison.add(each)) for each in outcomes()]
    text = shown(*(row for row in rows if row))
    assert "→ The hoodie is $59." in text
    assert "☝ for the host: no_fact" in text
    assert "· not sure enough: product 0.61" in text
    assert "✓ answers viewer0 after 12 s" in text
    assert rows[3] is None


def test_nothing_that_is_shown_is_wider_than_the_terminal() -> None:
    long = [
        replace(each, message=replace(each.message, text=f"{each.message.text} 多少钱呀" * 40))
        for each in outcomes()
    ]
    comparison = Comparison()
    rows = [row for each in long if (row := told(each, comparison.add(each)))]
    for width in (80, 40):
        text = shown(*rows, summary(comparison.report()), width=width)
        assert max(Console().measure(each).maximum for each in text.splitlines() if each) <= width


def test_what_viewers_type_does_not_steer_the_terminal() -> None:
    assert plain("a\x1b[2Jb\r\n\u202ec\x9b") == "a [2Jb   c "
    assert plain("👨‍👩‍👧 安") == "👨‍👩‍👧 安"
    nasty = replace(outcomes()[0], message=said("\x1b]0;x\x07 how much [bold]", author="\x1b[1m"))
    assert "\x1b" not in shown(told(nasty, ()))
    assert "[bold]" in shown(told(nasty, ()))


@given(st.text())
def test_any_text_is_printable(text: str) -> None:
    assert all(c.isprintable() or c == "\u200d" for c in plain(text))


def test_the_summary_of_an_evening_names_what_came_of_it() -> None:
    text = shown(summary(compare(outcomes())))
    assert re.search(r"would have answered +1 +price 1", text)
    assert re.search(r"left to the host +1 +no_fact 1", text)
    assert re.search(r"said the same numbers|answered in other words +1", text)
    assert "nine in ten within" in text
    assert "0" in shown(summary(compare([])))


def piped(report: Path | None) -> tuple[Watcher, io.StringIO]:
    out = io.StringIO()
    return watcher("test/room", "catalog.toml", report, out), out


def test_a_pipe_gets_one_outcome_a_line_and_nothing_else(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    seen, out = piped(tmp_path / "r.json")
    seen.say("hello")
    for each in outcomes():
        seen.heard(each)
    seen.ended()
    assert [json.loads(row)["outcome"] for row in out.getvalue().splitlines()] == [
        each.outcome for each in outcomes()
    ]
    caught = capsys.readouterr()
    assert not caught.out
    assert "would have answered" in caught.err


def test_the_report_is_kept_as_json_while_it_runs_and_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    seen, _ = piped(file)
    seen.heard(outcomes()[0])
    seen.save()
    assert json.loads(file.read_text("utf-8"))["answers"]["bot_only"] == 1
    for each in outcomes()[1:]:
        seen.heard(each)
    seen.ended()
    written = json.loads(file.read_text("utf-8"))
    assert (written["room"], written["messages"], written["questions"]) == ("test/room", 5, 2)
    assert written["examples"]["reworded"][0]["answer"] == "@viewer0 59"
    assert [each.name for each in tmp_path.iterdir()] == ["r.json"]


def test_a_report_that_cannot_be_written_is_a_fault_before_the_evening(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"--report .*: expected a file to write"):
        piped(tmp_path / "nowhere" / "r.json")


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a platform of the tests, as pip would."""
    folder = tmp_path / "plugins" / "public-1.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: public\nVersion: 1\n")
    (folder / "entry_points.txt").write_text(f"[bot.adapters]\npublic = {PUBLIC.value}\n")
    monkeypatch.syspath_prepend(folder.parent)


@pytest.mark.usefixtures("plugin")
def test_the_configuration_is_the_users_but_for_what_would_speak(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(DEMO.read_text("utf-8"), "utf-8")
    (tmp_path / "config.toml").write_text(
        '[bot]\nmode = "auto"\nlanguage = "en"\n[store]\nurl = "redis://127.0.0.1:1"\nshards = 4\n'
        '[[rooms]]\nplatform = "console"\ncatalog = "demo"\n'
        '[[rooms]]\nplatform = "public"\nname = "ann"\ncatalog = "c.toml"\n',
        "utf-8",
    )
    given = Options("public:ann", None, tmp_path / "config.toml", None, ["reply.window=2.0"])
    config, note = settings(given, tmp_path / "queue")
    assert not note
    assert config.rooms[0].catalog == tmp_path / "c.toml"
    assert (config.bot.mode, config.bot.language, config.reply.window) == ("shadow", "en", 2.0)
    assert (config.store.url, config.store.shards) == ("", 1)
    assert config.store.data == tmp_path / "queue"
    assert [each.room for each in config.adapters()] == ["public/ann"]
    other, note = settings(replace(given, room="public:bob"), tmp_path / "queue")
    assert other.rooms[0].catalog == DEMO
    assert "no --catalog" in note
    named = replace(given, room="public:bob", catalog=tmp_path / "c.toml")
    assert settings(named, tmp_path)[0].rooms[0].catalog == tmp_path / "c.toml"


class Endless(ScriptedSession):
    """Never ends by itself."""

    async def messages(self) -> AsyncIterator[ChatMessage | Removed]:
        for message in self.says:
            yield message
        await asyncio.Event().wait()


async def test_ctrl_c_ends_a_room_and_the_page_shows_it_till_then(
    store: Store, store_url: str
) -> None:
    kept, stop = Kept(), asyncio.Event()
    adapter = Scripted(Endless(says=(line("how much is #1?", 1),)))

    async def look() -> None:
        while not (kept.words and kept.outcomes):
            await store.client.ping()
        url = kept.words[0].split()[1]
        async with httpx.AsyncClient(follow_redirects=True) as http:
            page = await http.get(url)
            assert page.status_code == 200
            assert "default-src 'self'" in page.headers["content-security-policy"]
            for name in re.findall(r'(?:src|href)="([^"]+)"', page.text):
                assert (await http.get(f"{url}/{name}")).status_code == 200
        stop.set()

    config = config_of(store_url, "shadow")
    desk = Desk(store)
    desk.use = replace(desk.use, clock=WallClock(), rules=config.rules())
    async with asyncio.timeout(LIMIT), opened(config, None, (Silent(adapter),)) as house:
        async with working(Worker(store, desk.inbox, desk.use, "w")), asyncio.TaskGroup() as group:
            group.create_task(watch(house, kept, stop, "gateway"))
            group.create_task(look())
    assert [each.outcome for each in kept.outcomes] == ["drafted"]


class Broken(Kept):
    """Its reader has gone."""

    def heard(self, outcome: Outcome) -> None:
        raise BrokenPipeError


async def test_an_evening_ends_when_nobody_reads_it_any_more(store: Store, store_url: str) -> None:
    config = config_of(store_url, "shadow")
    desk = Desk(store)
    desk.use = replace(desk.use, clock=WallClock(), rules=config.rules())
    adapter = Scripted(Endless(says=(line("how much is #1?", 1),)))
    async with asyncio.timeout(LIMIT), opened(config, None, (Silent(adapter),)) as house:
        async with working(Worker(store, desk.inbox, desk.use, "w")):
            with pytest.raises(BrokenPipeError):
                await watch(house, Broken(), asyncio.Event(), "gateway")


async def test_twitch_is_read_without_an_account_and_hears_nothing_of_us(
    store: Store, store_url: str
) -> None:
    kept, stop = Kept(), asyncio.Event()
    config = config_of(store_url, "auto", "!bot")  # as if somebody had let it speak
    desk = Desk(store)
    desk.use = replace(desk.use, clock=WallClock(), rules=config.rules())
    wall = WallClock()
    async with asyncio.timeout(LIMIT), serving(lambda: wall.now() - TWITCH_EPOCH) as server:
        settings = TwitchSettings.model_validate({**Twitch.watch("ann"), "irc": server.url})

        async def talk() -> None:
            await server.until(lambda: any("ann" in each.channels for each in server.clients))
            await server.say("ann", "Bob", "how much is #1?", "viewer")
            await server.say("ann", "Ann", "@Bob 129", "host")
            while not await delivered(store):
                await store.client.ping()
            stop.set()

        async with opened(config, None, (Silent(Twitch(settings)),)) as house:
            async with working(Worker(store, desk.inbox, desk.use, "w")):
                async with asyncio.TaskGroup() as group:
                    group.create_task(watch(house, kept, stop, "gateway"))
                    group.create_task(talk())
        assert not server.said
    assert {(each.delivery, each.reason) for each in await delivered(store)} == {
        ("not_sent", "shown")
    }
    assert {each.message.author.lower() for each in kept.outcomes} == {"bob", "ann"}
    assert compare(kept.outcomes).answers["agree"] == 1
