"""The studio on the page: scripts, descriptions and analyses, made for whoever may moderate."""

from collections.abc import Collection
from functools import partial
from typing import Any, Final, TypeAlias

from fastapi import APIRouter, HTTPException, Response

from bot.bus.server import LOST
from bot.model import Catalogue
from bot.web.access import Moderator
from bot.web.desk import Desk
from bot.web.login import ANY
from bot.web.refusals import AWAY, CHANGING, Refusal
from bot.web.seals import Pass
from bot.web.wishes import (
    FILES,
    AnalysisWish,
    Choices,
    DescriptionWish,
    ScriptWish,
    Wish,
    WorkList,
    Workshop,
    WorkShown,
)
from bot.web.works import Busy, FileName, Job, Kind, Work, Works


def routes(desk: Desk, workshop: Workshop, works: Works) -> APIRouter:
    """Return the routes of the studio."""
    router = APIRouter(prefix="/api/studio")
    _making(router, desk, workshop, works)
    _reading(router, desk, workshop, works)
    return router


Told: TypeAlias = dict[int | str, dict[str, Any]]
NOTHING: Final[Told] = {404: {"model": Refusal, "description": "no such room, product, recording"}}
NO_WORK: Final[Told] = {404: {"model": Refusal, "description": "no such work"}}
BUSY: Final[Told] = {
    409: {"model": Refusal, "description": "another work of this session is not done"},
    429: {"model": Refusal, "description": "too many works wait"},
}
MAKING: Final[Told] = {**CHANGING, **NOTHING, **BUSY, **AWAY}


def _making(router: APIRouter, desk: Desk, workshop: Workshop, works: Works) -> None:
    @router.post("/script", status_code=202, responses=MAKING)
    async def script(wish: ScriptWish, who: Moderator) -> WorkShown:
        """Begin to write a script from the room's catalogue as it is now."""
        shop = await _shop(desk, wish.room)
        _known(shop, wish.skus)
        return _begun(works, who, wish, "script", partial(workshop.script, wish, shop))

    @router.post("/description", status_code=202, responses=MAKING)
    async def description(wish: DescriptionWish, who: Moderator) -> WorkShown:
        """Begin to describe a product as it is now."""
        shop = await _shop(desk, wish.room)
        _known(shop, [wish.sku])
        return _begun(works, who, wish, "description", partial(workshop.describe, wish, shop))

    @router.post("/analysis", status_code=202, responses=MAKING)
    async def analysis(wish: AnalysisWish, who: Moderator) -> WorkShown:
        """Begin to analyse the room's comments, or those in a recording."""
        shop = await _shop(desk, wish.room)
        if wish.recording is not None:
            listed = {each.name for each in await workshop.recordings()}
            if wish.recording not in listed:
                raise HTTPException(404, "no such recording")
        return _begun(works, who, wish, "analysis", partial(workshop.analyse, wish, shop))

    @router.post(
        "/works/{id}/stop",
        responses={**CHANGING, **NO_WORK},
        openapi_extra={"requestBody": ANY},
    )
    async def stop(id: str, _: Moderator) -> WorkShown:  # noqa: A002 - the path's
        """End a work that is not done."""
        work = _work(works, id)
        works.stop(work)
        return shown(work)


def _reading(router: APIRouter, desk: Desk, workshop: Workshop, works: Works) -> None:
    @router.get("", responses={**NOTHING, **AWAY})
    async def choices(room: str, _: Moderator) -> Choices:
        """Tell what there is to choose from in a room."""
        await _shop(desk, room)
        try:
            since = await workshop.since(room)
        except LOST:
            raise _away() from None
        return Choices(model=workshop.model, since=since, recordings=await workshop.recordings())

    @router.get("/works")
    async def listed(who: Moderator) -> WorkList:
        """List this session's works."""
        return WorkList(works=[shown(each, whole=False) for each in works.of(who.id)])

    @router.get("/works/{id}", responses=NO_WORK)
    async def one(id: str, _: Moderator) -> WorkShown:  # noqa: A002 - the path's
        """Return a work with what it has made, to any moderator who knows its id."""
        return shown(_work(works, id))

    @router.get("/works/{id}/files/{form}", responses=FILES, response_class=Response)
    async def file(id: str, form: FileName, _: Moderator) -> Response:  # noqa: A002 - the path's
        """Return a file of a work, to be kept."""
        work = _work(works, id)
        found = work.made.files.get(form) if work.made else None
        if found is None:
            raise HTTPException(404, "no such file")
        kept = {"Content-Disposition": f'attachment; filename="{_called(work)}.{form}"'}
        return Response(found.data, media_type=found.media, headers=kept)


def _begun(works: Works, who: Pass, wish: Wish, kind: Kind, job: Job) -> WorkShown:
    """Begin a work. Raises 409 or 429."""
    try:
        return shown(works.begin(who.id, wish.room, kind, job))
    except Busy as busy:
        told = "too many works wait" if busy.crowded else "another work is not done"
        raise HTTPException(429 if busy.crowded else 409, told) from None


def _known(shop: Catalogue, skus: Collection[str]) -> None:
    """Raise 404 for a product that the room does not sell."""
    if not {*skus} <= {each.sku for each in shop.products}:
        raise HTTPException(404, "no such product")


def shown(work: Work, *, whole: bool = True) -> WorkShown:
    """Return a work as it is told; not ``whole``: without what it has made."""
    made = work.made if work.state == "done" else None
    return WorkShown(
        id=work.id, room=work.room, kind=work.kind, state=work.state, began=work.began,
        done=work.done, of=work.of, fault=work.fault, files=[*made.files] if made else [],
        made=made.shown if made and whole else None,
    )  # fmt: skip


def _called(work: Work) -> str:
    """Return what a file is called where it is kept: of what kind it is, and when it began."""
    sku = getattr(work.made and work.made.shown, "sku", "")
    plain = "".join(each for each in sku if each.isascii() and (each.isalnum() or each in "-_"))
    return "-".join(filter(None, ("danmate", work.kind, plain, str(int(work.began)))))


async def _shop(desk: Desk, room: str) -> Catalogue:
    """Return what a room sells now. Raises 404 or 503."""
    if room not in desk.known:
        raise HTTPException(404, "no such room")
    try:
        return (await desk.shops.at(room, await desk.rooms.get(room))).catalogue
    except LOST:
        raise _away() from None


def _work(works: Works, id_: str) -> Work:
    try:
        return works.get(id_)
    except KeyError:
        raise HTTPException(404, "no such work") from None


def _away() -> HTTPException:
    return HTTPException(503, "the queue does not answer")
