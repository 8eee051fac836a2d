"""How a fault test waits: for a condition, and never without end."""

from collections.abc import Callable

from bot.flow.clock import WallClock

LIMIT = 60
"""Seconds after which a test that waits for something that never comes gives up."""
PATIENT = 0.8
"""Seconds that clients here bear a server's silence: more than a read waits, less than usual."""
CLOCK = WallClock()


async def until(condition: Callable[[], bool]) -> None:
    """Return when ``condition`` holds."""
    while not condition():
        await CLOCK.sleep(0.001)
