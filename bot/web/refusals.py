"""How the API refuses, as its description tells it."""

from typing import Any, Final

from pydantic import BaseModel, Field


class Refusal(BaseModel):
    """Why a request was turned away."""

    detail: str


class Misfit(BaseModel):
    """One thing that is wrong with a request; what it held is not told back."""

    where: str = Field(description="the place, such as body.line")
    expected: str


class Unfit(BaseModel):
    """What is wrong with a request."""

    detail: list[Misfit] | str


def _told(status: int, what: str) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Refusal, "description": what}}


NO_ROOM: Final = _told(404, "no such room")
AWAY: Final = _told(503, "the queue does not answer")
LOCKED: Final = _told(503, "nobody can be known now")
TOO_MANY: Final = _told(429, "too many wrong attempts from this address")
REFUSALS: Final = {
    **_told(401, "expected a log-in"),
    **_told(403, "expected another role, or the page's own Origin and Host"),
    422: {"model": Unfit, "description": "a request that is not what is expected"},
}
CHANGING: Final = {
    **_told(400, "a body that is no JSON"),
    **_told(405, "a path that can only be read"),
    **_told(411, "expected Content-Length"),
    **_told(413, "a body that is too large"),
    **_told(415, "expected Content-Type: application/json"),
}
"""What else may be answered to a request with a body."""
