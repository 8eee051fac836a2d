"""Bilibili's wbi signature: what the web page adds to the addresses that it asks.

Source: blivedm 1.1.7 (MIT), clients/web.py. It is unofficial and can change on any day.
"""

from collections.abc import Mapping
from hashlib import md5
from pathlib import PurePosixPath
from urllib.parse import urlencode, urlsplit

from bot.errors import BadFrame

PLACES = (46, 47, 18, 2, 53, 8, 23, 32, 15, 50, 10, 31, 58, 3, 45, 35,
          27, 43, 5, 49, 33, 9, 42, 19, 29, 28, 14, 39, 12, 38, 41, 13)  # fmt: skip
"""Which characters of the two file names make the key, in this order."""
DROPPED = str.maketrans("", "", "!'()*")


def mixin(img_url: str, sub_url: str) -> str:
    """Return the key of 32 characters that two addresses of pictures hide.

    Raises BadFrame where their file names are too short.
    """
    names = _stem(img_url) + _stem(sub_url)
    if len(names) <= max(PLACES):
        raise BadFrame("expected two file names of 32 characters in wbi_img")
    return "".join(names[place] for place in PLACES)


def sign(params: Mapping[str, str], key: str, now: float) -> dict[str, str]:
    """Return ``params`` with ``wts``, the second since the epoch, and ``w_rid``, the signature."""
    stamped = {**params, "wts": str(int(now))}
    signed = {name: stamped[name].translate(DROPPED) for name in sorted(stamped)}
    digest = md5(urlencode(signed).encode() + key.encode(), usedforsecurity=False)
    return {**stamped, "w_rid": digest.hexdigest()}


def _stem(url: str) -> str:
    try:
        return PurePosixPath(urlsplit(url).path).stem
    except ValueError:  # half an IPv6 address
        return ""
