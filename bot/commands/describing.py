"""``danmate describe``: one product after another, as Markdown or as JSON lines that go on."""

import hashlib
import json
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import msgspec

from bot import __version__
from bot import config as configuration
from bot.commands import files
from bot.commands.outputs import Source, opened
from bot.commands.progress import counting
from bot.commands.replay import writing
from bot.config import Config
from bot.errors import BadConfig
from bot.model import Catalogue, Lang, Product
from bot.ports import Writer
from bot.shop.catalogue import load as load_catalogue
from bot.studio import describe as studio
from bot.studio import patterns
from bot.studio.patterns import Voice
from bot.studio.sheets import markdown, reported, row
from bot.studio.title import DEFAULT
from bot.studio.writing import Author

MANY: Final = 8
"""Skus of the catalogue that a fault names."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for: which products, and how they are described."""

    skus: tuple[str, ...] = ()
    lang: Lang | None = None
    length: studio.Length = "medium"
    voice: Voice = "plain"
    title: int | None = None
    cite: bool = False
    seed: int = 0
    model: bool = True
    config: Path | None = None
    settings: tuple[str, ...] = ()


async def describe(catalog: Path | None, out: Path | None, options: Options) -> None:
    """Describe the products of a catalogue and write them to ``out``, or print Markdown.

    Raises BadConfig, BadCatalogue or MissingWeights.
    """
    config = configuration.with_values(configuration.load(options.config), list(options.settings))
    if out and out.suffix not in (".md", ".jsonl"):
        raise BadConfig(f"--out {out}: expected a file F.md or F.jsonl")
    catalogue = load_catalogue(catalog or config.rooms[0].catalog)
    products = _chosen(catalogue, options.skus)
    options = replace(options, lang=options.lang or catalogue.language)
    async with _writer(config, options) as writer:
        author = _author(config, catalogue, options, writer)
        if out and out.suffix == ".jsonl":
            every = catalogue.products
            made = {each.sku: _made(each, catalogue, options, config) for each in every}
            await _lines(out, made, products, catalogue, author, options)
        else:
            await _pages(out, products, catalogue, author, options)


def _chosen(catalogue: Catalogue, skus: Sequence[str]) -> list[Product]:
    known = {product.sku: product for product in catalogue.products}
    if unknown := [sku for sku in skus if sku not in known]:
        some = ", ".join(list(known)[:MANY]) + ", …" * (len(known) > MANY)
        raise BadConfig(
            *(f"--sku {sku}: expected a sku of the catalogue ({some})" for sku in unknown)
        )
    return [known[sku] for sku in dict.fromkeys(skus)] or list(catalogue.products)


@asynccontextmanager
async def _writer(config: Config, options: Options) -> AsyncIterator[Writer | None]:
    """Give the configured writer; what it writes is kept, so that a second run is quick."""
    async with AsyncExitStack() as stack:
        if not options.model or config.models.writer == "none":
            yield None
            return
        use = await stack.enter_async_context(opened(config, Source()))
        yield use.models.writer


def _author(
    config: Config, catalogue: Catalogue, options: Options, writer: Writer | None
) -> Author:
    lang = options.lang or catalogue.language
    return Author(
        patterns=patterns.load(lang, *studio.FILES),
        rules=config.rules(),
        voice=options.voice,
        seed=options.seed,
        others=[name for each in catalogue.products for name in (each.name, *each.aliases)],
        writer=writer,
        chat="://" in config.models.writer,
    )


async def _described(
    product: Product, catalogue: Catalogue, author: Author, options: Options
) -> studio.Description:
    most = options.title or DEFAULT[author.lang]
    return await studio.describe(product, catalogue, author, options.length, most)


async def _pages(
    out: Path | None,
    products: Sequence[Product],
    catalogue: Catalogue,
    author: Author,
    options: Options,
) -> None:
    with ExitStack() as stack:
        file = stack.enter_context(writing(out))
        done = stack.enter_context(counting("products", len(products)))
        file.write(f"# {catalogue.name}\n")
        for product in products:
            one = await _described(product, catalogue, author, options)
            file.write("\n" + markdown(one, cite=options.cite))
            file.flush()
            done()


async def _lines(
    out: Path,
    made: Mapping[str, str],
    products: Sequence[Product],
    catalogue: Catalogue,
    author: Author,
    options: Options,
) -> None:
    """Write a JSON line for each product; lines of an earlier run that still hold are kept.

    They hold where ``made`` says so, also those of products that this run is not asked for.
    """
    kept = {sku: line for sku, line in _written(out) if made.get(sku) == line["made"]}
    rows = [json.dumps(kept[sku], ensure_ascii=False) for sku in made if sku in kept]
    files.replace(out, "".join(f"{line}\n" for line in rows))
    with ExitStack() as stack:
        done = stack.enter_context(counting("products", len(products)))
        file = stack.enter_context(out.open("a", encoding="utf-8", newline="\n"))
        for product in products:
            if product.sku not in kept:
                one = await _described(product, catalogue, author, options)
                kept[product.sku] = {
                    **row(one), "version": catalogue.version, "made": made[product.sku],
                }  # fmt: skip
                file.write(json.dumps(kept[product.sku], ensure_ascii=False) + "\n")
                file.flush()
                for text in reported(one.left):
                    sys.stderr.write(f"{product.sku}: left out {text}\n")
            done()
    current = ({**kept[sku], "version": catalogue.version} for sku in made if sku in kept)
    files.replace(out, "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in current))


def _made(product: Product, catalogue: Catalogue, options: Options, config: Config) -> str:
    """Return a digest of all that a description is made from."""
    asked = asdict(replace(options, skus=(), config=None))
    parts = (
        __version__, asked["lang"], asked["length"], asked["voice"], asked["title"],
        asked["seed"], asked["model"], asked["settings"], catalogue.name, catalogue.currency,
        catalogue.language, catalogue.shipping, catalogue.returns, catalogue.payment,
        config.reply.packs, config.reply.banned,
        (config.models.writer, config.models.writer_model) if options.model else "",
    )  # fmt: skip
    content = msgspec.json.encode((parts, product), order="sorted")
    return hashlib.sha256(content).hexdigest()[:16]


def _written(out: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the rows of an earlier run; a line that was cut off is none."""
    if not out.exists():
        return
    for text in out.read_text("utf-8", errors="replace").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and {"sku", "made"} <= line.keys():
            yield str(line["sku"]), line
