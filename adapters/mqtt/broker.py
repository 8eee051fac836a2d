"""The connection to an MQTT broker (mqtt-v5.0-os): a message is acknowledged when we say so."""

import asyncio
import ssl
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from typing import Any

import aiomqtt
from aiomqtt import MqttError, ProtocolVersion
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY
from paho.mqtt.exception import MQTTException
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from adapters.mqtt.settings import MqttSettings
from bot.errors import AuthFailed, Disconnected

REFUSED = {133, 134, 135, 138, 140}
"""Reason codes of a CONNACK that no retry mends: client id, password, right, ban, method."""
MALFORMED = (OSError, ValueError, LookupError, struct.error, MQTTException)
"""What paho raises on packets that are none."""
LONGEST = 128  # characters of a client id that danmate gives
GOODBYE = 2.0  # seconds that a farewell may take


class Broker(aiomqtt.Client):
    """aiomqtt's client, but that it acknowledges nothing by itself.

    paho sends PUBACK as soon as a message has arrived, when a crash would lose it. Its manual
    acknowledgement is not offered by aiomqtt 2.5.1, so we reach for it.
    """

    def __init__(self, settings: MqttSettings, *, clean: bool = False) -> None:
        """``clean``: the broker shall keep nothing under this client id."""
        five = settings.protocol == "5"
        secret, status = settings.password, settings.topic("status")
        super().__init__(
            settings.host,
            settings.port,
            username=settings.username or None,
            password=secret.get_secret_value() if secret else None,
            identifier=settings.identifier,
            protocol=ProtocolVersion.V5 if five else ProtocolVersion.V311,
            will=None if clean else aiomqtt.Will(status, "offline", qos=1, retain=True),
            clean_session=None if five else clean,
            clean_start=clean if five else MQTT_CLEAN_START_FIRST_ONLY,
            properties=_kept(settings) if five else None,
            transport=settings.transport,
            websocket_path=settings.path if settings.transport == "websockets" else None,
            timeout=settings.timeout,
            keepalive=settings.keepalive,
            tls_context=_tls(settings) if settings.tls else None,
        )
        self._client.manual_ack_set(True)
        self._most = settings.queue
        self._joined = self._paused = False

    async def arriving(self) -> AsyncIterator[aiomqtt.Message]:
        """Yield what arrives; raise MqttError once the connection is gone.

        From the first call on: while as much waits as may, the socket is not read: brokers do not
        all keep to a Receive Maximum (mosquitto 2.0.11 does not always), and nothing may be
        dropped.
        """
        self._joined = True
        self._pause_if_full()
        async for message in self.messages:
            if self._paused and self._queue.qsize() < self._most:
                self._resume()
            yield message

    def ack(self, message: aiomqtt.Message) -> None:
        """Tell the broker that a message is safe; on a dead connection it is sent again."""
        self._client.ack(message.mid, message.qos)

    def close(self) -> None:
        """Close the socket, whatever state it is in, and forget what broke it."""
        self._client._sock_close()  # noqa: SLF001 - a failed connect leaves it open
        if self._disconnected.done() and not self._disconnected.cancelled():
            self._disconnected.exception()

    def _on_socket_open(self, client: Any, userdata: Any, sock: Any) -> None:
        """Read by ``_read``: it takes the place of aiomqtt's own reader of this socket."""
        super()._on_socket_open(client, userdata, sock)
        self._loop.call_soon_threadsafe(self._loop.add_reader, sock.fileno(), self._read)

    def _on_message(self, client: Any, userdata: Any, message: Any) -> None:
        super()._on_message(client, userdata, message)
        if self._joined:  # until then an answer may stand behind all that the broker has kept
            self._pause_if_full()

    def _pause_if_full(self) -> None:
        sock = self._client.socket()
        if self._queue.qsize() >= self._most and sock is not None:
            self._paused = True
            self._loop.remove_reader(sock.fileno())

    def _resume(self) -> None:
        self._paused = False
        if (sock := self._client.socket()) is not None:
            self._loop.add_reader(sock.fileno(), self._read)
            self._loop.call_soon(self._read)  # TLS may hold what the socket no longer has

    def _read(self) -> None:
        try:
            while (sock := self._client.socket()) is not None and not self._paused:
                self._client.loop_read()
                if not (hasattr(sock, "pending") and sock.pending()):
                    return
        except MALFORMED as error:
            if not self._disconnected.done():
                self._disconnected.set_exception(error)


