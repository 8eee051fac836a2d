"""Read a seller's catalogue (TOML or JSON); every fault is named with its path."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import tomli

from bot.errors import BadCatalogue
from bot.model import Catalogue, Changes, Faq, Product

Check = Callable[[Any], Any]
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_LARGEST, _SHOWN = 10**12, 20


class Expected(ValueError):
    """A value is not what its key holds; the text says what was expected."""


def _text(value: Any) -> str:
    if isinstance(value, str) and (line := _line(value)):
        return line
    raise Expected("a text that is not empty")


def _line(text: str) -> str:
    """Return a text on one line: it is going to stand in a chat."""
    if text.isprintable() and "  " not in text:  # nothing to mend, as nearly always
        return text.strip()
    return _BREAKS.sub(" ", text).strip()


def _amount(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Expected("a number")
    if value < 0:
        raise Expected("a number that is not negative")
    if not value <= _LARGEST:  # NaN too
        raise Expected(f"a number up to {_LARGEST}")
    return abs(float(value))  # -0.0 is 0


def _count(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST:
        return value
    raise Expected("a whole number, 0 or more")


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        lines = tuple(map(_line, value))
        if all(lines):
            return lines
    raise Expected("a list of texts")


def _specs(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise Expected("a table of texts")
    if any(isinstance(item, dict | list | bool | None) for item in value.values()):
        raise Expected("a text or a number for each key")
    if not all(map(_line, value)):
        raise Expected("keys that are not empty")
    return {_line(key): _line(str(item)) for key, item in value.items()}


def _currency(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch("[A-Z]{3}", value):
        return value
    raise Expected('an ISO 4217 code such as "CNY"')


def _language(value: Any) -> str:
    if value in ("zh", "en"):
        return str(value)
    raise Expected('"zh" or "en"')


SHOP: Mapping[str, Check] = {
    "name": _text, "currency": _currency, "language": _language, "shipping": _text,
    "returns": _text, "payment": _text,
}  # fmt: skip
PRODUCT: Mapping[str, Check] = {
    "sku": _text, "link": _count, "name": _text, "aliases": _texts, "price": _amount,
    "list_price": _amount, "stock": _count, "discount": _text, "sizes": _texts,
    "size_guide": _text, "colors": _texts, "material": _text, "specs": _specs,
    "shipping": _text, "returns": _text, "notes": _text,
}  # fmt: skip
FAQ: Mapping[str, Check] = {"questions": _texts, "answer": _text}
TOP = frozenset({"now_showing", "shop", "products", "faq"})


class _Faults(list[str]):
    """Collects what is wrong, so that one run names all of it."""

    def add(self, path: str, expected: str, got: object = None) -> None:
        shown = "" if got is None else f", got {json.dumps(got, ensure_ascii=False, default=str)}"
        self.append(f"{path}: expected {expected}{shown}")

    def table(
        self, path: str, value: Any, checks: Mapping[str, Check], required: tuple[str, ...]
    ) -> dict[str, Any]:
        """Return the keys of ``value`` that pass their checks."""
        if not isinstance(value, dict):
            self.add(path, "a table", value)
            return {}
        known: dict[str, Any] = {}
        for key, item in value.items():
            if key not in checks:
                self.add(f"{path}.{key}", f"one of {', '.join(checks)} (unknown key)")
                continue
            try:
                known[key] = checks[key](item)
            except Expected as expected:
                self.add(f"{path}.{key}", str(expected), item)
        for key in required:
            if key not in value:
                self.add(f"{path}.{key}", "a value (missing)")
        return known

    def rows(self, path: str, value: Any) -> list[tuple[str, Any]]:
        """Return the items of a list of tables with their paths."""
        if not isinstance(value, list):
            self.add(path, "a list of tables", value)
            return []
        return [(f"{path}[{number}]", item) for number, item in enumerate(value)]

    def unique(self, rows: list[tuple[str, dict[str, Any]]], key: str) -> None:
        """Note each value of ``key`` that an earlier row has."""
        seen: dict[object, str] = {}
        for path, row in rows:
            if (value := row.get(key)) is None:
                continue
            if value in seen:
                self.add(f"{path}.{key}", f"a {key} of its own ({seen[value]} has it too)", value)
            seen.setdefault(value, path)


def parse(data: Mapping[str, Any], where: str = "catalogue") -> Catalogue:
    """Turn the tables of a catalogue file into a Catalogue.

    Raises BadCatalogue with one line for each fault, each beginning with ``where`` and its path.
    """
    faults = _Faults()
    for key in data:
        if key not in TOP:
            faults.add(key, f"one of {', '.join(sorted(TOP))} (unknown key)")
    shop = faults.table("shop", data.get("shop", {}), SHOP, ("name", "currency"))
    products = [
        (path, faults.table(path, row, PRODUCT, ("sku", "name", "price")))
        for path, row in faults.rows("products", data.get("products", []))
    ]
    rows = [
        faults.table(path, row, FAQ, ("questions", "answer"))
        for path, row in faults.rows("faq", data.get("faq", []))
    ]
    faults.unique(products, "sku")
    faults.unique(products, "link")
    skus = [row.get("sku") for _, row in products]
    showing = data.get("now_showing")
    if showing is not None and showing not in skus:
        shown = ", ".join(map(str, skus[:_SHOWN])) + ", …" * (len(skus) > _SHOWN)
        faults.add("now_showing", f"the sku of a product ({shown})", showing)
    if faults:
        raise BadCatalogue(*(f"{where}: {fault}" for fault in faults))
    return _stamped(
        Catalogue(
            name=shop["name"],
            currency=shop["currency"],
            language=shop.get("language", "zh"),
            products=tuple(Product(**row) for _, row in products),
            faq=tuple(Faq(**row) for row in rows),
            now_showing=showing,
            shipping=shop.get("shipping"),
            returns=shop.get("returns"),
            payment=shop.get("payment"),
        )
    )


def load(path: Path) -> Catalogue:
    """Read a catalogue file. Raises BadCatalogue: not there, not TOML or JSON, or with faults."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise BadCatalogue(
            f"{path}: expected a catalogue file ({error.strerror or error})"
        ) from None
    except UnicodeDecodeError as error:
        raise BadCatalogue(f"{path}: expected UTF-8 text, byte {error.start} is not") from None
    try:
        data = json.loads(text) if path.suffix.lower() == ".json" else tomli.loads(_quoted(text))
    except (ValueError, RecursionError) as error:
        kind = "JSON" if path.suffix.lower() == ".json" else "TOML"
        raise BadCatalogue(f"{path}: expected {kind}: {error}") from None
    if not isinstance(data, dict):
        raise BadCatalogue(f"{path}: expected an object with the keys shop and products")
    return parse(data, str(path))


