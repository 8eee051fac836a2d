"""Charts as SVG without a word in it: labels stand around it as HTML, so they never shrink."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from bot.replay.report.markup import Html, el, join

STEP, GAP, HIGH = 10, 1.5, 100.0
"""Units of a column with its gap, the gap, and the height of a chart."""
EDGE = 0.95
"""From here on the words of an axis end at their place, for they would stand out on the right."""
TICKS = (1, 2, 4, 6, 8, 10, 12, 16, 20, 24, 30, 40, 50, 60, 80, 100)

SVG = "http://www.w3.org/2000/svg"

Parts = Sequence[tuple[str, int]]
"""What stands in a column from its foot up, or in a bar from the left: (css class, count)."""


def ceiling(most: int) -> int:
    """Return the round number at which an axis ends: it halves into whole numbers."""
    scale = 1
    while most > TICKS[-1] * scale:
        scale *= 10
    return next(tick * scale for tick in TICKS if tick * scale >= most)


def columns(parts: Sequence[Parts], tips: Sequence[str], label: str) -> Html:
    """Return stacked columns side by side, each with what it says under the pointer."""
    top = ceiling(max((sum(n for _, n in column) for column in parts), default=1))
    drawn = [
        _column(n, column, top, tip)
        for n, (column, tip) in enumerate(zip(parts, tips, strict=True))
    ]
    grid = [el("line", x1=0, x2=STEP * len(parts), y1=y, y2=y, class_="grid") for y in (0, 50)]
    box = f"0 0 {STEP * max(len(parts), 1)} {HIGH:g}"
    svg = _svg(box, label, *grid, *drawn)
    ticks = [f"{top:,}", f"{top // 2:,}" if top % 2 == 0 else "", "0"]
    axis = el("div", *(el("span", tick) for tick in ticks), class_="y", aria_hidden="true")
    return el("div", axis, svg, class_="plot")


def _column(n: int, parts: Parts, top: int, tip: str) -> Html:
    stacked, foot = [], HIGH
    for name, count in parts:
        tall = HIGH * count / top
        foot -= tall
        if count:
            stacked.append(
                el(
                    "rect",
                    x=STEP * n + GAP / 2,
                    y=f"{foot:.2f}",
                    width=STEP - GAP,
                    height=f"{tall:.2f}",
                    class_=name,
                )
            )
    if not stacked:
        return Html("")
    whole = el("rect", x=STEP * n, y=0, width=STEP, height=f"{HIGH:g}", class_="hit")
    return el("g", el("title", tip), whole, *stacked)


def bar(parts: Parts, whole: int, label: str | None = None) -> Html:
    """Return one bar as long as its counts are of ``whole``; hidden from readers if unlabelled."""
    ends, drawn = [0.0], []
    for _, count in parts:
        ends.append(ends[-1] + 100 * count / max(whole, 1))
    for (name, count), (left, right) in zip(parts, pairwise(ends), strict=True):
        if count:
            width = f"{right - left:.3f}"
            drawn.append(el("rect", x=f"{left:.3f}", y=0, width=width, height=10, class_=name))
    return _svg("0 0 100 10", label, *drawn)


def _svg(box: str, label: str | None, *children: Html) -> Html:
    heard: Mapping[str, str] = (
        {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    )
    return el(
        "svg",
        *children,
        viewBox=box,
        preserveAspectRatio="none",
        xmlns=SVG,
        **heard,
    )


def axis(marks: Sequence[tuple[float, str]]) -> Html:
    """Return the words under a chart, each at its place from 0 to 1; they keep their size."""
    words = (
        el("text", text, x=f"{100 * place:.2f}%", y=12, class_="last" if place > EDGE else None)
        for place, text in marks
    )
    return el("svg", *words, class_="x", aria_hidden="true", xmlns=SVG)


def legend(entries: Sequence[tuple[str, str, str]]) -> Html:
    """Return a list of (css class, name, value)."""
    return el(
        "ul",
        *(
            el("li", el("i", class_=name, aria_hidden="true"), el("span", words), el("b", value))
            for name, words, value in entries
        ),
        class_="legend",
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: int = 1) -> Html:
    """Return a table whose columns from ``numbers`` on are figures."""
    cells = [
        el("th", each, scope="col", class_="n" if n >= numbers else None)
        for n, each in enumerate(head)
    ]
    body = [
        el(
            "tr",
            *(el("td", each, class_="n" if n >= numbers else None) for n, each in enumerate(row)),
        )
        for row in rows
    ]
    made = el("table", el("thead", el("tr", *cells)), el("tbody", join(body)))
    return el("div", made, class_="scroll", tabindex=0)


def behind(summary: str, content: Html) -> Html:
    """Return what opens under a chart: the numbers that it was drawn from."""
    return el("details", el("summary", summary), content)
