"""Tell a text file's encoding: by its mark, by where its zeros stand, else by what fits."""

import re

_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")
_EVERYDAY = {0xA1, 0xA3, *range(0xB0, 0xD8)}
"""The lead bytes of GB2312's punctuation, full-width letters and 3,755 everyday ideographs."""


class NoTextError(ValueError):
    """The bytes are no text, or text in no encoding that is told here; says which."""


def decode(raw: bytes) -> tuple[str, str]:
    """Return a file's text and the name of its encoding.

    UTF-8, UTF-16 and GB18030 are told, else Windows-1252, in which western programs still save.
    Raises NoTextError.
    """
    low, high = raw[::2].count(0), raw[1::2].count(0)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        tried = ["utf-16"]
    elif low or high:
        tried = ["utf-16-le" if high > low else "utf-16-be"]
    else:
        _not_damaged(raw)
        tried = ["utf-8-sig", "gb18030", "cp1252"]
    for encoding in tried:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _BINARY.search(text) or (encoding == "gb18030" and not _everyday(text)):
            continue
        return text, {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252"}.get(
            encoding, encoding[:6].upper() if encoding.startswith("utf") else "GB18030"
        )
    if tried == ["utf-16"]:
        raise NoTextError("its UTF-16 is damaged")
    if _BINARY.search(raw.decode("latin-1")):
        raise NoTextError("this is another kind of file")
    raise NoTextError("its text is not in UTF-8, UTF-16 or GB18030")


def _not_damaged(raw: bytes) -> None:
    """Refuse UTF-8 with a few wrong bytes in it: read as anything else it would be rubbish."""
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        mended = raw.decode(errors="replace")
        wrong = mended.count("\ufffd")
        if sum(letter > "\x7f" for letter in mended) > 2 * wrong:
            line = raw.count(b"\n", 0, error.start) + 1
            raise NoTextError(f"byte {error.start}, in line {line}, is not UTF-8") from None


def _everyday(text: str) -> bool:
    """Say whether most ideographs are everyday ones: bytes of another encoding give rare ones."""
    pairs = [letter.encode("gb18030") for letter in text if letter > "\x7f"]
    return sum(pair[0] in _EVERYDAY for pair in pairs) * 2 > len(pairs)
