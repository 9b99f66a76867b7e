"""An authority's receiving desk: takes notifications, keeps them, and signs for each of them once (A10).

It is the authority's own, on its own machine. It believes the pinned key of one governance. Asked again about the same
notification it gives the same acknowledgement; asked about another under the same id it refuses.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from contracts.canonical import decode, encode
from contracts.clock import read_clocks
from contracts.errors import ContractError, Malformed
from contracts.notification import Acknowledgement, Authority, Notification
from contracts.signature import Purpose, Signed, SigningKey, verified
from contracts.trust import TrustedKeys, TrustedRole
from insyn.errors import InsynError
from insyn.key_files import read_key

LARGEST: int = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One authority's desk: its key, whom it believes, and the folder of what it took."""

    authority: Authority
    key: SigningKey
    trusted: TrustedKeys
    folder: Path | None = None

    def read(self, content: bytes) -> tuple[Signed, Notification]:
        """Return a notification that governance signed for this authority.

        Raises:
            InsynError: it is none.
        """
        try:
            signed = Signed.from_json(json.loads(content))
            payload = verified(signed, Purpose.NOTIFICATION, self.trusted.of(TrustedRole.GOVERNANCE))
            notification = Notification.from_bytes(payload)
        except (ValueError, RecursionError, ContractError) as error:
            raise InsynError(f"This is no notification of the governance that is pinned here. {error}") from error
        if notification.authority is not self.authority:
            raise InsynError("This notification is for another authority.")
        return signed, notification

    def acknowledge(self, content: bytes) -> Signed:
        """Keep a notification and sign for it; the same one again has the same answer.

        Raises:
            InsynError: it is none, another one has its id, or it cannot be kept.
        """
        signed, notification = self.read(content)
        if self.folder is None:
            return self.sign(self.acknowledgement_of(signed, notification))
        kept = self.folder / f"{notification.notification_id}.json"
        answer = self.folder / f"{notification.notification_id}.ack.json"
        try:
            if kept.exists() and kept.read_bytes() != encode(signed.to_json()):
                raise InsynError("Another notification bears this id.")
            if not answer.exists():
                _write(kept, encode(signed.to_json()))
                _write(answer, encode(self.sign(self.acknowledgement_of(signed, notification)).to_json()))
            return Signed.from_json(decode(answer.read_bytes()))
        except (OSError, Malformed) as error:
            raise InsynError("The desk's folder cannot be used; free some space or mend its rights.") from error

    def acknowledgement_of(self, signed: Signed, notification: Notification) -> Acknowledgement:
        """Return what would be signed now."""
        return Acknowledgement(
            notification_id=notification.notification_id,
            notification_sha256=signed.sha256,
            authority=self.authority,
            acknowledged_at=read_clocks().now,
        )

    def sign(self, acknowledgement: Acknowledgement) -> Signed:
        """Sign that a notification was received."""
        return self.key.sign(Purpose.ACKNOWLEDGEMENT, acknowledgement.to_bytes())


def open_desk(key: Path, authority: Authority, trust: Path, folder: Path | None) -> Desk:
    """Return the desk of one authority, with its key and whom it believes.

    Raises:
        InsynError: a file cannot be read, or is not what it must be.
    """
    try:
        signing_key = SigningKey.from_seed(read_key(key))
        trusted = TrustedKeys.from_bytes(trust.read_bytes())
    except (OSError, ContractError) as error:
        raise InsynError("The authority's key, or the file of pinned keys, cannot be read.") from error
    return Desk(authority=authority, key=signing_key, trusted=trusted, folder=folder)


def serve(desk: Desk, port: int) -> None:
    """Serve a desk on this machine alone until a signal."""
    uvicorn.run(build_app(desk), host="127.0.0.1", port=port, log_config=None, access_log=False, server_header=False)


def build_app(desk: Desk) -> Starlette:
    """Return the desk's two addresses: `POST /notifications`, and `GET /` that says whose it is."""

    async def take(request: Request) -> Response:
        content = await request.body()
        if len(content) > LARGEST:
            return PlainTextResponse("A notification is smaller than this.\n", status_code=413)
        try:
            acknowledged = await run_in_threadpool(desk.acknowledge, content)
        except InsynError as error:
            return PlainTextResponse(f"{error}\n", status_code=422)
        return Response(encode(acknowledged.to_json()), media_type="application/json")

    async def say_who(_request: Request) -> Response:
        return PlainTextResponse(f"The {desk.authority.value} authority takes notifications here.\n")

    return Starlette(routes=[Route("/notifications", take, methods=["POST"]), Route("/", say_who, methods=["GET"])])


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    partial.replace(path)


def main(arguments: list[str]) -> int:
    """Serve as the demonstration starts it: without the whole command line, which takes a while to be read."""
    authority, folder, key, trust, port = arguments
    try:
        desk = open_desk(Path(key), Authority(authority), Path(trust), Path(folder))
    except (InsynError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    serve(desk, int(port))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
