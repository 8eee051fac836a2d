"""Write a catalogue as TOML that a person reads and mends: one table a product, one line a key."""

import json
from collections.abc import Iterator, Mapping

from bot.model import Catalogue, Faq, Product
from bot.shop.catalogue import FAQ, PRODUCT, SHOP


def dumps(catalogue: Catalogue) -> str:
    """Return the text from which ``load`` makes an equal catalogue; what is unknown is left out."""
    lines: list[str] = []
    if catalogue.now_showing is not None:
        lines += [f"now_showing = {_written(catalogue.now_showing)}", ""]
    lines += ["[shop]", *_keys(catalogue, SHOP)]
    for product in catalogue.products:
        lines += ["", "[[products]]", *_keys(product, PRODUCT)]
    for row in catalogue.faq:
        lines += ["", "[[faq]]", *_keys(row, FAQ)]
    return "\n".join(lines) + "\n"


def _keys(record: Catalogue | Product | Faq, keys: Mapping[str, object]) -> Iterator[str]:
    for key in keys:
        value = getattr(record, key)
        if value is not None and (value not in ((), {}) or isinstance(record, Faq)):
            yield f"{key} = {_written(value)}"


def _written(value: object) -> str:
    """Return a value in TOML; a text of one line is written in TOML as it is in JSON."""
    match value:
        case dict():
            pairs = (f"{_written(key)} = {_written(item)}" for key, item in value.items())
            return f"{{ {', '.join(pairs)} }}"
        case tuple():
            return f"[{', '.join(map(_written, value))}]"
        case _:
            return json.dumps(value, ensure_ascii=False)
