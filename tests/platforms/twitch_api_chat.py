"""Scripted Twitch: rooms, their limits and modes, and Helix, which talks to them."""

import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from tests.platforms.twitch_api_auth import CLIENT, Auth, Grant, User
from tests.platforms.twitch_api_eventsub import EventSub
from tests.platforms.twitch_api_http import Request, Response
from tests.platforms.twitch_api_sessions import Subscription

FREE = {"broadcaster", "moderator", "vip"}
Answer: TypeAlias = Response | str
"""What the next post gets: a response, the code of a drop, "silent" (the connection breaks off), or
"lost" (it stands, and the connection breaks off before that is said)."""


@dataclass
class Room:
    """A channel's chat."""

    owner: User
    badges: dict[str, set[str]] = field(default_factory=dict)
    modes: dict[str, object] = field(default_factory=dict)
    banned: set[str] = field(default_factory=set)
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=1_000))
    """Ids of the lines that can be replied to."""


@dataclass(frozen=True)
class Post:
    """A line of an account that stands."""

    room: str
    text: str
    reply_to: str | None


@dataclass
class Chat:
    """All rooms. The clock is this platform's own."""

    auth: Auth
    events: EventSub
    now: Callable[[], float]
    users: list[User] = field(default_factory=list)
    rooms: dict[str, Room] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)
    asked: int = 0
    """Requests to post, whatever came of them."""
    calls: list[str] = field(default_factory=list)
    answers: deque[Answer] = field(default_factory=deque)
    """What the next posts get; those after them are judged."""
    before: deque[Response] = field(default_factory=deque)
    """What the next subscriptions get; those after them are judged."""
    fast: dict[str, deque[float]] = field(default_factory=dict)
    last: dict[tuple[str, str], tuple[float, str]] = field(default_factory=dict)
    violations: int = 0
    """Posts that came too fast or twice."""
    tokens: Callable[[str], None] = lambda _: None

    def room(self, owner: User) -> Room:
        """Open a room."""
        self.users.append(owner)
        self.rooms[owner.id] = Room(owner)
        return self.rooms[owner.id]

    async def say(
        self,
        room: Room,
        author: User,
        text: str,
        badges: Sequence[str] = (),
        **more: object,
    ) -> str:
        """Say a line and return its id; ``more`` replaces fields of the event."""
        message_id = str(more.get("message_id") or uuid.uuid4())
        room.lines.append(message_id)
        event = {
            **_where(room.owner),
            "chatter_user_id": author.id,
            "chatter_user_login": author.login,
            "chatter_user_name": author.name,
            "message_id": message_id,
            "message": {"text": text, "fragments": [{"type": "gif", "text": text, "new": {}}]},
            "color": "#00FF7F",
            "badges": [{"set_id": name, "id": "1", "info": ""} for name in badges],
            "message_type": "text",
            "cheer": None,
            "reply": None,
            "channel_points_custom_reward_id": None,
            "channel_points_animation_id": None,
            "source_broadcaster_user_id": None,
            "source_broadcaster_user_login": None,
            "source_broadcaster_user_name": None,
            "source_message_id": None,
            "source_badges": None,
            **more,
        }
        await self.events.publish("channel.chat.message", room.owner.id, event)
        return message_id

    async def set_modes(self, room: Room, **modes: object) -> None:
        """Change a room's modes, and tell who listens."""
        room.modes = modes
        event = {**_where(room.owner), **modes}
        await self.events.publish("channel.chat_settings.update", room.owner.id, event)

    async def answer(self, request: Request) -> Response | None:
        """Answer one request to Helix."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        self.tokens(token)
        grant = self.auth.whose(token)
        if grant is None or scheme != "Bearer" or request.headers.get("client-id") != CLIENT:
            return _refused(401, "Invalid OAuth token")
        self.calls.append(f"{request.method} {request.path.removeprefix('/helix/')}")
        match request.method, request.path:
            case "GET", "/helix/users":
                return self._users(request, grant)
            case "GET", "/helix/chat/settings":
                return self._settings(request)
            case "POST", "/helix/chat/messages":
                return await self._post(request, grant)
            case "POST", "/helix/eventsub/subscriptions":
                return self._subscribe(request, grant)
            case "DELETE", "/helix/eventsub/subscriptions":
                return self._unsubscribe(request)
            case _:
                return _refused(404, "")

    def _users(self, request: Request, grant: Grant) -> Response:
        wanted = {request.query.get("login"), request.query.get("id")}
        if wanted == {None}:
            wanted = {grant.user.id}
        found = [_shown(user) for user in self.users if {user.login, user.id} & wanted]
        return Response(200, {"data": found})

    def _settings(self, request: Request) -> Response:
        room = self.rooms[request.query["broadcaster_id"]]
        modes = {key.replace("_seconds", ""): value for key, value in room.modes.items()}
        return Response(200, {"data": [{"broadcaster_id": room.owner.id, **modes}]})

    def _subscribe(self, request: Request, grant: Grant) -> Response:
        if self.before:
            return self.before.popleft()
        body = request.json
        condition, transport = body["condition"], body["transport"]
        assert isinstance(condition, dict)
        assert isinstance(transport, dict)
        session = self.events.sessions.get(transport["session_id"])
        room = self.rooms.get(condition["broadcaster_user_id"])
        if session is None or room is None:
            return _refused(400, "websocket transport session does not exist")
        scoped = "user:read:chat" in grant.scopes and condition["user_id"] == grant.user.id
        if not scoped or grant.user.id in room.banned:
            return _refused(403, "subscription missing proper authorization")
        made = Subscription(str(uuid.uuid4()), str(body["type"]), condition)
        if any(
            (each.kind, each.condition) == (made.kind, condition)
            for each in session.subscriptions.values()
        ):
            return _refused(409, "subscription already exists")
        session.subscriptions[made.id] = made
        return Response(202, {"data": [made.shown(session.id)], "total": 1, "total_cost": 0})

    def _unsubscribe(self, request: Request) -> Response:
        for session in self.events.sessions.values():
            if session.subscriptions.pop(request.query["id"], None):
                return Response(204)
        return _refused(404, "The subscription was not found")

    async def _post(self, request: Request, grant: Grant) -> Response | None:
        self.asked += 1
        body = request.json
        room = self.rooms.get(str(body["broadcaster_id"]))
        text, reply_to = str(body["message"]), body.get("reply_parent_message_id")
        given = self.answers.popleft() if self.answers else None
        if given == "silent":
            return None
        if isinstance(given, Response):
            return given
        if room is None or body["sender_id"] != grant.user.id:
            return _refused(400, "The ID in broadcaster_id or sender_id is not valid")
        if reply_to is not None and reply_to not in room.lines:
            return _refused(400, "The reply parent message id is not valid")
        if "user:write:chat" not in grant.scopes or grant.user.id in room.banned:
            return _refused(403, "The sender is not permitted to send chat messages")
        if len(text) > 500:
            return _refused(422, "The message is too large")
        code = (given != "lost" and given) or self._drop(room, grant.user, text)
        if code:
            drop = {"code": code, "message": f"Twitch's words for {code}"}
            sent = {"message_id": "", "is_sent": False, "drop_reason": drop}
            return Response(200, {"data": [sent]})
        self.posts.append(Post(room.owner.login, text, str(reply_to) if reply_to else None))
        badges = sorted(room.badges.get(grant.user.id, set()))
        message_id = await self.say(room, grant.user, text, badges)
        if given == "lost":
            return None
        sent = {"message_id": message_id, "is_sent": True, "drop_reason": None}
        return Response(200, {"data": [sent]}, {"Ratelimit-Remaining": "799"})

    def _drop(self, room: Room, user: User, text: str) -> str:
        """Return why a line does not stand: the limits of dev.twitch.tv/docs/chat."""
        if FREE & room.badges.get(user.id, set()) or user.id == room.owner.id:
            return ""
        if room.modes.get("emote_mode"):
            return "msg_emoteonly"
        if room.modes.get("follower_mode") or room.modes.get("subscriber_mode"):
            return "channel_settings"
        now, times = self.now(), self.fast.setdefault(user.id, deque())
        while times and times[0] <= now - 30:
            times.popleft()
        at, before = self.last.get((room.owner.id, user.id), (0.0, ""))
        if len(times) >= 20 or now - at < 1:
            self.violations += 1
            return "msg_ratelimit"
        wait = room.modes.get("slow_mode_wait_time_seconds", 0)
        assert isinstance(wait, int)
        if room.modes.get("slow_mode") and now - at < wait:
            return "msg_slowmode"
        if text == before and now - at < 30:
            self.violations += 1
            return "msg_duplicate"
        times.append(now)
        self.last[room.owner.id, user.id] = now, text
        return ""


def _where(owner: User) -> Mapping[str, str]:
    return {
        "broadcaster_user_id": owner.id,
        "broadcaster_user_login": owner.login,
        "broadcaster_user_name": owner.name,
    }


def _shown(user: User) -> Mapping[str, object]:
    return {
        "id": user.id,
        "login": user.login,
        "display_name": user.name,
        "type": "",
        "broadcaster_type": "affiliate",
        "description": "",
        "profile_image_url": "https://static-cdn.jtvnw.net/p.png",
        "offline_image_url": "",
        "view_count": 0,
        "created_at": "2020-01-01T00:00:00Z",
    }


def _refused(status: int, message: str) -> Response:
    return Response(status, {"error": "Refused", "status": status, "message": message})
