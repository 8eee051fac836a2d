"""What Twitch's HTTP servers answer, read."""

from typing import TypeVar

import httpx
import msgspec

from bot.errors import Disconnected

S = TypeVar("S")


class Refusal(msgspec.Struct, frozen=True):
    """Why a server did not do what it was asked."""

    message: str = ""


def read(answer: httpx.Response, kind: type[S], server: str) -> S:
    """Return an answer of ``server`` as it is documented; raises Disconnected."""
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:  # a proxy's page, perhaps
        raise Disconnected(f"{server}_unwell: an answer of another form") from error


def reason(answer: httpx.Response) -> str:
    """Return why a request was refused: the server's words, or the status."""
    try:
        said = msgspec.json.decode(answer.content, type=Refusal).message
    except (msgspec.DecodeError, RecursionError):
        said = ""
    return " ".join(said.split())[:100] or str(answer.status_code)
