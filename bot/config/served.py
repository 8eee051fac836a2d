"""The address of a writer that is served elsewhere, and the name of its key, in config.toml."""

import os
from collections.abc import Mapping
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator

from bot import secrets
from bot.errors import BadConfig


def address(value: str) -> str:
    """Return ``value`` if it is no URL, or one of a server without a key in it."""
    if "://" not in value:
        return value
    try:
        parts = urlsplit(value)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, half an IPv6 address
        known = False
    if not known or parts.username is not None or parts.query or parts.fragment:
        raise ValueError("http(s)://host:port/v1 and nothing more (models.writer_key is for a key)")
    return value


def _named(value: str) -> str:
    if value and not secrets.named(value):
        raise ValueError('"env:NAME", the environment variable that holds the key, or ""')
    return value


KeyName: TypeAlias = Annotated[str, AfterValidator(_named)]


def key(reference: str, environ: Mapping[str, str] = os.environ) -> str:
    """Return the key that ``env:NAME`` names, or "" for "". Raises BadConfig."""
    if not reference:
        return ""
    try:
        found = secrets.resolve(reference, environ).reveal()
    except BadConfig as fault:
        raise BadConfig(f"models.writer_key: {fault}") from None
    if not (found.isascii() and found.isprintable()):  # it goes into a header
        raise BadConfig(f"models.writer_key: expected plain ASCII in {reference}")
    return found
