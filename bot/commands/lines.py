"""``danmate answer`` and ``danmate classify``: one line of chat after another, each alone."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from time import perf_counter

from bot import config as configuration
from bot.commands.offline import player, reading
from bot.commands.replay import writing
from bot.errors import BadConfig, BadLog
from bot.model import Because, ChatMessage, Outcome, Reply
from bot.plugins import formats
from bot.replay.formats import open_log, read
from bot.shop.catalogue import load as load_catalogue
from bot.web.lines import as_json

AT_ONCE = 512


@contextmanager
def _given(text: str | None, source: Path | None) -> Iterator[Iterator[ChatMessage]]:
    """Give the messages of --text or --in. Raises BadConfig if there is neither or both."""
    if (text is None) == (source is None):
        raise BadConfig("expected either --text or --in")
    if source is None:
        line = json.dumps({"text": text})
        yield iter(read([line], name="--text", plugins=formats(), format="jsonl"))
    elif str(source) == "-":
        yield iter(read(sys.stdin, name="standard input", plugins=formats(), format="jsonl"))
    else:
        with open_log(source, plugins=formats(), format="jsonl") as log:
            yield iter(log)
            if not log.read:
                raise BadLog(*(log.faults or [f"{source}: expected lines with a key text"]))


async def answer(
    catalog: Path | None,
    text: str | None,
    source: Path | None,
    out: Path | None,
    config_file: Path | None,
    *,
    explain: bool,
) -> None:
    """Write one outcome for each line, each from a room that has heard nothing else."""
    config = configuration.load(config_file)
    catalogue = load_catalogue(catalog or config.rooms[0].catalog)
    with _given(text, source) as messages, writing(out) as file:
        timer = perf_counter if explain else float
        async with player(config, catalogue, timer=timer) as use:
            async for outcome in use.play(_alone(messages)):
                given = outcome.message.id.partition(":")[2]
                message = replace(outcome.message, id=given)
                line = replace(outcome, message=message, reply=_renamed(outcome, given))
                file.write((_explained(line) if explain else as_json(line)) + "\n")


def _alone(messages: Iterator[ChatMessage]) -> Iterator[ChatMessage]:
    """Put each message into a room of its own, so that none knows of another."""
    for number, message in enumerate(messages):
        yield replace(message, id=f"{number}:{message.id}", room=f"answer/{number}")


def _renamed(outcome: Outcome, given: str) -> Reply | None:
    if outcome.reply is None:
        return None
    return replace(outcome.reply, id=f"re:{given}", answers=(given,))


def _explained(outcome: Outcome) -> str:
    """Return why a line was answered as it was, for people."""
    rows = [f"{outcome.message.text}"]
    verdict = outcome.outcome + (f" ({outcome.reason})" if outcome.reason else "")
    rows.append(f"  outcome  {verdict}")
    if outcome.intent:
        rows.append(
            f"  read as  {outcome.intent} {outcome.score:.2f}, {outcome.sentiment}, {outcome.lang}"
        )
    because = outcome.because or Because()
    if outcome.product:
        told = f" (told by {because.named_by})" if because.named_by else ""
        rows.append(f"  product  {outcome.product}{told}")
    rows += [f"  weighed  {score:.2f}  {text}" for text, score in because.weighed]
    if outcome.reply:
        rows.append(f"  says     {outcome.reply.text}   [{outcome.reply.source}]")
        rows += [f"  because  {fact.id} = {fact.text}" for fact in outcome.reply.facts]
    for check in because.checked:
        verdict = f"{check.reason}: {check.detail}" if check.reason else "passed"
        rows.append(f"  guard    {check.source} {verdict}")
    if outcome.seconds:
        steps = (f"{step} {1000 * took:.0f} ms" for step, took in outcome.seconds.items())
        rows.append(f"  took     {', '.join(steps)}")
    return "\n".join(rows)


async def classify(
    text: str | None,
    source: Path | None,
    out: Path | None,
    model: Path | None,
    config_file: Path | None,
) -> None:
    """Write one reading for each line."""
    config = configuration.load(config_file)
    with _given(text, source) as messages, writing(out) as file:
        async with reading(config, model) as reader:
            while batch := list(islice(messages, AT_ONCE)):
                found = await reader.read_all([message.text for message in batch])
                for message, one in zip(batch, found, strict=True):
                    row = {
                        "id": message.id,
                        "text": message.text,
                        "intent": one.intent,
                        "score": one.score,
                        "scores": dict(one.scores),
                        "sentiment": one.sentiment,
                        "lang": one.lang,
                        "offensive": one.offensive,
                        "unsure": one.unsure,
                    }
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
