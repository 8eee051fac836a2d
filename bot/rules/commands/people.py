"""Commands about viewers: mute, unmute."""

from dataclasses import replace

from bot.model import RoomState
from bot.rules.commands.asked import Asked, Result


def mute(state: RoomState, asked: Asked) -> Result:
    """Answer a viewer no more."""
    if not (name := asked.rest.lstrip("@").strip().lower()):
        return state, asked.say("应为 mute @用户", "expected mute @user")
    return replace(state, muted=state.muted | {name}), asked.say(f"已静音 {name}", f"muted {name}")


def unmute(state: RoomState, asked: Asked) -> Result:
    """Answer a viewer again."""
    name = asked.rest.lstrip("@").strip().lower()
    if name not in state.muted:
        return state, asked.say(f"{name} 没有被静音", f"{name} is not muted")
    return replace(state, muted=state.muted - {name}), asked.say(
        f"已恢复 {name}", f"unmuted {name}"
    )
