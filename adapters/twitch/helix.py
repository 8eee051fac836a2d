"""Helix, Twitch's HTTP interface: who a channel is, what we listen to, and what we say.

Source: dev.twitch.tv/docs/api/reference.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from email.utils import parsedate_to_datetime

import httpx
import msgspec

from adapters.twitch.answers import read, reason
from adapters.twitch.oauth import LOGIN, PRINTABLE
from adapters.twitch.tokens import KeptLogin
from adapters.wire.twitch_events import Modes, modes
from bot.errors import AuthFailed, BadFrame, Disconnected, Refused, Throttled

SHORTEST, LONGEST = 0.1, 60.0
"""Seconds that a full bucket of the interface is waited for."""
UNKNOWN = 5.0
"""Seconds to wait where nobody says how long."""


class Drop(msgspec.Struct, frozen=True):
    """Why a line does not stand; Twitch changes its codes (twitchdev/issues#962)."""

    code: str = ""
    message: str = ""


class Sent(msgspec.Struct, frozen=True):
    """What became of a line: 200 alone does not say that it stands."""

    is_sent: bool
    message_id: str | None = None
    drop_reason: Drop | None = None


class _User(msgspec.Struct):
    id: str


class _Subscription(msgspec.Struct):
    id: str


class _Sents(msgspec.Struct):
    data: list[Sent]


class _Users(msgspec.Struct):
    data: list[_User]


class _Subscriptions(msgspec.Struct):
    data: list[_Subscription]


class _Settings(msgspec.Struct):
    data: list[msgspec.Raw]


class Helix:
    """The interface, asked in the name of one log-in.

    Each method raises AuthFailed, Throttled (nothing was done), or Disconnected (nobody knows).
    A request is repeated only where it was certainly not carried out.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        url: str,
        login: KeptLogin,
        now: Callable[[], float] = time.time,  # noqa: TID251 - the platform's own clock
    ) -> None:
        """``now`` stands in for Twitch's clock where an answer does not tell it."""
        self._http = http
        self._url = url.rstrip("/")
        self._login = login
        self._now = now
        self._full_until: dict[str, float] = {}

    async def user_id(self, login: str) -> str:
        """Return a channel's id; raises AuthFailed where there is none of that name."""
        answer = await self._call("GET", "users", params={"login": login})
        found = read(answer, _Users, "helix").data if answer.is_success else []
        if not found:
            raise AuthFailed(f"no_such_channel: {login}")
        return found[0].id

    async def modes(self, room_id: str) -> Modes:
        """Return who may speak in a room now."""
        answer = await self._call("GET", "chat/settings", params={"broadcaster_id": room_id})
        found = read(answer, _Settings, "helix").data if answer.is_success else []
        try:
            return modes(bytes(found[0])) if found else Modes()
        except BadFrame as error:
            raise Disconnected("helix_unwell: settings of another form") from error

    async def subscribe(self, kind: str, room_id: str, session_id: str) -> str | None:
        """Listen to ``kind`` in a room; return the subscription's id, None if it stood already."""
        body = {
            "type": kind,
            "version": "1",
            "condition": {"broadcaster_user_id": room_id, "user_id": self._login.user_id},
            "transport": {"method": "websocket", "session_id": session_id},
        }
        answer = await self._call("POST", "eventsub/subscriptions", body=body)
        if answer.status_code == httpx.codes.CONFLICT:
            return None
        if not answer.is_success:  # most likely the session has ended in the meantime
            raise Disconnected(f"subscription_refused: {kind}: {reason(answer)}")
        found = read(answer, _Subscriptions, "helix").data
        return found[0].id if found else None

    async def unsubscribe(self, subscription_id: str) -> None:
        """Stop listening; one that is gone already is no fault."""
        await self._call("DELETE", "eventsub/subscriptions", params={"id": subscription_id})

    async def send(
        self, room_id: str, text: str, reply_to: str | None = None, instead: str | None = None
    ) -> Sent:
        """Say ``text`` as a reply to a message, or ``instead`` where that message is gone.

        Raises Refused for what Twitch will not take as it is.
        """
        answer = await self._say(room_id, text, reply_to)
        if answer.status_code == httpx.codes.BAD_REQUEST and reply_to:
            answer = await self._say(room_id, text if instead is None else instead, None)
        if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
            raise Refused("too_long")
        if not answer.is_success:
            raise Refused(f"bad_request: {reason(answer)}")
        verdicts = read(answer, _Sents, "helix").data
        if not verdicts:
            raise Disconnected("helix_unwell: no verdict")
        return verdicts[0]

    async def _say(self, room_id: str, text: str, reply_to: str | None) -> httpx.Response:
        body = {"broadcaster_id": room_id, "sender_id": self._login.user_id, "message": text}
        if reply_to:
            body["reply_parent_message_id"] = reply_to
        return await self._call("POST", "chat/messages", body=body)

    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> httpx.Response:
        """Return an answer that is a success, or a refusal of just this request."""
        left = self._full_until.get(path, 0.0) - asyncio.get_running_loop().time()
        if left > 0:
            raise Throttled("rate_limited", left)
        token = await self._granted(self._login.token())
        answer = await self._request(method, path, token, params, body)
        if answer.status_code == httpx.codes.UNAUTHORIZED:  # so nothing was done
            token = await self._granted(self._login.renew(token))
            answer = await self._request(method, path, token, params, body)
        self._note(path, answer)
        match answer.status_code:
            case 401:
                raise AuthFailed(f"unauthorized: {reason(answer)}: {LOGIN}")
            case 403:
                raise AuthFailed(f"forbidden: {reason(answer)}")
            case 429:
                raise Throttled(f"rate_limited: {reason(answer)}", self._wait(answer))
            case status if answer.is_server_error:
                raise Disconnected(f"helix_unwell: {status}")
            case _:
                return answer

    async def _granted(self, token: Awaitable[str]) -> str:
        try:
            return await token
        except Disconnected as error:  # the request itself was not made, or not carried out
            raise Throttled(f"login_unanswered: {error}", UNKNOWN) from error

    async def _request(
        self,
        method: str,
        path: str,
        token: str,
        params: Mapping[str, str] | None,
        body: Mapping[str, object] | None,
    ) -> httpx.Response:
        if not PRINTABLE.fullmatch(token):  # a header would not take it, and would say so with it
            raise AuthFailed(f"login_unreadable: {LOGIN}")
        headers = {"Authorization": f"Bearer {token}", "Client-Id": self._login.client_id}
        url = f"{self._url}/{path}"
        try:
            return await self._http.request(method, url, params=params, json=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Disconnected(f"helix_unreachable: {type(error).__name__}") from error

    def _note(self, path: str, answer: httpx.Response) -> None:
        """Remember a bucket that is empty now, to ask no more of it until it is filled again."""
        if answer.headers.get("Ratelimit-Remaining") == "0":
            until = asyncio.get_running_loop().time() + self._wait(answer)
            self._full_until[path] = until

    def _wait(self, answer: httpx.Response) -> float:
        reset = answer.headers.get("Ratelimit-Reset", "")
        if not (reset.isascii() and reset.isdigit()):
            return UNKNOWN
        try:
            at = parsedate_to_datetime(answer.headers["Date"]).timestamp()
        except (KeyError, ValueError, OverflowError):
            at = self._now()
        return max(SHORTEST, min(LONGEST, float(reset) - at))
