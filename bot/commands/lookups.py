"""``danmate bench lookup``: how fast a large catalogue is loaded, and searched for a name."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from random import Random
from statistics import median, quantiles
from time import perf_counter

from rich.console import Console
from rich.table import Table

from bot.model import Catalogue, Lang, Product, Question, Reading
from bot.shop.catalogue import load
from bot.shop.importing.writing import dumps
from bot.shop.lookup import Shop, resolve
from bot.shop.names import Names

EACH = 80
"""Lines of each way to name a product: half of them Chinese, half English."""
LINKS = 300
"""Products that have a link number; a stream's list holds no more."""
SERIES = "云星河山林月风晨青安南阳明远飞宇佳文禾木时海松石心光"
MISHEARD = "芸兴荷杉琳悦枫辰清桉楠扬鸣苑菲雨嘉雯和沐石嗨淞时新广"
"""What somebody types who knows a name by its sound alone."""
SYLLABLES = (
    "lu", "ma", "ri", "ko", "ven", "tal", "sor", "ne", "ba", "dio", "fi",
    "ga", "hal", "jo", "kem", "la", "mo", "nu", "pa", "que", "ro", "sa",
)  # fmt: skip
STYLES = (
    ("加厚", "thick"), ("轻薄", "light"), ("复古", "vintage"), ("便携", "travel"),
    ("儿童", "kids"), ("男士", "men's"), ("迷你", "mini"), ("静音", "quiet"),
    ("北欧", "nordic"), ("经典", "classic"), ("折叠", "folding"), ("防滑", "non-slip"),
)  # fmt: skip
NOUNS = (
    ("卫衣", "hoodie"), ("羽绒服", "down jacket"), ("牛仔裤", "jeans"), ("连衣裙", "dress"),
    ("运动鞋", "sneakers"), ("保温杯", "thermos"), ("电饭煲", "rice cooker"), ("台灯", "desk lamp"),
    ("吹风机", "hair dryer"), ("面霜", "face cream"), ("口红", "lipstick"), ("猫粮", "cat food"),
    ("积木", "building blocks"), ("收纳箱", "storage box"), ("蓝牙音箱", "bluetooth speaker"),
    ("瑜伽垫", "yoga mat"), ("帐篷", "tent"), ("雨伞", "umbrella"), ("项链", "necklace"),
    ("炒锅", "wok"), ("枕头", "pillow"), ("书包", "backpack"), ("毛巾", "towel"),
    ("耳机", "earphones"),
)  # fmt: skip
COLORS = ("黑", "白", "雾霾蓝", "军绿", "燕麦", "酒红")
ASKED: Mapping[Lang, str] = {"zh": "主播{}多少钱", "en": "how much is {} please"}
UNNAMED: Mapping[Lang, tuple[str, ...]] = {
    "zh": (
        "多少钱", "新疆包邮吗", "今天几点下播", "这个有货吗",
        "主播晚上好", "能便宜点吗", "支持七天退换吗", "下单多久发货",
    ),
    "en": (
        "how much is it", "do you ship to canada", "when does the stream end", "is this in stock",
        "good evening everyone", "any discount today", "can i return it", "how long is delivery",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line of chat, how it names a product, and the product that it means."""

    way: str
    text: str
    lang: Lang
    sku: str | None


@dataclass(frozen=True, slots=True)
class Timed:
    """One round: seconds to load and to index, milliseconds of each line, the lines placed."""

    load: float
    index: float
    each: tuple[float, ...]
    found: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """How lines that name a product in one way fared: how many, how many placed, how quickly."""

    lines: int
    found: int
    p50_ms: float
    p95_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class Result:
    """What is printed: medians over the rounds."""

    products: int
    rounds: int
    load_s: float
    index_s: float
    ways: Mapping[str, Figures]


def lookups(products: int, rounds: int, *, as_json: bool) -> None:
    """Time a catalogue of made-up products, and print medians of the rounds after a first one."""
    made = invented(products)
    lines = asking(made)
    with tempfile.TemporaryDirectory(prefix="danmate-") as scratch:
        file = Path(scratch, "catalog.toml")
        file.write_text(dumps(made), "utf-8")
        timed = [_timed(file, lines) for _ in range(rounds + 1)][1:]
    ways = (*dict.fromkeys(line.way for line in lines), "all")
    result = Result(
        products,
        rounds,
        round(median(one.load for one in timed), 4),
        round(median(one.index for one in timed), 4),
        {way: _figures(way, lines, timed) for way in ways},
    )
    if as_json:
        print(json.dumps(asdict(result), indent=1))  # noqa: T201 - the result
    else:
        _show(result, Console())


def invented(count: int) -> Catalogue:
    """Return a catalogue of ``count`` products, each with a Chinese and an English name."""
    draw = Random(0)  # noqa: S311 - a sample, not a secret
    seen: set[str] = set()
    products: list[Product] = []
    while len(products) < count:
        style, noun = draw.choice(STYLES), draw.choice(NOUNS)
        name = "".join(draw.sample(SERIES, 2)) + style[0] + noun[0]
        word = "".join(draw.choices(SYLLABLES, k=3)).capitalize()
        if name in seen:
            continue
        seen.add(name)
        at = len(products) + 1
        products.append(
            Product(
                sku=f"P{at}",
                name=name,
                aliases=(f"{word} {style[1]} {noun[1]}",),
                price=float(draw.randint(5, 900)),
                link=at if at <= LINKS else None,
                stock=draw.randint(0, 500),
                colors=tuple(draw.sample(COLORS, 2)),
                specs={"重量": f"{draw.randint(1, 90) * 10}g"},
                notes="可机洗，水温不超过30度。",
            )
        )
    return Catalogue("invented", "CNY", "zh", tuple(products))


def asking(catalogue: Catalogue) -> list[Line]:
    """Return lines that name products of a catalogue in every way, and lines that name none."""
    draw = Random(1)  # noqa: S311 - a sample, not a secret
    linked = [product for product in catalogue.products if product.link is not None]
    lines = []
    for at in range(EACH):
        lang: Lang = "en" if at % 2 else "zh"
        one, onscreen = draw.choice(catalogue.products), draw.choice(linked)
        name = one.name if lang == "zh" else one.aliases[0].lower()
        named = {
            "link number": f"{onscreen.link}号" if lang == "zh" else f"link {onscreen.link}",
            "name": name,
            "misspelt name": _misspelt(name, lang),
            "kind": _kind(name),
        }
        for way, words in named.items():
            sku = onscreen.sku if way == "link number" else one.sku
            lines.append(Line(way, ASKED[lang].format(words), lang, sku))
        lines.append(Line("nothing", UNNAMED[lang][at // 2 % len(UNNAMED[lang])], lang, None))
    return lines


def _misspelt(name: str, lang: Lang) -> str:
    """Return a name with an ideograph that sounds the same, or the word of it with a letter off."""
    if lang == "zh":
        return MISHEARD[SERIES.index(name[0])] + name[1:]
    word = name.partition(" ")[0]
    return f"{word[:3]}{word[4:]}"


def _kind(name: str) -> str:
    return next(word for word in chain(*NOUNS) if name.endswith(word))


def _timed(file: Path, lines: Sequence[Line]) -> Timed:
    began = perf_counter()
    catalogue = load(file)
    loaded = perf_counter()
    names = Names(catalogue.products)
    indexed = perf_counter()
    shop = Shop(catalogue, {}, names)
    each, found = [], []
    for line in lines:
        reading = Reading("price", 0.95, {"price": 0.95}, "neutral", line.lang)
        at = perf_counter()
        question = resolve(line.text, reading, shop, None)
        each.append(1000 * (perf_counter() - at))
        found.append(_placed(line, question))
    return Timed(loaded - began, indexed - loaded, tuple(each), tuple(found))


def _placed(line: Line, question: Question) -> bool:
    """Tell whether the product that a line means was found, or is one of those to choose from."""
    if line.sku is None:
        return question.product is None and not question.rivals
    return line.sku == question.product or line.sku in question.rivals


def _figures(way: str, lines: Sequence[Line], timed: Sequence[Timed]) -> Figures:
    """Return p50, p95 and the slowest in ms: of each round, then the median of the rounds."""
    own = [at for at, line in enumerate(lines) if way in (line.way, "all")]
    rounds = [[one.each[at] for at in own] for one in timed]
    return Figures(
        lines=len(own),
        found=sum(timed[0].found[at] for at in own),
        p50_ms=round(median(map(median, rounds)), 3),
        p95_ms=round(median(quantiles(times, n=20)[-1] for times in rounds), 3),
        max_ms=round(median(map(max, rounds)), 3),
    )


def _show(result: Result, console: Console) -> None:
    table = Table(box=None, padding=(0, 1))
    table.add_column("named by")
    for name in ("lines", "found", "p50 ms", "p95 ms", "slowest ms"):
        table.add_column(name, justify="right")
    for way, figures in result.ways.items():
        times = (figures.p50_ms, figures.p95_ms, figures.max_ms)
        counts = (figures.lines, figures.found)
        table.add_row(way, *map(str, counts), *(f"{time:.2f}" for time in times))
    console.print(
        f"{result.products} products: loaded in {result.load_s:.2f} s,"
        f" indexed in {result.index_s:.2f} s", highlight=False,
    )  # fmt: skip
    console.print(table)
