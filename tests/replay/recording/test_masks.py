"""In a recording nobody can be told by name or id, and whoever is named is still the same."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.bus.server import Store
from bot.model import Because, ChatMessage, Checked, Outcome, Reply, Rules
from bot.replay.recording.masks import PREFIX, Masks
from bot.rules import policy
from bot.vault.pseudonyms import MARK
from bot.web.lines import as_json
from tests.fakes import said
from tests.flow.desk import ROOM, Desk
from tests.replay.recording.stage import NAMED, asked, everything, outcomes, settled, stage, started

RULES = Rules(known_bots=frozenset({"nightbot"}))
SHOP = "Ridgeback Outfitters"

heads = st.sampled_from(["Zoë", "小明", "xX_Z", "Ünal", "İpek", "مريم", "ZQ", "Ж.", "🦊Zq", "Q Z"])
tails = st.text("ZQXJ49_界", min_size=2, max_size=8)
names = st.builds("{}{}".format, heads, tails)
"""Names of all scripts that no other part of a recording holds by chance."""
before = st.sampled_from(["", "thanks ", "多少钱", "hey,", "(", "@"])
after = st.sampled_from(["", " how much?", "，多少钱", "! ok", ")", "多少钱", "\u3000"])


def masks(*known: str) -> Masks:
    made = Masks(NAMED, RULES, {ROOM: SHOP})
    made.know(ROOM, *known)
    return made


def forms(name: str) -> list[str]:
    return [name, name.lower(), name.upper()]


def shown(outcome: Outcome, *, by: Masks) -> str:
    return as_json(by.outcome(outcome)).lower()


@given(st.data(), st.lists(names, min_size=1, max_size=4, unique_by=str.lower))
def test_no_name_and_no_id_of_any_author_is_in_any_byte(
    data: st.DataObject, people: list[str]
) -> None:
    by = masks(*people)
    author, named = data.draw(st.sampled_from(people)), data.draw(st.sampled_from(people))
    spelt = data.draw(st.sampled_from(forms(named))) if named.isascii() else named
    at = data.draw(st.sampled_from(["@", "＠", "@ "]))
    text = data.draw(before) + at + spelt + data.draw(after)
    message = replace(said(text, author=author), author_id=f"uid-{author}-77")
    reply = Reply(
        "re:m1", ROOM, f"@{author} @{named} 59元", "template", (), ("m1",), (author, named)
    )
    because = Because(checked=(Checked("model", f"@{author} 59"),))
    notice = f"{named}“how much”: answered; log: {author} 3s: mute {named} → muted {named.lower()}"
    line = shown(Outcome(message, "answered", reply=reply, notice=notice, because=because), by=by)
    for each in people:
        assert each.lower() not in line
        assert each.strip() not in line
    assert "-77" not in line


@given(
    names, st.sampled_from(["!bot mute {}", "!bot mute @{}", "！BOT  静音 {}", "!bot unmute {} "])
)
def test_a_command_about_somebody_names_the_one_that_stands_for_them(name: str, form: str) -> None:
    by = masks()
    for role in ("moderator", "viewer"):
        line = form.format(name)
        outcome = Outcome(said(line, author="Mo", role=role), "commanded", notice=f"muted {name}")
        found = by.outcome(outcome)
        assert name.lower() not in as_json(found).lower()
        told = f"{'@' * ('@' in form)}{by.name(ROOM, name)}"
        assert found.message.text.rstrip().endswith(f" {told}")
        assert found.notice == f"muted {by.name(ROOM, name)}"


@given(names, names)
def test_one_person_is_one_and_two_are_two(one: str, other: str) -> None:
    by = masks()
    assert by.name(ROOM, one) == by.name(ROOM, f" @{one.lower()} ") == by.name("test/b", one)
    assert by.name(ROOM, one) != by.name("twitch/b", one)
    assert (by.name(ROOM, one) == by.name(ROOM, other)) == (one.lower() == other.lower())
    assert by.name(ROOM, by.name(ROOM, one)) != one


@pytest.mark.parametrize(
    "text",
    [
        "how much is 4", "mail me: a@b.c", "@主播 多少钱", "@host how much", "@danmate 4号多少钱",
        "@ridgeback ship to canada?", "@Nightbot hi", "3 @ 129", "@2 pcs", "100% @", "!bot mute @",
        "!bot now 3",
    ],
)  # fmt: skip
def test_what_names_nobody_stays_as_it_is(text: str) -> None:
    assert masks("Bob").outcome(Outcome(said(text, author="Zed"), "ignored")).message.text == text


def test_somebody_who_has_not_spoken_is_masked_behind_an_at() -> None:
    assert masks().text(ROOM, "ask @lurker_77, ok").startswith(f"ask @{PREFIX}")


def test_of_two_names_the_longer_one_is_meant() -> None:
    by = masks("Bob", "Bobby", "小明", "小明明")
    assert by.text(ROOM, "@bobby 1") == f"@{by.name(ROOM, 'Bobby')} 1"
    assert by.text(ROOM, "@bob, 1") == f"@{by.name(ROOM, 'Bob')}, 1"
    assert by.text(ROOM, "@小明明多少钱") == f"@{by.name(ROOM, '小明明')}多少钱"
    assert by.text(ROOM, "@小明多少钱") == f"@{by.name(ROOM, '小明')}多少钱"


@pytest.mark.parametrize("name", ["danmate", "NightBot", ""])
def test_bots_and_nobody_keep_their_names(name: str) -> None:
    assert masks().name(ROOM, name) == name


def test_who_speaks_to_whom_means_the_same_to_a_replay() -> None:
    by = masks("Bob")
    for text in ("@Bob how much", "@ridgeback how much", "@host how much", "how much @Bob"):
        told = by.outcome(Outcome(said(text), "ignored")).message.text
        assert policy._to_another(told, SHOP, RULES) == policy._to_another(text, SHOP, RULES)


def test_an_id_that_is_a_pseudonym_already_stays_the_same() -> None:
    hashed = Masks(NAMED, RULES, {}, hashed=MARK)
    assert hashed.id(ROOM, "~abc") == "~abc"
    assert masks().id(ROOM, "~abc") != "~abc"
    page = replace(said("!bot off"), id="page:7f:a1", author_id="page:7f")
    told = hashed.outcome(Outcome(page, "commanded")).message
    assert "page:7f" not in told.id + told.author_id
    assert told.id.endswith(":a1")


@pytest.mark.parametrize("packing", ["gz", "zst", "none"])
async def test_a_recorded_room_holds_no_name_and_no_id(
    store: Store, tmp_path: Path, packing: Any
) -> None:
    """With what rooms remembered before the recording began, and their staff."""
    desk = Desk(store)
    people = [f"小明{n}号" if n % 2 else f"Zaphod_{n}" for n in range(8)]
    quiet = [asked(90, 1000.0, f"!bot mute {people[7]}", "Modesta", role="moderator")]
    await desk.hear(*quiet)
    taking = await started(stage(desk, tmp_path, packing=packing))
    lines: list[ChatMessage] = [
        replace(
            asked(n, 1001.0 + n, f"@{people[n - 1]} 4号多少钱" if n % 3 == 1 else "", person),
            author_id=f"uid-7{n}",
        )
        for n, person in enumerate(people)
    ]
    staff = [f"!bot unmute @{people[7]}", "!bot log", "!bot why", "!bot undo", "!bot drafts"]
    lines += [
        asked(20 + n, 1010.0 + n, text, "Modesta", role="moderator") for n, text in enumerate(staff)
    ]
    for line in lines:
        await desk.hear(line)
    await settled(desk, taking)
    await taking.end()
    told = everything(tmp_path).decode().lower()
    assert "4号多少钱" in told
    secret = [*people, "Modesta", *(f"uid-7{n}" for n in range(8))]
    assert [each for each in secret if each.lower() in told] == []


async def test_a_reply_names_nobody_though_its_others_come_later(
    store: Store, tmp_path: Path
) -> None:
    desk = Desk(store)
    people = ("布丁奶奶", "用户8837261", "小 满")
    taking = await started(stage(desk, tmp_path))
    await desk.hear(*(asked(n, 1000.0, "4号多少钱", who) for n, who in enumerate(people)))
    await settled(desk, taking)
    await taking.end()
    told = everything(tmp_path).decode()
    assert told.count("59元") >= len(people)
    assert [who for who in people if who in told] == []
    assert {len(row["reply"]["answers"]) for row in outcomes(tmp_path)} == {3}


async def test_names_stay_where_they_are_wanted(store: Store, tmp_path: Path) -> None:
    desk = Desk(store)
    taking = await started(stage(desk, tmp_path, named=True))
    await desk.hear(asked(0, 1000.0, "@Bob 4号多少钱", "Ann"))
    await settled(desk, taking)
    await taking.end()
    assert b'"author": "Ann"' in everything(tmp_path)
    assert b"@Bob" in everything(tmp_path)
