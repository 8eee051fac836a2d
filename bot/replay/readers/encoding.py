"""What a text is written in, told from its first bytes."""

import codecs
import re

LINES = 1000  # that are looked at
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MANY, FEW = 0.4, 0.05  # how many bytes are 0 at odd and even places of UTF-16
COMMON = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")  # what Chinese is written with
ODD = re.compile(r"[^\x00-\x7f]")


def encoding(head: bytes) -> str:
    """Return what the head of a file is written in; UTF-8 where nothing speaks against it."""
    for mark, name in BOMS:
        if head.startswith(mark):
            return name
    half = max(len(head) // 2, 1)
    for even, odd, name in ((0, 1, "utf-16-le"), (1, 0, "utf-16-be")):
        if head[odd::2].count(0) > MANY * half and head[even::2].count(0) <= FEW * half:
            return name
    lines = [line for line in head.split(b"\n")[:LINES] if not line.isascii()]
    if len(lines) > 1:
        lines.pop()  # perhaps cut inside a character
    western = sum(_fits(line, "utf-8") for line in lines)
    return "gb18030" if sum(_chinese(line) for line in lines) > western else "utf-8"


def _fits(line: bytes, name: str) -> bool:
    try:
        line.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _chinese(line: bytes) -> bool:
    if _fits(line, "utf-8") or not _fits(line, "gb18030"):
        return False
    text = line.decode("gb18030")
    return 2 * len(COMMON.findall(text)) > len(ODD.findall(text))
