"""A room over MQTT that was away for longer: more waits at the broker than may wait here."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.adapters.test_mqtt import PROTOCOLS, accept, take
from tests.platforms.mqtt import MqttStage, running

QUEUE = 4


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_more_than_may_wait_keeps_nobody_from_coming_back(
    tmp_path: Path, protocol: str
) -> None:
    """A broker sends what it has kept before it answers the subscription, as many as it may."""
    missed = [f"m{number}" for number in range(1, 5 * QUEUE)]
    async with asyncio.timeout(60), running(tmp_path, "max_inflight_messages 0") as broker:
        stage = MqttStage(broker, queue=QUEUE, protocol=protocol)
        async with stage.adapter.connect() as session:
            await stage.ready()
            await stage.publish('{"type": "message", "text": "a", "id": "m0"}')
            await accept(session, 1)
        for name in missed:
            await stage.publish(json.dumps({"type": "message", "text": "a", "id": name}))
        async with stage.adapter.connect() as session:
            assert await take(session, len(missed)) == missed
            assert session._broker._queue.qsize() <= QUEUE
        await stage.close()
