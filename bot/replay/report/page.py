"""The report as one HTML file that asks for nothing: no script, font or picture of elsewhere."""

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files

from bot.model import Lang
from bot.replay.report import asked, overview, people, pressure, replies, talk
from bot.replay.report.context import Context
from bot.replay.report.figures import About, Figures
from bot.replay.report.markup import Html, el, shown
from bot.replay.report.texts import LANGS, Words

NAMES: dict[Lang, str] = {"zh": "中文", "en": "English"}
TAGS: dict[Lang, str] = {"zh": "zh-Hans", "en": "en"}
LOOKS = ("auto", "light", "dark")


def page(figures: Figures, about: About) -> str:
    """Return the report: Chinese and English, light and dark, for screens and paper.

    Nothing in it runs. What came from the chat is text, whatever it holds.
    """
    title = f"{shown(about.title, 120)} · {Words(about.lang)(about.kind)}"
    mains = [_main(Context.of(figures, about, lang)) for lang in LANGS]
    return document(title, about.lang, mains)


def document(title: str, lang: Lang, mains: Sequence[Html]) -> str:
    """Return a page of a main part in each language; ``lang`` is the one that is shown first.

    Each main has the id ``report-<language>``, by which the style sheet shows and hides it.
    """
    css = style()
    top = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy(css)),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", name="referrer", content="no-referrer"),
        el("title", title),
        el("style", Html(css)),
    )
    body = el("body", _switches(lang), *mains)
    return f"<!DOCTYPE html>\n{el('html', top, body, lang=TAGS[lang])}\n"


@cache
def style() -> str:
    """Return the style sheet that stands in every report."""
    return files("bot.replay.report").joinpath("report.css").read_text("utf-8")


def policy(css: str) -> str:
    """Return a policy under which this style sheet is all that a browser may use."""
    known = b64encode(sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{known}'; base-uri 'none'; form-action 'none'"


def _switches(lang: Lang) -> Html:
    """Return the choice of language and look: radio buttons that the style sheet reads."""
    say = Words(lang)
    languages = [_option("lang", each, el("span", NAMES[each]), on=each == lang) for each in LANGS]
    looks = [_option("look", each, _both(each), on=each == "auto") for each in LOOKS]
    return el(
        "nav",
        el("fieldset", el("legend", _both("language")), *languages),
        el("fieldset", el("legend", _both("look")), *looks),
        aria_label=f"{say('language')}, {say('look')}",
    )


def _option(name: str, key: str, words: Html, *, on: bool) -> Html:
    button = el(
        "input", type="radio", name=name, id=f"{name}-{key}", checked="checked" if on else None
    )
    return el("label", button, words)


def _both(key: str) -> Html:
    """Return a text in both languages: the style sheet shows the one that was chosen."""
    texts = (el("span", Words(lang)(key), lang=TAGS[lang], class_=f"in-{lang}") for lang in LANGS)
    return el("span", *texts)


def _main(at: Context) -> Html:
    made = at.about.version
    return el(
        "main",
        overview.head(at),
        overview.over_time(at),
        pressure.pressure(at),
        overview.fates(at),
        asked.intents(at),
        asked.products(at),
        asked.unanswered(at),
        replies.waits(at),
        _column(replies.merged(at), replies.limits(at)),
        people.people(at),
        replies.spoken(at),
        replies.blocked(at),
        talk.sample(at),
        talk.config(at),
        talk.reading(at),
        el("footer", at.say("made", version=made)) if made else None,
        lang=TAGS[at.say.lang],
        id=f"report-{at.say.lang}",
    )


def _column(*sections: Html | None) -> Html | None:
    kept = [each for each in sections if each is not None]
    return el("div", *kept, class_="column") if kept else None
