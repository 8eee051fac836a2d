"""Five things worth knowing, each a sentence whose numbers stand in the analysis itself."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from bot.model import Lang
from bot.replay.report.context import share, span
from bot.replay.report.texts import LANGS
from bot.studio.comments.values import Analysis, Finding, Mood, Number
from bot.studio.comments.words import Say

MOST: Final = 5
SOME, MANY = 2, 0.05
"""How often something is missing or objected to before it is told, and the share of spam and
abuse from which that comes before milder things."""
QUOTED: Final = 40
Form: TypeAlias = Callable[[float, Say], str]


def findings(analysis: Analysis, data: Mapping[str, object]) -> tuple[Finding, ...]:
    """Return the five that matter most; ``data`` is the analysis as JSON. None without comments."""
    if not analysis.comments:
        return ()
    told = _Told(analysis, data)
    return tuple(finding for _, finding in zip(range(MOST), told.every(), strict=False))


class _Told:
    """Makes findings, the weightiest first. A number is taken from the JSON, by its pointer."""

    def __init__(self, analysis: Analysis, data: Mapping[str, object]) -> None:
        self._of = analysis
        self._data = data

    def every(self) -> Iterator[Finding]:
        """Yield all that there is to tell: seven kinds where it is so, five always."""
        unkind = self._of.spam.share + self._of.abuse.share >= MANY
        yield from self._missing()
        yield from self._answers()
        yield from self._objection()
        yield from self._peak("complaint")
        yield from self._manners() if unkind else ()
        yield from self._trend()
        yield from self._asked()
        yield from self._peak("praise")
        yield from self._mood()
        yield from self._topic()
        yield from self._viewers()
        yield from self._traffic()
        yield from self._languages()
        yield from () if unkind else self._manners()

    def _missing(self) -> Iterator[Finding]:
        often = [one for one in self._of.missing if one.count >= SOME and one.quotes]
        if not often:
            return
        first = next((one for one in often if one.attribute != "stream"), often[0])
        at = self._of.missing.index(first)
        lost = first.reason == "unknown_product"
        yield self._finding(
            "missing",
            {"n": (f"/missing/{at}/count", times)},
            lambda say: {
                "what": say("no_such", name=_cut(first.quotes[0].text))
                if lost
                else say.about(first.name, first.attribute),
                "quote": _cut(first.quotes[0].text),
            },
        )

    def _answers(self) -> Iterator[Finding]:
        own = self._of.answers
        if not own.questions:
            return
        numbers: dict[str, tuple[str, Form]] = {
            "q": ("/answers/questions", number),
            "n": ("/answers/unanswered", number),
        }
        if own.half is None:
            yield self._finding("silence", numbers)
            return
        more: dict[str, tuple[str, Form]] = {
            "share": ("/answers/share", part),
            "half": ("/answers/half", lasting),
        }
        yield self._finding("answers", numbers | more)

    def _objection(self) -> Iterator[Finding]:
        first = self._of.objections[0]
        if first.count >= SOME and first.quotes:
            yield self._finding(
                "objection",
                {"n": ("/objections/0/count", number), "share": ("/objections/0/share", part)},
                lambda say: {
                    "what": say(f"worry.{first.kind}"), "quote": _cut(first.quotes[0].text),
                },
            )  # fmt: skip

    def _peak(self, mood: Mood) -> Iterator[Finding]:
        peaks = [one for one in self._of.moments if one.mood == mood and one.quotes]
        if not peaks:
            return
        top = max(peaks, key=lambda one: one.count)
        path = f"/moments/{self._of.moments.index(top)}"
        yield self._finding(
            mood,
            {
                "at": (f"{path}/at", self._clock), "span": (f"{path}/seconds", lasting),
                "n": (f"{path}/count", number), "usual": (f"{path}/usual", about),
            },
            lambda _: {"quote": _cut(top.quotes[0].text)},
        )  # fmt: skip

    def _trend(self) -> Iterator[Finding]:
        grown = [one for one in self._of.topics if one.trend in ("new", "rising")]
        if not grown:
            return
        path = f"/topics/{self._of.topics.index(grown[0])}"
        yield self._finding(
            "trend",
            {"n": (f"{path}/count", number), "at": (f"{path}/peak", self._clock)},
            lambda _: {"label": _cut(grown[0].label)},
        )

    def _asked(self) -> Iterator[Finding]:
        if self._of.asked:
            first = self._of.asked[0]
            yield self._finding(
                "asked",
                {"n": ("/asked/0/count", times), "share": ("/asked/0/share", part)},
                lambda say: {"what": say.about(first.name, first.attribute)},
            )

    def _mood(self) -> Iterator[Finding]:
        yield self._finding(
            "mood",
            {each: (f"/sentiments/{each}/share", part) for each in ("positive", "negative")},
        )

    def _topic(self) -> Iterator[Finding]:
        if self._of.topics:
            label = _cut(self._of.topics[0].label)
            yield self._finding(
                "topic",
                {"n": ("/topics/0/count", number), "share": ("/topics/0/share", part)},
                lambda _: {"label": label},
            )

    def _viewers(self) -> Iterator[Finding]:
        yield self._finding(
            "viewers",
            {"n": ("/viewers/count", number), "several": ("/viewers/several", number)},
        )

    def _traffic(self) -> Iterator[Finding]:
        bins = self._of.timeline.bins
        if bins:
            path = f"/timeline/bins/{max(range(len(bins)), key=lambda at: bins[at].comments)}"
            yield self._finding(
                "traffic",
                {
                    "at": (f"{path}/at", self._clock), "n": (f"{path}/comments", number),
                    "span": ("/timeline/width", lasting),
                },
            )  # fmt: skip

    def _languages(self) -> Iterator[Finding]:
        yield self._finding(
            "languages", {each: (f"/languages/{each}/share", part) for each in LANGS}
        )

    def _manners(self) -> Iterator[Finding]:
        yield self._finding(
            "manners", {each: (f"/{each}/share", part) for each in ("spam", "abuse")}
        )

    def _finding(
        self,
        kind: str,
        numbers: Mapping[str, tuple[str, Form]],
        others: Callable[[Say], Mapping[str, str]] = lambda _: {},
    ) -> Finding:
        found = {
            name: _number(path, resolved(self._data, path), form)
            for name, (path, form) in numbers.items()
        }
        words: dict[Lang, str] = {}
        for lang in LANGS:
            say = Say(lang)
            parts = {name: one.text[lang] for name, one in found.items()}
            words[lang] = say(f"find.{kind}", **parts, **others(say))
        return Finding(kind, words, tuple(found.values()))

    def _clock(self, at: float, _: Say) -> str:
        return (datetime.fromtimestamp(at, UTC) + timedelta(seconds=self._of.offset)).strftime(
            "%H:%M"
        )


def resolved(data: object, path: str) -> float:
    """Return the number at a JSON pointer (RFC 6901). Raises TypeError for anything else."""
    for step in path.split("/")[1:]:
        if isinstance(data, Mapping):
            data = data[step]
        elif isinstance(data, Sequence) and not isinstance(data, str):
            data = data[int(step)]
    if not isinstance(data, int | float):
        raise TypeError(f"{path}: expected a number")
    return data


def _number(path: str, value: float, form: Form) -> Number:
    return Number(path, value, {lang: form(value, Say(lang)) for lang in LANGS})


def number(value: float, _: Say) -> str:
    """Write a count."""
    return f"{value:,.0f}"


def about(value: float, _: Say) -> str:
    """Write an average."""
    return f"{value:.1f}".removesuffix(".0")


def part(value: float, _: Say) -> str:
    """Write a share in per cent, as a report does."""
    return share(round(value * 10_000), 10_000)


def times(value: float, say: Say) -> str:
    """Write how often something was asked."""
    if say.lang == "zh":
        return f"{value:,.0f}"
    return "once" if value == 1 else "twice" if value == 2 else f"{value:,.0f} times"  # noqa: PLR2004


def lasting(value: float, say: Say) -> str:
    """Write a duration."""
    return span(value, say)


def _cut(text: str) -> str:
    return text if len(text) <= QUOTED else f"{text[: QUOTED - 1]}…"
