"""The Writer over an OpenAI-compatible endpoint: vLLM, Ollama, llama.cpp's server, a cloud.

Whatever the endpoint does, a reply waits no longer than it may and the template goes out.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, Self

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_result
from tenacity.wait import wait_random_exponential

from bot.inference.breaker import Breaker
from bot.inference.endpoint import Endpoint, Fault, Request
from bot.inference.writer import MAX_PROMPT, filled
from bot.model import Lang
from bot.rules import instructions

log = structlog.get_logger()

MAX_TOKENS: Final = 96
TRIES: Final = 4
"""Requests for one reply, where there is time."""
BACKOFF: Final = wait_random_exponential(multiplier=0.1, max=2.0)
PATIENCE: Final = 60.0
"""Seconds that a replay waits for a reply: no deadline holds there."""
PROBE: Final = 5.0
"""Seconds that the doctor waits."""
SHOWN: Final = 5
"""Names of served models in one line."""
LATE: Final = Fault(
    "no answer in time", "take a smaller model or a faster machine, or raise models.write_within"
)
SILENT: Final = Fault(
    "an answer without text", "let models.writer_model name a chat model that does not think first"
)


class RemoteWriter:
    """Words plans with a model that somebody else serves.

    ``model`` "" takes the first that is served. An endpoint that keeps failing is left alone for
    a while (see Breaker); each change of its state is one line of the log. ``exact``, for a
    replay, holds no deadline.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        model: str = "",
        *,
        exact: bool = False,
        now: Callable[[], float] | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._wanted = model
        self._model = model
        self._exact = exact
        self._breaker = Breaker(now or asyncio.get_running_loop().time)
        self._told = ""
        self.asked = 0
        self.worded = 0

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        url: str,
        model: str = "",
        key: str = "",
        *,
        exact: bool = False,
        now: Callable[[], float] | None = None,
    ) -> AsyncIterator[Self]:
        """Give a writer with its own connections, and close them afterwards."""
        endpoint = Endpoint(url, key)
        writer = cls(endpoint, model, exact=exact, now=now)
        try:
            yield writer
        finally:
            await endpoint.aclose()
            log.info("writer", asked=writer.asked, worded=writer.worded)

    async def write(self, prompt: str, lang: Lang, within: float) -> str | None:
        """Return the facts of ``prompt`` in one line, or None if there is none in time."""
        within = PATIENCE if self._exact else within
        if within <= 0 or len(prompt) > MAX_PROMPT or not self._breaker.admits():
            return None
        self.asked += 1
        try:
            async with asyncio.timeout(within) as scope:
                answer = await self._tried(prompt, lang, scope.when() or 0.0)
        except TimeoutError:
            answer = LATE
        self._note(answer)
        if isinstance(answer, Fault):
            return None
        wording = instructions.wording(answer, prompt)
        text = None if wording is None else filled(wording, prompt, lang)
        self.worded += text is not None
        return text

    async def _tried(self, prompt: str, lang: Lang, deadline: float) -> str | Fault:
        """Ask until there is an answer, as often as may help before ``deadline``."""
        now = asyncio.get_running_loop().time
        retry = AsyncRetrying(
            retry=retry_if_result(lambda made: isinstance(made, Fault) and made.kind == "passing"),
            wait=_pause,
            stop=lambda state: (
                state.attempt_number >= TRIES or now() + state.upcoming_sleep >= deadline
            ),
            retry_error_callback=_last,
        )
        made: str | Fault = await retry(self._answer, prompt, lang)
        return made

    async def _answer(self, prompt: str, lang: Lang) -> str | Fault:
        if not self._model:
            served = await self._endpoint.models()
            if isinstance(served, Fault):
                return served
            if not served.data:
                return Fault("no model is served", "load a model into the server", "lasting")
            self._model = served.data[0].id
        messages = instructions.messages(prompt, lang)
        made = await self._endpoint.complete(Request(self._model, messages, MAX_TOKENS))
        if isinstance(made, Fault):
            self._model = self._wanted  # another may be served by now
            return made
        if not made.choices or not (text := made.choices[0].message.content):
            return SILENT
        cut = made.choices[0].finish_reason == "length"
        return text.rpartition("\n")[0] if cut else text

    def _note(self, answer: str | Fault) -> None:
        """Count what came, and say it where it changes what the operator should do."""
        url = self._endpoint.url
        if not isinstance(answer, Fault):
            if self._breaker.is_open:
                log.warning("writer_recovered", writer=url)
            self._breaker.succeeded()
            self._told = ""
            return
        self._breaker.failed(lasting=answer.kind == "lasting")
        if self._breaker.is_open and self._told != answer.what:
            self._told = answer.what
            log.warning("writer_failing", writer=url, fault=answer.what, mend=answer.mend)


async def probe(url: str, model: str, key: str) -> str | Fault:
    """Return the name of the model that would be asked: ``model``, or the first that is served."""
    endpoint = Endpoint(url, key)
    try:
        async with asyncio.timeout(PROBE):
            served = await endpoint.models()
    except TimeoutError:
        return Fault(f"no answer within {PROBE:.0f} s", "start the server, or change models.writer")
    finally:
        await endpoint.aclose()
    if isinstance(served, Fault):
        return served
    names = [each.id for each in served.data]
    if not names or (model and model not in names):
        some = ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
        what = f"serves {some or 'no model'}" + (f", not {model}" if model else "")
        return Fault(what, "let models.writer_model name one that it serves, or load it there")
    return model or names[0]


def _pause(state: RetryCallState) -> float:
    """Return how long to wait before the next try: as long as the endpoint asks, at least."""
    return max(BACKOFF(state), _last(state).wait)


def _last(state: RetryCallState) -> Fault:
    """Return the fault of the try before."""
    made = state.outcome.result() if state.outcome else LATE
    return made if isinstance(made, Fault) else LATE
