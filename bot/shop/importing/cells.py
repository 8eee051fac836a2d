"""Read one cell of a seller's table as what its key holds: an amount, a count, a list, a text."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from html.parser import HTMLParser
from typing import TypeAlias

from bot.shop.catalogue import Expected

Cell: TypeAlias = str | float | tuple[str, ...]
"""A text, a number that the file holds as a number, or a list that it holds as a list."""
Value: TypeAlias = str | float | int | list[str]

CURRENCIES: Mapping[str, str] = {
    "HK$": "HKD", "NT$": "TWD", "US$": "USD", "S$": "SGD", "A$": "AUD", "C$": "CAD", "R$": "BRL",
    "港币": "HKD", "台币": "TWD", "美元": "USD", "欧元": "EUR", "英镑": "GBP", "日元": "JPY",
    "円": "JPY", "人民币": "CNY", "元": "CNY", "块": "CNY", "RMB": "CNY", "¥": "CNY", "$": "USD",
    "€": "EUR", "£": "GBP", "₩": "KRW", "฿": "THB", "₫": "VND", "₹": "INR", "₱": "PHP",
    "₽": "RUB", "CNY": "CNY", "USD": "USD", "EUR": "EUR", "GBP": "GBP", "HKD": "HKD",
    "TWD": "TWD", "JPY": "JPY", "KRW": "KRW", "SGD": "SGD", "MYR": "MYR", "THB": "THB",
    "VND": "VND", "IDR": "IDR", "PHP": "PHP", "AUD": "AUD", "CAD": "CAD", "CHF": "CHF",
}  # fmt: skip
"""Signs and words of a currency; those that hold another stand before it."""
_SIGN = "|".join(map(re.escape, CURRENCIES))
_AMOUNT = re.compile(rf"(?:{_SIGN})?\s*(\d[\d.,' ]*)\s*(?:{_SIGN})*", re.IGNORECASE)
_COMMA = re.compile(r"\d,\d{1,2}(?!\d|[,.])")
_POINT = re.compile(r"\d\.\d{1,2}(?!\d|[,.])")
_COUNT = re.compile(
    r"(\d+|\d{1,3}(?:,\d{3})+)(?:\.0+)?\s*(?:件|个|双|套|条|瓶|盒|袋|包|只|pcs\.?)?"
)
_LINK = re.compile(r"(?:#|no\.?|link|第)?\s*(\d+)(?:\.0+)?\s*(?:号链接|号|链接)?", re.IGNORECASE)
_STRONG, _WEAK = re.compile(r"[、，,;；|\n]"), re.compile(r"/")
_ONE_SIZE = re.compile(  # 170/92A and 500g/袋
    r"\d{3}/\d{2,3}[A-Z]?|.*\d.*/\s*(?:[袋包瓶盒件箱罐个片支条只套双斤克份]|k?g|m?l|pcs?|box|bag|pack)",
    re.IGNORECASE,
)
_TAG = re.compile(
    r"</?(?:p|br|div|span|ul|ol|li|b|strong|em|i|u|h[1-6]|table|tbody|tr|t[dh]|a|img|font|section"
    r"|meta|style|script)\b[^>]*>|&(?:nbsp|amp|lt|gt|quot|#\d+);",
    re.IGNORECASE,
)
_BLOCKS = {"p", "br", "div", "li", "ul", "ol", "tr", "section", *(f"h{n}" for n in range(1, 7))}
_BLANK = {"", "-", "--", "—", "——", "/", "\\", "n/a", "#n/a", "null", "nan", "暂无", "待定", "tbd"}
_NOTHING = {"无", "没有", "none"}
_PLENTY = {"有货", "现货", "充足", "有", "in stock", "available", "yes"}
_SOLD_OUT = {"无货", "缺货", "售罄", "断货", "卖完", "已售完", "sold out", "out of stock"}


def blank(cell: Cell) -> bool:
    """Say whether a cell holds nothing, or one of the marks for nothing."""
    return not cell if isinstance(cell, tuple) else plain(cell).lower() in _BLANK


def plain(cell: Cell) -> str:
    """Return a cell as one text; a whole number has no point, a formula's no binary tail."""
    if isinstance(cell, tuple):
        return "、".join(cell)
    if isinstance(cell, str):
        return cell.strip()
    whole = cell == cell // 1 if abs(cell) < 10**15 else False
    return str(int(cell)) if whole else f"{cell:.12g}"


