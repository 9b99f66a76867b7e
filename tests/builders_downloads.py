"""A server of one file on this machine, with the faults that servers have."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from insyn.downloads import Published


@dataclass
class Serving:
    """What the server gives, and what it was asked for."""

    content: bytes
    honours_range: bool = True
    status: int | None = None
    stops_after: int | None = None
    sends_on_to: str | None = None
    states_length: bool = True
    encoding: str | None = None
    url: str = ""
    ranges: list[str | None] = field(default_factory=list)

    def published(self, *, content: bytes | None = None, size: int | None = -1) -> Published:
        """The file as it was pinned, which what is given may differ from."""
        pinned = self.content if content is None else content
        return Published(
            name="model.onnx",
            address=self.url,
            sha256=hashlib.sha256(pinned).hexdigest(),
            licence="CC0",
            size=len(pinned) if size == -1 else size,
        )


class _Handler(BaseHTTPRequestHandler):
    state: Serving

    def do_GET(self) -> None:
        state = self.state
        asked = self.headers.get("Range")
        state.ranges.append(asked)
        if state.sends_on_to is not None:
            self._head(302, {"Location": state.sends_on_to, "Content-Length": "0"})
        elif state.status is not None:
            self._head(state.status, {"Content-Length": "0"})
        else:
            self._give(int(asked.removeprefix("bytes=").rstrip("-")) if asked and state.honours_range else 0)

    def _give(self, first: int) -> None:
        state = self.state
        body, whole = state.content[first:], len(state.content)
        if first >= whole > 0:
            self._head(416, {"Content-Length": "0"})
            return
        headers = {"Content-Length": str(len(body))} if state.states_length else {"Connection": "close"}
        if state.encoding is not None:
            headers["Content-Encoding"] = state.encoding
        if first:
            headers["Content-Range"] = f"bytes {first}-{whole - 1}/{whole}"
        self._head(206 if first else 200, headers)
        self.wfile.write(body[: state.stops_after])
        self.close_connection = True

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def a_server(content: bytes) -> Iterator[Serving]:
    """Serve this content on a port of this machine."""
    state = Serving(content)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"state": state}))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}/model.onnx"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
