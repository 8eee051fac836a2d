"""Safety: whatever the chat holds is text; nothing on the page runs, loads or steers."""

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Outcome, Window
from bot.replay.report import Change, Fold, Reading, page
from bot.replay.report.markup import el, said, shown
from bot.replay.report.page import style
from tests import strategies
from tests.replay.report.rows import (
    ABOUT,
    answered,
    folded,
    handed,
    message,
    parsed,
)

NASTY = (
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "&lt;b&gt; &#60;",
    "]]><!--",
    "{questions} {0} %s",
    "\u202egnp.exe",
    "\u2066\u2069\u200f",
    "a\x00b\x1b[31m\ud800\uffff",
    "Z" + "\u0301\u0302\u0303\u0304" * 40,
    "\U000e0041\U000e0042 tags",
)
CHAT = st.one_of(st.sampled_from(NASTY), st.text(st.characters(), max_size=40))
ALLOWED = re.compile(
    "html|head|meta|title|style|body|nav|fieldset|legend|label|input|span|main|header|footer|section"
    "|p|h1|h2|h3|dl|div|dt|dd|ul|ol|li|i|b|em|small|bdi|svg|g|line|rect|text|time|details|summary"
    "|table|thead|tbody|tr|th|td|blockquote"
)


@settings(max_examples=40)
@given(
    st.lists(
        strategies.outcomes(
            message=strategies.chat_messages(
                text=CHAT, author=CHAT, room=CHAT, sent_at=st.floats()
            ),
            reason=st.none() | CHAT,
            product=st.none() | CHAT,
            notice=st.none() | CHAT,
        ),
        max_size=5,
    ),
    CHAT,
)
def test_any_outcomes_give_a_valid_page_in_which_nothing_runs(
    outcomes: list[Outcome], title: str
) -> None:
    about = replace(
        ABOUT,
        title=title,
        reading=Reading("x", faults=(title,)),
        changes=(Change(title, title, title),),
    )
    tree = parsed(page(folded(outcomes, Fold((Window("account", 2, 3.0),), 1.5)), about))
    for element in tree.iter():
        name = element.tag.rpartition("}")[2]
        assert ALLOWED.fullmatch(name)
        assert not any(
            key.startswith("on") or key in ("href", "src", "style") for key in element.attrib
        )


@given(CHAT)
def test_what_is_shown_can_neither_steer_nor_hide(text: str) -> None:
    plain = shown(text)
    ET.fromstring(said(text))
    assert not re.search(
        r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\ud800-\udfff]", plain
    )
    assert not re.search(r"[\u0300-\u036f]{4}", plain)


@given(st.text(max_size=50))
def test_a_text_that_is_shown_is_shown_again_as_it_is(text: str) -> None:
    assert shown(shown(text, None), None) == shown(text, None)


def test_a_long_text_is_cut_between_characters_as_people_count_them() -> None:
    assert shown("👩‍👩‍👧" * 5, 3) == "👩‍👩‍👧" * 3 + "…"


def test_markup_from_the_chat_is_text() -> None:
    asked = replace(handed("a", 0), message=message("a", 0, NASTY[0], NASTY[1]))
    html = page(folded([asked]), ABOUT)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script" not in html
    assert "<img" not in html


def test_a_turned_text_is_named_and_kept_apart() -> None:
    asked = replace(handed("a", 0), message=message("a", 0, "\u202egnp.exe"))
    assert '<bdi dir="auto">⟨U+202E⟩gnp.exe</bdi>' in page(folded([asked]), ABOUT)


def test_the_policy_lets_this_style_sheet_through_and_nothing_else() -> None:
    html = page(folded([]), ABOUT)
    found = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert found is not None
    known = b64encode(sha256(found[1].encode()).digest()).decode()
    assert f"default-src &#x27;none&#x27;; style-src &#x27;sha256-{known}&#x27;" in html


def test_the_page_asks_for_nothing() -> None:
    html = page(folded([answered("a", 0)]), ABOUT)
    rest = html.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|//[a-z]|url\(|@import|src=|href=", rest)


def test_no_markup_stands_in_the_style_sheet() -> None:
    assert not re.search(r"[<&]|--own: *;", style())


def test_a_text_that_is_no_markup_is_escaped_and_no_attribute_breaks_out() -> None:
    assert el("p", "<b>", el("i"), title='"<') == '<p title="&quot;&lt;">&lt;b&gt;<i></i></p>'
