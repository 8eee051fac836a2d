"""``danmate script``: the catalogue, what viewers asked, the author; then the script is written."""

import json
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

from bot import config as configuration
from bot.commands.asking import asked
from bot.commands.outputs import Opened, Source, opened
from bot.commands.progress import counting
from bot.commands.replay import writing
from bot.config import Config
from bot.errors import BadConfig
from bot.model import Catalogue, Lang, Product
from bot.shop.catalogue import load as load_catalogue
from bot.studio import patterns, prompter
from bot.studio.lawful import forbidden
from bot.studio.patterns import Voice
from bot.studio.rundown import Script, Wanted, clock
from bot.studio.script import FILES, Brief, Order, Scribe, arranged
from bot.studio.speech import FASTEST, RATES, SLOWEST
from bot.studio.writing import Author

ORDERS: Final = get_args(Order)


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for."""

    minutes: float
    lang: Lang | None = None
    order: str = "as-listed"
    style: Voice = "warm"
    log: str | None = None
    host: str = ""
    rate: float | None = None
    cite: bool = False
    seed: int = 0
    model: bool = True
    config: Path | None = None
    settings: tuple[str, ...] = ()


async def script(catalog: Path | None, out: Path | None, options: Options) -> None:
    """Write a script to ``out``, or print it as Markdown.

    Raises BadConfig, BadCatalogue, BadLog or MissingWeights.
    """
    config = configuration.with_values(configuration.load(options.config), list(options.settings))
    catalogue = load_catalogue(catalog or config.rooms[0].catalog)
    _check(options, out, config)
    products = chosen(catalogue, options.order)
    lang = options.lang or catalogue.language
    async with AsyncExitStack() as stack:
        models: Opened | None = None
        if options.log or (options.model and config.models.writer != "none"):
            models = await stack.enter_async_context(opened(config, Source()))
        wanted: tuple[Wanted, ...] = ()
        if options.log and models:
            wanted = await asked(options.log, config, catalogue, models.models, lang)
        author = Author(
            patterns=patterns.load(lang, *FILES),
            rules=config.rules(),
            voice=options.style,
            seed=options.seed,
            others=[name for each in catalogue.products for name in (each.name, *each.aliases)],
            writer=models.models.writer if models and options.model else None,
            chat="://" in config.models.writer,
        )
        rate = options.rate or RATES[lang]
        brief = Brief(options.minutes, products, rate, options.host, wanted)
        scribe = Scribe(catalogue, author, brief)
        scribe.done = stack.enter_context(counting("parts", scribe.parts()))
        written = await scribe.write()
    with writing(out) as file:
        if out and out.suffix == ".json":
            file.write(json.dumps(prompter.sheet(written), ensure_ascii=False, indent=1) + "\n")
        else:
            file.write(prompter.markdown(written, cite=options.cite))
    _tell(written)


def _check(options: Options, out: Path | None, config: Config) -> None:
    """Refuse what cannot be done, each fault in a line. Raises BadConfig."""
    faults = []
    if out and out.suffix not in (".md", ".json"):
        faults.append(f"--out {out}: expected a file F.md or F.json")
    if options.rate is not None and not SLOWEST <= options.rate <= FASTEST:
        faults.append(f"--rate {options.rate:g}: expected {SLOWEST} to {FASTEST} a minute")
    if options.host and (why := forbidden(options.host, config.rules())):
        faults.append(f"--host {options.host}: expected a name that may be said ({why})")
    if faults:
        raise BadConfig(*faults)


def chosen(catalogue: Catalogue, order: str) -> list[Product]:
    """Return the products in the order asked for; a list of skus names the only ones.

    Raises BadConfig.
    """
    if order in ORDERS:
        return arranged(catalogue.products, order)
    known = {product.sku.casefold(): product for product in catalogue.products}
    skus = [sku.strip() for sku in order.split(",") if sku.strip()]
    if unknown := [sku for sku in skus if sku.casefold() not in known]:
        expected = f"expected {', '.join(ORDERS)} or skus of the catalogue"
        raise BadConfig(*(f"--order {sku}: {expected}" for sku in unknown))
    return [known[sku] for sku in dict.fromkeys(sku.casefold() for sku in skus)]


def _tell(written: Script) -> None:
    """Write to standard error what came out of it."""
    said, shown, free = (clock(seconds) for seconds in written.shares())
    err = sys.stderr
    err.write(f"{clock(written.seconds)} in {len(written.segments)} parts: ")
    err.write(f"{said} read aloud, {shown} on camera, {free} with the viewers\n")
    if written.absent:
        err.write(f"no time for {', '.join(one.sku for one in written.absent)}\n")
    if written.prepare:
        err.write(f"{len(written.prepare)} questions need an answer from the host\n")
