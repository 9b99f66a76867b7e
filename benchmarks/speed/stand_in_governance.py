"""A governance that lends one camera to the benchmark's site, and takes reports without looking at them.

Served on a loopback port by a thread of the benchmark. It keeps nothing, so that what is measured is the site alone.
"""

import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self

from benchmarks.speed.authority import SITE, BenchmarkAuthority
from contracts.authorisation import LeaseAsk
from contracts.clock import read_clocks
from contracts.errors import ContractError
from contracts.lease_request import LeaseAnswer, LeaseRequest
from contracts.signature import Purpose, Signed, verified

_LARGEST: Final = 32 * 1024 * 1024


class StandInGovernance:
    """The server. Use as a context."""

    def __init__(self, authority: BenchmarkAuthority) -> None:
        self._authority = authority
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self.leases_lent = 0

    @property
    def url(self) -> str:
        """Where it is served."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def lease(self, body: bytes) -> bytes:
        """Answer a lease request of the benchmark's own site.

        Raises:
            ContractError: it is not one.
        """
        signed = Signed.from_json(json.loads(body))
        payload = verified(
            signed, Purpose.LEASE_REQUEST, {self._authority.site_key.id: self._authority.site_key.public}
        )
        request = LeaseRequest.from_bytes(payload)
        if request.site_id != SITE:
            return LeaseAnswer(authorisations=()).to_bytes()
        at = read_clocks()
        lent = self._authority.lend(LeaseAsk(nonce=request.nonce, asked_boot=at.boot), at)
        self.leases_lent += 1
        return LeaseAnswer(authorisations=((lent, self._authority.gallery),)).to_bytes()


def _handler_of(governance: StandInGovernance) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # the library's name
            body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _LARGEST))
            if self.path != "/api/site/leases":
                self._answer(204, b"")
                return
            try:
                self._answer(200, governance.lease(body))
            except (ContractError, ValueError):
                self._answer(403, b'{"detail": "This is no lease request of the benchmark."}')

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
            """Say nothing."""

        def _answer(self, status: int, body: bytes) -> None:
            with suppress(ConnectionError):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

    return Handler
