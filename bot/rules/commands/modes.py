"""Commands about whether the bot speaks: on, off, mode, pause."""

import re
from dataclasses import replace
from typing import cast, get_args

from bot.model import INTENTS, Autonomy, Intent, Mode, RoomState
from bot.rules.commands.asked import Asked, Result
from bot.rules.commands.spoken import first, plain

CHINESE_MODES = {"自动": "auto", "审核": "approve", "影子": "shadow", "关": "off"}
_AUTONOMY = "auto|approve|hand_off|ignore"


def on(state: RoomState, asked: Asked) -> Result:
    """Answer by oneself; what waits for approval is dropped, so that it can be asked anew."""
    state = _cancelled(state, keep=True)
    return replace(state, mode="auto", paused_until=0.0), asked.say("已开启", "on")


def off(state: RoomState, asked: Asked) -> Result:
    """Say nothing, not even what is on its way."""
    return replace(state, mode="off", slots=(), answered={}), asked.say("已关闭", "off")


def mode(state: RoomState, asked: Asked) -> Result:
    """Set the room's mode; or, with an intent before it, what the bot may do with that."""
    head, rest = first(asked.rest)
    if plain(head) in INTENTS:
        return _for_intent(state, asked, cast("Intent", plain(head)), plain(rest))
    wanted = plain(asked.rest)
    wanted = CHINESE_MODES.get(wanted, wanted)
    if wanted not in get_args(Mode):
        modes = "|".join(get_args(Mode))
        return state, asked.say(f"模式应为 {modes}", f"expected mode {modes}")
    if wanted == "off":
        return off(state, asked)
    state = replace(_cancelled(state), mode=cast("Mode", wanted))
    return state, asked.say(f"模式：{wanted}", f"mode: {wanted}")


def _for_intent(state: RoomState, asked: Asked, intent: Intent, wanted: str) -> Result:
    wanted = CHINESE_MODES.get(wanted, wanted)
    if wanted not in get_args(Autonomy):
        return state, asked.say(
            f"应为 mode {intent} {_AUTONOMY}", f"expected mode {intent} {_AUTONOMY}"
        )
    autonomy = {**state.autonomy, intent: cast("Autonomy", wanted)}
    state = replace(_cancelled(state), autonomy=autonomy)
    return state, asked.say(f"模式 {intent}：{wanted}", f"mode of {intent}: {wanted}")


_SPAN = re.compile(r"(?P<n>\d{1,4})\s*(?P<u>s|m|h|秒|分钟?|小时)?", re.IGNORECASE)
_SECONDS = {"s": 1, "秒": 1, "m": 60, "分": 60, "h": 3600, "小": 3600}


def pause(state: RoomState, asked: Asked) -> Result:
    """Say nothing for a while."""
    match = _SPAN.fullmatch(asked.rest or "5m")
    if not match:
        return state, asked.say("应为时长，例如 pause 5m", "expected a time, such as pause 5m")
    seconds = int(match["n"]) * _SECONDS[(match["u"] or "m")[0].lower()]
    state = replace(state, paused_until=asked.now + seconds, slots=(), answered={})
    return state, asked.say(f"暂停 {seconds} 秒", f"paused for {seconds} s")


def silent(state: RoomState, asked: Asked) -> str:
    """Return the mode in which nothing is posted, or "pause"; empty where something is."""
    mode = "pause" if asked.now < state.paused_until else state.mode or asked.rules.mode
    return "" if mode in ("auto", "approve") else mode


def _cancelled(state: RoomState, *, keep: bool = False) -> RoomState:
    """Return the room without what is on its way (``keep``: without what waits for approval).

    What was to be answered by it may be asked again.
    """
    gone = {slot.key for slot in state.slots if slot.waits or not keep}
    return replace(
        state,
        slots=tuple(slot for slot in state.slots if keep and not slot.waits),
        answered={key: at for key, at in state.answered.items() if key not in gone},
    )
