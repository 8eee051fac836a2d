"""The room of docs/adapters.md, in a process of its own: standard input is chat, output is posts.

It prints its address first. A text that is a number is answered with that status: 429, 500 …
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue

LONGEST = 200
KEEP_ALIVE = b"\n"


class Room(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Door)
        self.listening: list[SimpleQueue[bytes | None]] = []
        self.said: list[bytes] = []
        self.lock = threading.Lock()

    def say(self, line: bytes | None) -> None:
        """Tell everybody, and who comes later; None: the room ends."""
        with self.lock:
            for queue in self.listening:
                queue.put(line)
            self.said += [line] if line else []

    def listen(self) -> "SimpleQueue[bytes | None]":
        queue: SimpleQueue[bytes | None] = SimpleQueue()
        with self.lock:
            for line in self.said:
                queue.put(line)
            self.listening.append(queue)
        return queue


class Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Room

    def do_HEAD(self) -> None:
        self._answer(204)

    def do_GET(self) -> None:
        queue = self.server.listen()  # before it is said that it stands: the end is told once
        self.send_response(200)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self._chunk(KEEP_ALIVE)
        while (line := queue.get()) is not None:
            if line == b"cut\n":
                self.close_connection = True
                return
            self._chunk(line)
        self.wfile.write(b"0\r\n\r\n")

    def do_POST(self) -> None:
        text = json.loads(self.rfile.read(int(self.headers["content-length"])))["text"]
        if text.isdecimal() or len(text) > LONGEST:
            self._answer(int(text) if text.isdecimal() else 422)
            return
        _tell(json.dumps(text))
        self._answer(204)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("content-length", "0")
        if status == 429:
            self.send_header("retry-after", "7")
        self.end_headers()

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    room = Room()
    threading.Thread(target=room.serve_forever, daemon=True).start()
    _tell(f"http://127.0.0.1:{room.server_port}")
    for number, text in enumerate(sys.stdin, 1):
        if text.strip() in ("end", "cut"):
            room.say(b"cut\n" if "cut" in text else None)
            continue
        now = time.time()  # noqa: TID251 - the platform's own clock
        line = {"id": f"m{number}", "author": "Ann", "text": text.strip(), "at": now}
        room.say(json.dumps(line).encode() + b"\n")


if __name__ == "__main__":
    main()