@asynccontextmanager
async def connected(settings: MqttSettings) -> AsyncIterator[Broker]:
    """Give the broker while the context is open, "online" until it is left.

    Raises AuthFailed or Disconnected.
    """
    broker = Broker(settings)
    try:
        await _enter(broker)
        await _subscribe(broker, settings)
        yield broker
    except MqttError as error:
        raise Disconnected(f"broker: {error}") from None
    finally:
        with suppress(MqttError, TimeoutError):
            async with asyncio.timeout(GOODBYE):
                await broker.publish(settings.topic("status"), "offline", qos=1, retain=True)
                await broker.__aexit__(None, None, None)
        broker.close()


@asynccontextmanager
async def answering(settings: MqttSettings) -> AsyncIterator[Broker]:
    """Give a second connection while the context is open, for replies and what becomes of them.

    However many lines wait on the other, whose socket is not read then, none stands before an
    answer here. Nothing is kept for it: who waited for an answer has gone with the connection.

    Raises AuthFailed or Disconnected.
    """
    broker = _apart(settings, "replies")
    try:
        await _enter(broker)
        await _listen(broker, settings.topic("posted"))
        yield broker
    except MqttError as error:
        raise Disconnected(f"broker: {error}") from None
    finally:
        with suppress(MqttError, TimeoutError):
            async with asyncio.timeout(GOODBYE):
                await broker.__aexit__(None, None, None)
        broker.close()


async def reach(settings: MqttSettings) -> None:
    """Let the broker let us in, and leave; raises AuthFailed or Disconnected.

    By a client id of its own, or it would take the place of who runs.
    """
    broker = _apart(settings, "look")
    try:
        await _enter(broker)
        await broker.__aexit__(None, None, None)
    except MqttError as error:
        raise Disconnected(f"broker: {error}") from None
    finally:
        broker.close()


def _apart(settings: MqttSettings, name: str) -> Broker:
    """Return a client of which the broker keeps nothing, beside the room's own."""
    own = settings.identifier
    if len(own) + len(name) >= LONGEST:
        own = sha256(own.encode()).hexdigest()
    client = {"client_id": f"{own}-{name}", "keep": 0}
    return Broker(settings.model_copy(update=client), clean=True)


async def _enter(broker: Broker) -> None:
    try:
        await broker.__aenter__()
    except MqttConnectError as error:
        if isinstance(error.rc, ReasonCode) and error.rc.value in REFUSED:
            raise AuthFailed(f"broker: refused: {error}") from None
        raise
    except (OSError, ValueError) as error:  # a certificate, a name that is none
        raise Disconnected(f"broker: {error}") from None


async def _subscribe(broker: Broker, settings: MqttSettings) -> None:
    group = f"$share/{settings.share}/" if settings.share else ""
    await _listen(broker, group + settings.topic("in"))
    await broker.unsubscribe(settings.topic("posted"))  # an older danmate heard them here
    await broker.publish(settings.topic("status"), "online", qos=1, retain=True)


async def _listen(broker: Broker, topic: str) -> None:
    codes: Sequence[int | ReasonCode] = await broker.subscribe(topic, 1)
    for code in codes:
        if isinstance(code, ReasonCode) and code.is_failure:
            raise AuthFailed(f"broker: {topic} refused: {code}")


def _kept(settings: MqttSettings) -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's own
    properties.SessionExpiryInterval = settings.keep
    properties.ReceiveMaximum = settings.queue
    return properties


def _tls(settings: MqttSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca)
    except OSError as error:
        raise Disconnected(f"ca: {settings.ca} cannot be read: {error.strerror}") from None
    context.sslsocket_class = _Socket
    return context


class _Socket(ssl.SSLSocket):
    """Closes itself where the certificate is not trusted: paho leaves that to nobody."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - ssl's own
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise
