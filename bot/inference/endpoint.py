"""One OpenAI-compatible HTTP endpoint: what it answers, or what is wrong with it, as values.

The wire is that of https://platform.openai.com/docs/api-reference/chat, of which the few fields
are used that vLLM, Ollama, llama.cpp's server and the clouds have in common.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final, Literal, TypeVar

import httpx
import msgspec

from bot.rules.instructions import Message

T = TypeVar("T")
IN_FLIGHT: Final = 8
"""Requests at once; others wait for their turn, or until their time is up."""
LARGEST: Final = 65_536
"""Bytes of an answer; one that is longer is broken off."""
_BUSY: Final = (408, 425, 429)
_AT_HOME: Final = ("all://localhost", "all://127.0.0.1", "all://[::1]")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an endpoint, and how to mend it.

    A ``passing`` fault may be gone when asked again, after ``wait`` seconds if it says so; a
    ``lasting`` one stays until somebody mends it; an ``odd`` one concerns what was asked.
    """

    what: str
    mend: str
    kind: Literal["passing", "odd", "lasting"] = "odd"
    wait: float = 0.0


class Request(msgspec.Struct):
    """What is asked: greedy, and the same words for the same prompt where the server can."""

    model: str
    messages: Sequence[Message]
    max_tokens: int
    temperature: float = 0.0
    seed: int = 0
    stream: bool = False


class Said(msgspec.Struct):
    """The message of a choice."""

    content: str | None = None


class Choice(msgspec.Struct):
    """One answer, and why it ended."""

    message: Said
    finish_reason: str | None = None


class Completion(msgspec.Struct):
    """The answers to a Request."""

    choices: list[Choice]


class Model(msgspec.Struct):
    """A model that is served."""

    id: str


class Models(msgspec.Struct):
    """All models that are served."""

    data: list[Model]


class Endpoint:
    """An address such as ``http://host:8000/v1`` with its pool of connections.

    ``key`` goes into one header and nowhere else.
    """

    def __init__(self, url: str, key: str = "") -> None:
        self.url = url.rstrip("/")
        self._key = key
        headers = {"Accept-Encoding": "identity"}  # LARGEST holds for what arrives
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self._http = httpx.AsyncClient(
            headers=headers,
            timeout=None,  # noqa: S113 - the caller's deadline is the timeout of all steps together
            limits=httpx.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT),
            mounts=dict.fromkeys(_AT_HOME),  # no proxy leads to this machine
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def models(self) -> Models | Fault:
        """Return what is served."""
        return await self._exchange("GET", "models", None, Models)

    async def complete(self, request: Request) -> Completion | Fault:
        """Return the answers to a chat."""
        body = msgspec.json.encode(request)
        return await self._exchange("POST", "chat/completions", body, Completion)

    async def _exchange(
        self, method: str, path: str, body: bytes | None, kind: type[T]
    ) -> T | Fault:
        raw = bytearray()
        headers = {"Content-Type": "application/json"} if body is not None else None
        try:
            async with self._http.stream(
                method, f"{self.url}/{path}", content=body, headers=headers
            ) as response:
                async for chunk in response.aiter_raw():
                    raw += chunk
                    if len(raw) > LARGEST:
                        return Fault(f"an answer of more than {LARGEST:,} bytes", _NO_API)
        except httpx.HTTPError as error:
            return _unreachable(error)
        if response.status_code != httpx.codes.OK:
            return self._refused(response, bytes(raw))
        try:
            return msgspec.json.decode(raw, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Fault(f"{path} answers no JSON of this API", _NO_API)

    def _refused(self, response: httpx.Response, raw: bytes) -> Fault:
        """Say what a status means; the server's words stand in it, but never the key."""
        status = response.status_code
        what = f"HTTP {status}"
        if status in (401, 403):  # its words may show the key
            return Fault(what, "let models.writer_key name a key that it takes", "lasting")
        if words := _words(raw):
            what += f": {words.replace(self._key, '***') if self._key else words}"
        if status in _BUSY or status >= 500:  # noqa: PLR2004 - the servers' own faults
            return Fault(what, "see the server's log", "passing", _retry_after(response.headers))
        if status == 404:  # noqa: PLR2004 - not found: the path, or the model
            mend = "check models.writer (it mostly ends in /v1) and models.writer_model"
            return Fault(what, mend, "lasting")
        return Fault(what, "see what it says, and check models.writer_model")


_NO_API: Final = "let models.writer name an OpenAI-compatible address: it mostly ends in /v1"


def _unreachable(error: httpx.HTTPError) -> Fault:
    what = str(error) or type(error).__name__
    return Fault(what, "start the server, or change models.writer", "passing")


class _Inner(msgspec.Struct):
    message: str = ""


class _Refusal(msgspec.Struct):
    """How servers put it: {"error": {"message": …}}, {"error": …}, {"message"/"detail": …}."""

    error: _Inner | str = ""
    message: str = ""
    detail: str = ""


def _words(raw: bytes) -> str:
    """Return what a refusal says in one short line, or "" where it says nothing readable."""
    try:
        said = msgspec.json.decode(raw, type=_Refusal)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    inner = said.error.message if isinstance(said.error, _Inner) else said.error
    line = " ".join((inner or said.message or said.detail).split())
    return line if len(line) <= 200 else line[:199] + "…"  # noqa: PLR2004 - a line of a log


def _retry_after(headers: httpx.Headers) -> float:
    """Return the seconds that Retry-After asks for, which is a number or a date; 0 for none."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        until, sent = (parsedate_to_datetime(text) for text in (value, headers.get("Date", "")))
        return max(0.0, (until - sent).total_seconds())  # by the server's clock alone
    except (TypeError, ValueError):  # no date, or one without a zone beside one with it
        return 0.0
