"""A room over MQTT: the bridge's objects on four topics, none lost between broker and queue."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from hashlib import sha256
from typing import ClassVar
from uuid import uuid4

import structlog
from aiomqtt import Message, MqttError
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from pydantic import BaseModel

from adapters.mqtt.broker import Broker, answering, connected, reach
from adapters.mqtt.settings import MqttSettings
from adapters.wire import bridge as wire
from adapters.wire.bridge import Fault, Place, Posted
from adapters.wire.exchange import Exchange, first_of
from bot.errors import AuthFailed, BadFrame, Disconnected
from bot.model import Abilities, Check, Heard, Reply
from bot.ports import App

__all__ = ["Mqtt", "MqttSettings"]
log = structlog.get_logger()


class Mqtt:
    """One room on a broker; see docs/bridge.md."""

    platform: ClassVar[str] = "mqtt"
    Settings: ClassVar[type[BaseModel]] = MqttSettings

    def __init__(
        self,
        settings: MqttSettings,
        now: Callable[[], float] = time.time,  # noqa: TID251 - the platform's own clock
    ) -> None:
        self.settings = settings
        self._now = now

    @property
    def abilities(self) -> Abilities:
        """A feeder posts what it is given; its platform's limits are the feeder's to name."""
        return Abilities(reply=self.settings.threads, length=self.settings.length)

    @property
    def room(self) -> str:
        """The room's name in danmate."""
        return f"mqtt/{self.settings.name}"

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["MqttSession"]:
        """Connect, subscribe, and say so; raises AuthFailed or Disconnected.

        What was published while we were away comes first: the broker has kept it.
        """
        place = Place(self.platform, self.room, self.settings.account)
        async with connected(self.settings) as broker, answering(self.settings) as replies:
            session = MqttSession(self.settings, place, broker, replies, self._now)
            reading = asyncio.ensure_future(session.read())
            try:
                yield session
            finally:
                session.end()
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def examine(self) -> Sequence[Check]:
        """Look whether the broker lets us in. Never raises."""
        name = f"mqtt {self.settings.name}"
        try:
            await reach(self.settings)
        except AuthFailed as error:
            mend = "look at username, password and the broker's list of who may what"
            return [Check(name, ok=False, text=str(error), mend=mend)]
        except Disconnected as error:
            mend = "look at host, port, transport and tls, and whether the broker runs"
            return [Check(name, ok=False, text=str(error), mend=mend)]
        return [Check(name, ok=True, text="the broker lets us in")]

    def app(self) -> App | None:
        """Nothing to serve."""
        return None


class MqttSession:
    """See Session."""

    def __init__(
        self,
        settings: MqttSettings,
        place: Place,
        broker: Broker,
        replies: Broker,
        now: Callable[[], float],
    ) -> None:
        """``broker`` has the lines; ``replies`` has the replies, and what became of them."""
        self._settings = settings
        self._place = place
        self._broker = broker
        self._replies = replies
        self._now = now
        self._exchange = Exchange(settings.queue)

    def messages(self) -> AsyncIterator[Heard]:
        """Yield what is published; a message is acknowledged once the next is asked for."""
        return self._exchange.messages()

    async def post(self, reply: Reply) -> None:
        """Publish the reply, and wait for what a feeder says of it.

        Raises Refused, Held, Throttled or Disconnected.
        """
        with self._exchange.expecting(reply.id) as answer:
            sending = asyncio.ensure_future(self._send(wire.reply_frame(reply)))
            try:
                ends: set[asyncio.Future[None] | asyncio.Future[Posted]] = {sending, answer}
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                if not answer.done():
                    sending.result()
                    if not self._settings.ack:
                        return
                wire.judge(await answer)
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)

    async def read(self) -> None:
        """Take what arrives until a connection ends, which ends the session."""
        try:
            await first_of(self._arriving(self._broker), self._arriving(self._replies))
        except MqttError as error:
            self._exchange.end(Disconnected(f"broker: {error.__cause__ or error}"))
        except Disconnected as error:
            self._exchange.end(error)
        finally:
            self._exchange.end(Disconnected("reading has ended"))  # nobody waits for ever

    def end(self) -> None:
        """End on purpose."""
        self._exchange.end()

    async def _arriving(self, broker: Broker) -> None:
        async for message in broker.arriving():
            await self._take(message, partial(broker.ack, message))

    async def _take(self, message: Message, accept: Callable[[], None]) -> None:
        if message.retain:  # said before we subscribed, who knows when
            accept()
            return
        try:
            await self._tell(message, accept)
        except BadFrame as error:
            log.warning("frame_unreadable", platform="mqtt", error=str(error))
            accept()
            await self._send(wire.error_frame(str(error)))

    async def _tell(self, message: Message, accept: Callable[[], None]) -> None:
        frame = wire.decode(message.payload, self._settings.frame)
        answers = message.topic.value == self._settings.topic("posted")
        match frame:
            case Posted() if answers:
                self._exchange.answer(frame)  # one of another process is none of ours
                accept()
            case Fault():
                accept()
            case Posted():
                raise BadFrame("type: posted has a topic of its own")
            case _ if answers:
                raise BadFrame("type: expected posted")
            case _:
                heard = self._place.heard(frame, self._now, partial(_id, message))
                await self._exchange.put(heard, accept)

    async def _send(self, frame: str) -> None:
        expiry = None
        if self._settings.protocol == "5":
            expiry = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho's own
            expiry.MessageExpiryInterval = self._settings.expiry
        try:
            await self._replies.publish(
                self._settings.topic("out"), frame, qos=1, properties=expiry
            )
        except MqttError as error:
            raise Disconnected(f"broker: {error}") from None


def _id(message: Message) -> str:
    """Return an id that is the same when the broker sends the message again."""
    if not message.qos:
        return uuid4().hex
    return sha256(b"%d:%b" % (message.mid, message.payload)).hexdigest()[:32]
