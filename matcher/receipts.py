"""Receipts on their way to governance: which leases were taken, how each ended.

They lie signed in a folder of the site until governance has them, because the process that writes the last of them ends
at once. They hold counts and opaque ids, nothing of anybody.
"""

import asyncio
import json
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

import structlog

from contracts.canonical import encode
from contracts.clock import Moment
from contracts.errors import Malformed
from contracts.lease_receipts import EndedLease, LeaseReceipts, TakenLease
from contracts.signature import Purpose, Signed, SigningKey
from contracts.vocabulary import SiteId
from matcher.outbox import Delivery

_LOOK_SECONDS: Final = 0.1
_AFTER_FAILURE: Final = 2.0
_MOST_FILES: Final = 20_000
"""Days of receipts without a connection. What comes then is lost and said to be: its lease lacks a receipt."""

_log = structlog.get_logger()


class ReceiptReceiver(Protocol):
    """Whoever takes receipts: governance."""

    async def deliver_receipts(self, signed: Signed) -> Delivery:
        """Try once."""
        ...


class ReceiptOutbox:
    """Signs receipts and delivers them, oldest first, across the ends and starts of the process."""

    def __init__(
        self,
        folder: Path,
        receiver: ReceiptReceiver,
        *,
        site_id: SiteId,
        site_key: SigningKey,
        clocks: Callable[[], Moment],
    ) -> None:
        self._folder = folder
        self._receiver = receiver
        self._site_id = site_id
        self._site_key = site_key
        self._clocks = clocks
        self._delivering = asyncio.Lock()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, taken: tuple[TakenLease, ...], ended: tuple[EndedLease, ...]) -> None:
        """Sign and keep. Where the disk takes nothing they are lost, and that is said: stopping never waits for it."""
        if not taken and not ended:
            return
        now = self._clocks().now
        receipts = LeaseReceipts(site_id=self._site_id, taken=taken, ended=ended, written_at=now)
        signed = self._site_key.sign(Purpose.LEASE_RECEIPTS, receipts.to_bytes())
        if len(self._waiting()) >= _MOST_FILES or not self._keep(now, encode(signed.to_json())):
            _log.warning("receipts lost", count=len(taken) + len(ended))

    def _keep(self, now: datetime, content: bytes) -> bool:
        name = f"{int(now.timestamp() * 1000):015d}-{secrets.token_hex(4)}.json"
        partial = self._folder / f"{name}.partial"
        try:
            partial.write_bytes(content)
            partial.replace(self._folder / name)
        except OSError:
            return False
        return True

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            delivered = await self.deliver_all()
            await asyncio.sleep(_LOOK_SECONDS if delivered else _AFTER_FAILURE)

    async def deliver_all(self) -> bool:
        """Deliver what waits; say whether nothing is left that might be delivered later.

        Whoever calls while another delivers waits for it, so that nothing is handed in twice at once.
        """
        async with self._delivering:
            for path, signed in self._read():
                outcome = await self._receiver.deliver_receipts(signed)
                if outcome is Delivery.UNREACHABLE:
                    return False
                if outcome is Delivery.REFUSED:
                    _log.warning("receipts refused")
                path.unlink(missing_ok=True)
            return True

    def _waiting(self) -> list[Path]:
        return sorted(self._folder.glob("*.json"))

    def _read(self) -> Iterator[tuple[Path, Signed]]:
        for path in self._waiting():
            try:
                yield path, Signed.from_json(json.loads(path.read_bytes()))
            except (OSError, ValueError, Malformed):
                _log.warning("receipts cannot be read")
                path.unlink(missing_ok=True)
