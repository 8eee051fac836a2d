"""What those ask who watch over processes: does it live, is it ready, what has it counted."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from pydantic import BaseModel

from bot.web.health import Health


class Alive(BaseModel):
    """The process lives: whoever gets this answer knows that its loop turns."""

    ok: bool


class Ready(BaseModel):
    """Whether messages are answered, and if not, why."""

    ok: bool
    reasons: list[str]
    rooms: list[str]
    pending: int
    counts: dict[str, int]
    workers: list[str]


def routes(health: Health) -> APIRouter:
    """Return the routes that need no log-in: they tell nothing that anybody has said."""
    router = APIRouter()

    @router.get("/healthz")
    async def healthz() -> Alive:
        """Say that the process lives."""
        return Alive(ok=True)

    @router.get("/readyz", responses={503: {"model": Ready, "description": "it is not ready"}})
    async def readyz(response: Response) -> Ready:
        """Say whether messages are answered, and if not (503), why."""
        state = Ready.model_validate(await health.ready())
        if not state.ok:
            response.status_code = 503
        return state

    @router.get(
        "/metrics",
        response_class=Response,
        responses={200: {"content": {CONTENT_TYPE_PLAIN_0_0_4: {"schema": {"type": "string"}}}}},
    )
    async def metrics() -> Response:
        """Give Prometheus what is counted."""
        return Response(await health.scraped(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return router