def overlay(catalogue: Catalogue, changes: Changes) -> Catalogue:
    """Lay a room's live changes over the catalogue; the version changes with them."""
    if changes == Changes():
        return catalogue
    touched = changes.prices.keys() | changes.stocks.keys()
    products = tuple(
        replace(
            product,
            price=changes.prices.get(product.sku, product.price),
            stock=changes.stocks.get(product.sku, product.stock),
        )
        if product.sku in touched
        else product
        for product in catalogue.products
    )
    return _stamped(replace(catalogue, products=products, faq=changes.faq + catalogue.faq))


# one match runs over all that needs no quotes, possessively: a text of any size in linear time
_UP_TO_KEY = re.compile(
    r"((?:"
    r'"""[\s\S]*?"""|'
    r"'''[\s\S]*?'''|"
    r'"(?:[^"\\\n]++|\\.)*+"|'
    r"'[^'\n]*+'|#[^\n]*+|"
    r"[^\w\-\"'#]++|[\w-]++(?!\s*=)|[A-Za-z0-9_-]++(?![\w-])|[\"']"
    r")*+)([\w-]++)"
)


def _quoted(text: str) -> str:
    """Quote bare keys such as 克重: TOML 1.0 allows ASCII alone there, sellers write their own."""
    pieces: list[str] = []
    at = 0
    while found := _UP_TO_KEY.match(text, at):
        pieces += found[1], f'"{found[2]}"'
        at = found.end()
    return "".join((*pieces, text[at:]))


def _stamped(catalogue: Catalogue) -> Catalogue:
    """Give a catalogue the version of its content, however that is written."""
    canonical = msgspec.json.encode(replace(catalogue, version=""), order="sorted")
    return replace(catalogue, version=hashlib.sha256(canonical).hexdigest()[:12])