def decimal_comma(cells: Iterable[Cell]) -> bool:
    """Say whether a column writes 59,90: some cell does, and none writes 59.90."""
    texts = [cell for cell in cells if isinstance(cell, str)]
    return any(map(_COMMA.search, texts)) and not any(map(_POINT.search, texts))


def currency(text: str) -> str | None:
    """Return the currency that a price or its heading names."""
    found = re.search(_SIGN, unicodedata.normalize("NFKC", text).upper())
    return CURRENCIES[found[0]] if found else None


def amount(cell: Cell, *, comma: bool = False) -> float:
    """Return ¥1,299.00, 129元, $59 or 59,90 € as a number; Expected where it may mean two."""
    if isinstance(cell, float | int):
        return float(f"{cell:.12g}")
    found = _AMOUNT.fullmatch(unicodedata.normalize("NFKC", plain(cell)))
    if not found:
        raise Expected("an amount")
    digits = re.sub(r"(?<=\d)[' ](?=\d{3}(?!\d))", "", found[1]).strip()
    group, point = (".", ",") if comma or re.search(r"\.\d{3},\d", digits) else (",", ".")
    if re.fullmatch(rf"[1-9]\d{{0,2}}{re.escape(point)}\d{{3}}", digits):
        whole = digits.replace(point, "")
        raise Expected(f"an amount ({digits.replace(point, '.')} or {whole}?)")
    if not re.fullmatch(
        rf"(?:\d+|\d{{1,3}}(?:{re.escape(group)}\d{{3}})+)(?:{re.escape(point)}\d+)?", digits
    ):
        raise Expected("an amount")
    return float(digits.replace(group, "").replace(point, "."))


def count(cell: Cell) -> int | None:
    """Return 50, 50件, 1,200 or 售罄 (none left) as a number; 有货 is no number: None."""
    text = unicodedata.normalize("NFKC", plain(cell)).lower()
    if text in _PLENTY:
        return None
    if text in _SOLD_OUT:
        return 0
    if found := _COUNT.fullmatch(text):
        return int(found[1].replace(",", ""))
    raise Expected("a whole number, 0 or more")


def link(cell: Cell) -> int:
    """Return the number of 1, 1号链接, #1 or link 1."""
    if found := _LINK.fullmatch(unicodedata.normalize("NFKC", plain(cell))):
        return int(found[1])
    raise Expected("the number of a link")


def several(cell: Cell) -> list[str]:
    """Split at 、,;| and lines; at / only where none of these stands and it is no one size."""
    if isinstance(cell, tuple):
        parts = list(cell)
    else:
        text = plain(cell)
        parts = _STRONG.split(text)
        if len(parts) == 1 and not _ONE_SIZE.fullmatch(text):
            parts = _WEAK.split(text)
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def words(cell: Cell) -> str:
    """Return a text; one that is HTML without its tags, its blocks divided by semicolons."""
    text = plain(cell)
    if not _TAG.search(text):
        return text
    reader = _Html()
    reader.feed(text)
    reader.close()
    blocks = [" ".join(block.split()) for block in "".join(reader.pieces).split("\f")]
    joined = ""
    for block in filter(None, blocks):
        gap = "" if not joined else " " if joined[-1] in ".。!！?？;；:：,，、" else "; "
        joined += gap + block
    return joined


class _Html(HTMLParser):
    """Keeps what a reader sees; a form feed stands where a block ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._hidden += tag in ("style", "script")
        self.pieces += ["\f"] * (tag in _BLOCKS)

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "script") and self._hidden > 0
        self.pieces += ["\f"] * (tag in _BLOCKS)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data.replace("\f", " "))


LISTS = frozenset({"sizes", "colors", "aliases"})
_READERS: Mapping[str, Callable[[Cell], Value | None]] = {
    "stock": count, "link": link, **dict.fromkeys(LISTS, several),
}  # fmt: skip


def value(key: str, cell: Cell, *, comma: bool = False) -> Value | None:
    """Return what a cell says under a key of a product; None: nothing. Raises Expected."""
    if blank(cell):
        return None
    if key not in ("specs", "notes", "material") and plain(cell).lower() in _NOTHING:
        return None
    if key in ("price", "list_price"):
        return amount(cell, comma=comma)
    read = _READERS.get(key, words)(cell)
    return None if read in ("", []) else read
