"""Shows on a terminal what a log-in asks for: words, an address, a code to type or to scan."""

import re
import shutil
from io import StringIO
from typing import TextIO

from bot.model import Prompt

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LIGHT_ON_DARK = "\x1b[38;5;231;48;5;16m{}\x1b[0m"
"""Colours that no theme changes: scanners do not read a code whose dark parts are light."""


def tell(out: TextIO, prompt: Prompt) -> None:
    """Show a prompt at once: words and address to all, the code to scan on a terminal alone."""
    lines = [plain(prompt.text)]
    if prompt.url:
        lines.append(f"\n  {plain(prompt.url)}")
    if prompt.code:
        lines.append(f"\n  code: {plain(prompt.code)}")
    if prompt.url and out.isatty():
        lines.append("\n" + qr(prompt.url, shutil.get_terminal_size().columns, out.encoding))
    if prompt.url or prompt.code:
        lines.append("\nwaiting … (Ctrl-C ends)")
    out.write("\n".join(lines) + "\n")
    out.flush()


def qr(url: str, columns: int, encoding: str) -> str:
    """Return ``url`` as a QR code of block characters, "" where it does not fit a terminal."""
    import segno

    drawn = StringIO()
    try:
        code = segno.make(url, error="l", micro=False)
        code.terminal(drawn, border=2, compact=True)
        drawn.getvalue().encode(encoding)
    except (segno.DataOverflowError, UnicodeEncodeError, LookupError):
        return ""
    rows = drawn.getvalue().splitlines()
    if max(map(len, rows)) > columns:
        return ""
    return "\n".join(_LIGHT_ON_DARK.format(row) for row in rows)


def plain(text: str) -> str:
    """Return a platform's text without what would move the cursor or turn the line round."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
