"""Passes to the pages: who somebody is and until when, in a text that only the token can make."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from hashlib import sha256
from typing import Literal, TypeAlias, get_args

import msgspec

Role: TypeAlias = Literal["viewer", "moderator", "owner"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Each may do what those before it may."""
Kind = Literal["link", "session"]
LONGEST = 2_000
"""Characters of a sealed pass at most: it fits into a cookie."""


class Pass(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Who somebody is; ``until`` in seconds since the epoch."""

    id: str
    role: Role
    name: str
    until: float

    def may(self, role: Role) -> bool:
        """Say whether this role reaches as far as ``role``."""
        return ROLES.index(self.role) >= ROLES.index(role)


def seal(given: Pass, kind: Kind, token: str) -> str:
    """Return the pass as a text of letters, digits, ``-``, ``_`` and one dot."""
    body = _text(msgspec.json.encode(given))
    return f"{body}.{_mac(body, kind, token)}"


def unseal(text: str, kind: Kind, token: str, now: float) -> Pass | None:
    """Return the pass that was sealed as this kind and still holds, None for any other text."""
    body, dot, mac = text.partition(".")
    if not (token and dot and text.isascii() and len(text) <= LONGEST):
        return None
    if not hmac.compare_digest(mac, _mac(body, kind, token)):
        return None
    try:
        found = msgspec.json.decode(urlsafe_b64decode(body + "=" * (-len(body) % 4)), type=Pass)
    except (msgspec.DecodeError, NotBase64, UnicodeDecodeError):  # of another version
        return None
    return found if now < found.until else None


def equal(given: str, token: str) -> bool:
    """Say whether somebody knows the token, in the same time wherever they differ."""
    return bool(token) and hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def _mac(body: str, kind: Kind, token: str) -> str:
    """Return the seal; each kind has its own key, so that no link serves as a session."""
    key = hmac.digest(token.encode(), f"danmate {kind} 1".encode(), sha256)
    return _text(hmac.digest(key, body.encode(), sha256))


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
