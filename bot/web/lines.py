"""What became of a message or a reply, as a line of JSON: in a file, in a pipe, on a page."""

import json
from dataclasses import asdict, fields

from bot.model import Because, ChatMessage, Delivered, Outcome, Reply

MESSAGE = tuple(field.name for field in fields(ChatMessage))
_ENCODE = json.JSONEncoder(ensure_ascii=False).encode  # json.dumps makes one for each call


def as_json(item: Outcome | Delivered, *, deleted: bool = False) -> str:
    """Return an outcome in the documented form, or ``{"type": "delivered", …}``.

    ``deleted`` is told of what was removed.
    """
    if isinstance(item, Delivered):
        line: dict[str, object] = {"type": "delivered", **asdict(item)}
    else:
        line = _outcome(item)
    return _ENCODE({**line, "deleted": True} if deleted else line)


def _outcome(item: Outcome) -> dict[str, object]:
    line: dict[str, object] = {
        "message": _message(item.message),
        "outcome": item.outcome,
        "reason": item.reason,
        "intent": item.intent and {"label": item.intent, "score": item.score},
        "sentiment": item.sentiment,
        "lang": item.lang,
        "product": item.product,
        "reply": item.reply and _reply(item.reply),
        "notice": item.notice,
    }
    if item.draft:
        line["draft"] = item.draft
    if item.because:
        line["because"] = _because(item.because)
    if item.seconds:
        line["seconds"] = item.seconds
    return line


def _message(message: ChatMessage) -> dict[str, object]:
    return {name: getattr(message, name) for name in MESSAGE}  # asdict takes four times as long


def _because(because: Because) -> dict[str, object]:
    return {
        "named_by": because.named_by,
        "weighed": because.weighed,
        "checked": [asdict(each) for each in because.checked],
    }


def _reply(reply: Reply) -> dict[str, object]:
    return {
        "id": reply.id,
        "text": reply.text,
        "source": reply.source,
        "facts": [{"id": fact.id, "text": fact.text} for fact in reply.facts],
        "answers": reply.answers,
        "at": reply.at,
        "delivery": reply.delivery,
    }
