"""Scripts and descriptions for the page, written in a thread that its events do not wait for."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from bot.config import Config
from bot.model import Catalogue, Lang, Outcome, Product
from bot.ports import Writer
from bot.studio import describe as describing
from bot.studio import patterns, prompter, sheets
from bot.studio.lawful import forbidden
from bot.studio.patterns import Voice
from bot.studio.rundown import Script
from bot.studio.script import FILES, Brief, Scribe, arranged
from bot.studio.speech import RATES
from bot.studio.title import DEFAULT
from bot.studio.wanted import Folded
from bot.studio.writing import Author
from bot.web.made import DescriptionMade, ScriptMade
from bot.web.wishes import TYPES, DescriptionWish, ScriptWish
from bot.web.works import File, Made, NotMade, Report

T = TypeVar("T")
ANSWERED, OPEN = 200, 12
"""Questions that a script may answer, and that a host is told to prepare."""
STEPS: Final = 2
"""What is told of a description: that it has begun, and that it is done."""


def served(config: Config) -> bool:
    """Say whether the configured writer is a served one: ours would take the live room's time."""
    return "://" in config.models.writer


async def script(
    config: Config,
    wish: ScriptWish,
    shop: Catalogue,
    said: Sequence[Outcome],
    report: Report,
) -> Made:
    """Write a script; ``said`` is what viewers have said of late. Raises NotMade or Stopped."""
    lang = wish.lang or shop.language
    if wish.host.strip() and forbidden(wish.host, config.rules()):
        raise NotMade("host")
    products = _chosen(shop, wish)
    if not products:
        raise NotMade("no_goods")
    folded = Folded(lang)
    for outcome in said:
        folded.add(outcome)
    brief = Brief(
        minutes=wish.minutes,
        products=products,
        rate=wish.rate or RATES[lang],
        host=wish.host.strip(),
        wanted=folded.most(ANSWERED, OPEN),
    )

    async def write() -> Script:
        async with _writer(config, on=wish.model) as writer:
            author = _author(config, shop, lang, wish.style, wish.seed, writer, *FILES)
            scribe = Scribe(shop, author, brief)
            parts, written = scribe.parts(), 0

            def done() -> None:
                nonlocal written
                written += 1
                report(written, parts)

            report(0, parts)
            scribe.done = done
            return await scribe.write()

    return _of_script(await apart(write), shop)


def _chosen(shop: Catalogue, wish: ScriptWish) -> list[Product]:
    if not wish.skus:
        return arranged(shop.products, wish.order)
    known = {each.sku: each for each in shop.products}
    return [known[sku] for sku in dict.fromkeys(wish.skus)]


def _of_script(written: Script, shop: Catalogue) -> Made:
    sheet, text = prompter.sheet(written), prompter.markdown(written)
    made = ScriptMade.model_validate({**sheet, "version": shop.version, "text": text})
    return Made(
        made,
        {
            "md": File(TYPES["md"], text.encode()),
            "json": File(TYPES["json"], json.dumps(sheet, ensure_ascii=False, indent=1).encode()),
        },
    )


async def describe(config: Config, wish: DescriptionWish, shop: Catalogue, report: Report) -> Made:
    """Describe a product. Raises Stopped."""
    lang = wish.lang or shop.language
    product = next(each for each in shop.products if each.sku == wish.sku)

    async def write() -> describing.Description:
        async with _writer(config, on=wish.model) as writer:
            report(1, STEPS)
            author = _author(config, shop, lang, wish.voice, wish.seed, writer, *describing.FILES)
            most = wish.title or DEFAULT[lang]
            return await describing.describe(product, shop, author, wish.length, most)

    return _of_description(await apart(write), shop)


def _of_description(one: describing.Description, shop: Catalogue) -> Made:
    row, text = sheets.row(one), sheets.markdown(one)
    made = DescriptionMade(
        version=shop.version,
        lang=one.lang,
        sku=one.product.sku,
        name=one.product.name,
        title=one.title.text,
        points=row["points"],
        paragraphs=one.body.split("\n\n") if one.body else [],
        facts=row["facts"],
        left=sheets.reported(one.left),
        text=text,
    )
    line = json.dumps({**row, "version": shop.version}, ensure_ascii=False) + "\n"
    return Made(
        made, {"md": File(TYPES["md"], text.encode()), "jsonl": File(TYPES["jsonl"], line.encode())}
    )


def _author(
    config: Config,
    shop: Catalogue,
    lang: Lang,
    voice: Voice,
    seed: int,
    writer: Writer | None,
    *files: str,
) -> Author:
    return Author(
        patterns=patterns.load(lang, *files),
        rules=config.rules(),
        voice=voice,
        seed=seed,
        others=[name for each in shop.products for name in (each.name, *each.aliases)],
        writer=writer,
        chat=served(config),
    )


@asynccontextmanager
async def _writer(config: Config, *, on: bool) -> AsyncIterator[Writer | None]:
    """Give the served writer where it is wanted and there is one."""
    if not (on and served(config)):
        yield None
        return
    from bot.inference.remote import RemoteWriter

    source, _, model, key = config.models.writing()
    async with RemoteWriter.open(source, model, key) as writer:
        yield writer


async def apart(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Do a work in a thread, in a loop of its own; return what it returns."""
    return await asyncio.to_thread(lambda: asyncio.run(work()))
