"""What the seller knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.model.chat import Lang


@dataclass(frozen=True, slots=True)
class Product:
    """One product; None or empty means unknown, never "none"."""

    sku: str
    name: str
    price: float
    link: int | None = None
    aliases: tuple[str, ...] = ()
    list_price: float | None = None
    stock: int | None = None
    discount: str | None = None
    sizes: tuple[str, ...] = ()
    size_guide: str | None = None
    colors: tuple[str, ...] = ()
    material: str | None = None
    specs: Mapping[str, str] = field(default_factory=dict)
    shipping: str | None = None
    returns: str | None = None
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class Faq:
    """One answer and the ways to ask for it."""

    questions: tuple[str, ...]
    answer: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a shop sells and says. ``version`` is a hash of the content."""

    name: str
    currency: str
    language: Lang
    products: tuple[Product, ...]
    faq: tuple[Faq, ...] = ()
    now_showing: str | None = None
    shipping: str | None = None
    returns: str | None = None
    payment: str | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class Changes:
    """What moderators changed during the stream; laid over the catalogue. Keys are skus."""

    prices: Mapping[str, float] = field(default_factory=dict)
    stocks: Mapping[str, int] = field(default_factory=dict)
    faq: tuple[Faq, ...] = ()
