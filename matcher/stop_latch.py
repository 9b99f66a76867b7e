"""The stop button's latch: a file at the site. While it is there nothing is asked for, compared or begun (A16).

Whatever lies there stops: a file of another program, an empty one, one that cannot be read. A button needs only to make
it. It outlives every process, and goes only by a release that governance signed for this very stop.
"""

import asyncio
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

import structlog

from contracts.clock import Moment
from contracts.errors import ContractError, Malformed
from contracts.signature import Purpose, Signed, SigningKey, verified
from contracts.site_stop import SiteRelease, SiteStop
from contracts.trust import TrustedKeys, TrustedRole
from contracts.vocabulary import SiteId
from matcher.governance_client import GovernanceUnavailable

_LOOK_SECONDS: Final = 0.1
_REPORT_SECONDS: Final = 2.0

_log = structlog.get_logger()


class StopReceiver(Protocol):
    """Whoever is told of a stop: governance."""

    async def report_stop(self, signed: Signed) -> Signed | None:
        """Report it, and return the release if there is one.

        Raises:
            GovernanceUnavailable: no usable answer came.
        """
        ...


class StopLatch:
    """The file, the stop that it stands for, and its way to governance."""

    def __init__(
        self, path: Path, *, site_id: SiteId, site_key: SigningKey, trusted: TrustedKeys, clocks: Callable[[], Moment]
    ) -> None:
        self.path = path
        self._site_id = site_id
        self._site_key = site_key
        self._trusted = trusted
        self._clocks = clocks

    @property
    def is_set(self) -> bool:
        """Say whether the site is stopped. What cannot be looked at counts as set."""
        try:
            self.path.lstat()
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return True

    def stop(self) -> Signed:
        """Return the stop that the latch stands for, signed. One that says nothing of itself is given an id here."""
        return self._site_key.sign(Purpose.SITE_STOP, self._read().to_bytes())

    def release(self, signed: Signed) -> bool:
        """Open the latch if governance signed a release of this very stop; say whether it did."""
        try:
            payload = verified(signed, Purpose.SITE_RELEASE, self._trusted.of(TrustedRole.GOVERNANCE))
            release = SiteRelease.from_bytes(payload)
        except ContractError as error:
            _log.warning("release refused", sentence=str(error))
            return False
        if (release.site_id, release.stop_id) != (self._site_id, self._read().stop_id):
            return False
        # Remembered first: whatever bears this id from now on is a new stop.
        with self._released.open("a", encoding="ascii") as released:
            released.write(release.stop_id + "\n")
        return self._open(release.stop_id)

    def _open(self, stop_id: str) -> bool:
        """Take the file aside and look at it once more: somebody may have pressed again in between."""
        aside = self.path.with_name(self.path.name + ".aside")
        self.path.replace(aside)
        stop = _stop_in(aside)
        if stop is None or stop.stop_id != stop_id:
            aside.replace(self.path)
            return False
        aside.unlink()
        return not self.is_set

    @property
    def _released(self) -> Path:
        return self.path.with_name(self.path.name + ".released")

    def _was_released(self, stop: SiteStop) -> bool:
        try:
            return stop.stop_id in self._released.read_text(encoding="ascii").split()
        except FileNotFoundError:
            return False
        except (OSError, ValueError):
            return True

    async def run(self, receiver: StopReceiver) -> None:
        """Report while it is set, until it is released; then wait for the next time."""
        while True:
            if not self.is_set:
                await asyncio.sleep(_LOOK_SECONDS)
                continue
            with suppress(GovernanceUnavailable):
                answer = await receiver.report_stop(self.stop())
                if answer is not None and self.release(answer):
                    _log.info("released after a stop")
                    continue
            await asyncio.sleep(_REPORT_SECONDS)

    def _read(self) -> SiteStop:
        stop = _stop_in(self.path)
        if stop is not None and not self._was_released(stop):
            return stop
        stop = SiteStop(site_id=self._site_id, stop_id=secrets.token_hex(16), pressed_at=self._clocks().now)
        # Where it cannot be written the stop stands all the same, under another id the next time.
        with suppress(OSError):
            press(self.path, stop)
        return stop


def _stop_in(path: Path) -> SiteStop | None:
    try:
        return SiteStop.from_bytes(path.read_bytes())
    except (OSError, ValueError, Malformed):
        return None


def press(path: Path, stop: SiteStop) -> None:
    """Make the latch, durably. The site's folder is there: where it is not, nothing would be stopped.

    Raises:
        OSError: it cannot be written.
    """
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(stop.to_bytes())
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
