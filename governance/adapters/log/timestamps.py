"""Time-stamps (RFC 3161) over the exact bytes of the log's anchors: asked for, verified twice, kept, renewed in time.

An authority sees a hash and nothing else. Whom to believe is pinned: certificates in files beside the configuration,
never those that an answer brings. Where openssl is installed it must agree.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Final

import httpx
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from governance.adapters.log.anchors import Anchors
from governance.adapters.log.openssl import Openssl
from governance.adapters.log.witness_http import trusted_roots
from governance.audit.checkpoint import parse_body
from governance.audit.errors import CheckpointRefused, LogError, LogUnavailable, NoteRefused
from governance.audit.note import parse_note
from governance.verifier.time_stamp import (
    LARGEST,
    PinnedAuthority,
    Stamped,
    TimeStampRefused,
    open_renewed,
    open_stamp,
    renewal_subject,
)

EVERY: Final = timedelta(hours=1)
"""How often a checkpoint is stamped."""
RENEW_BEFORE: Final = timedelta(days=30)
"""How long before its certificates run out a time-stamp is stamped anew."""

_TOLERANCE: Final = timedelta(minutes=1)
_REPLY: Final = "application/timestamp-reply"

AskAuthority = Callable[[str, bytes], bytes]
"""(address, DER request) -> DER response; `LogUnavailable` where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A time-stamping authority: a name for people, its address, and what is pinned of it."""

    name: str
    url: str
    pinned: PinnedAuthority


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStamp:
    """A verified answer: the DER response as it came, the certificates of its way (PEM), and what it says."""

    token: bytes
    chain: bytes
    stamped: Stamped


class TimeStamping:
    """Stamps and renews the anchors of one log with the first authority that answers as it must.

    `second` is asked for its opinion too, if there is one.
    """

    def __init__(
        self,
        anchors: Anchors,
        authorities: Sequence[Authority],
        *,
        ask: AskAuthority,
        now: Callable[[], datetime],
        second: Openssl | None,
    ) -> None:
        self._anchors, self._authorities = anchors, tuple(authorities)
        # All that is pinned together: a renewal may be another authority's.
        self._pinned = PinnedAuthority.together(one.pinned for one in authorities)
        self._ask, self._now, self._second = ask, now, second

    def stamp(self, note: str) -> Stamped:
        """Keep this checkpoint as an anchor and have it stamped.

        Raises:
            LogUnavailable: it is stamped already, no authority answers as it must, or the disk refuses.
        """
        size = _size(note)
        self._anchors.keep(note)
        kept = self._anchors.note(size)
        if kept is None or self._anchors.is_stamped(size):
            raise LogUnavailable(f"The checkpoint of {size} entries is stamped already.")
        new = self._ask_all(kept.encode(), first=len(self._stamped_sizes()))
        self._anchors.keep_stamp(size, new.token, new.chain)
        return new.stamped

    def is_due(self, now: datetime, every: timedelta = EVERY) -> bool:
        """Say whether the last time-stamp is so old, or there is none."""
        for size in reversed(self._stamped_sizes()):
            try:
                return now - self._opened(size)[0].time >= every
            except TimeStampRefused:
                continue
        return True

    def verify(self, size: int) -> tuple[Stamped, ...]:
        """Return what the time-stamp of this size says, and what its renewals say.

        Raises:
            TimeStampRefused: one is not good, or was renewed too late.
            LogUnavailable: there is none.
        """
        note, stamps = self._kept(size)
        opened = self._opened(size)
        for number, one in enumerate(opened):
            subject = renewal_subject(note, stamps[:number]) if number else note
            self._require_agreed(stamps[number][0], subject, one)
        return opened

    def due_for_renewal(self, now: datetime, before: timedelta = RENEW_BEFORE) -> list[int]:
        """Return the sizes whose newest time-stamp rests on certificates that soon run out, and did not yet.

        What ran out already cannot be renewed: it is left out.
        """
        due = []
        for size in self._stamped_sizes():
            try:
                until = self._opened(size)[-1].good_until
            except TimeStampRefused:
                continue
            if now <= until < now + before:
                due.append(size)
        return due

    def renew(self, size: int) -> Stamped:
        """Have the time-stamp of this size and everything that renewed it stamped anew.

        Raises:
            TimeStampRefused: what there is is not good any more.
            LogUnavailable: there is no time-stamp, no authority answers as it must, or the disk refuses.
        """
        self.verify(size)
        note, stamps = self._kept(size)
        new = self._ask_all(renewal_subject(note, stamps), first=len(stamps))
        self._anchors.keep_renewal(size, new.token, new.chain)
        return new.stamped

    def _ask_all(self, subject: bytes, *, first: int) -> NewStamp:
        """Ask the authorities in turn, so that two share the work and either alone is enough."""
        count, refusals = len(self._authorities), []
        for turn in range(count):
            authority = self._authorities[(first + turn) % count]
            try:
                return self._ask_one(authority, subject)
            except LogError as error:
                refusals.append(f"The authority {authority.name!a}: {error}")
        raise LogUnavailable("No time-stamp could be had. " + " ".join(refusals or ["No authority is configured."]))

    def _ask_one(self, authority: Authority, subject: bytes) -> NewStamp:
        # Where the signer's certificate is pinned the answer need not carry it. Some authorities write several
        # certificates in an order that DER does not allow, and such an answer is refused.
        carry = not authority.pinned.signers
        request = TimestampRequestBuilder(data=subject, hash_algorithm=HashAlgorithm.SHA256, cert_req=carry).build()
        token = self._ask(authority.url, request.as_bytes())
        stamped = open_stamp(token, subject, pinned=authority.pinned, nonce=request.nonce)
        if abs(stamped.time - self._now()) > _TOLERANCE:
            raise TimeStampRefused("Its clock and this machine's differ by more than a minute.")
        self._require_agreed(token, subject, stamped)
        return NewStamp(token=token, chain=_pem(stamped), stamped=stamped)

    def _require_agreed(self, token: bytes, subject: bytes, stamped: Stamped) -> None:
        if self._second is None:
            return
        roots = stamped.way[-1].public_bytes(Encoding.PEM)
        if not self._second.agrees(token, subject, roots=roots, between=_pem(stamped), time=stamped.time):
            raise TimeStampRefused("openssl does not accept this time-stamp, so nobody does.")

    def _opened(self, size: int) -> tuple[Stamped, ...]:
        note, stamps = self._kept(size)
        return open_renewed(note, stamps, pinned=self._pinned)

    def _kept(self, size: int) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        note, stamp = self._anchors.note(size), self._anchors.stamp(size)
        if note is None or stamp is None:
            raise LogUnavailable(f"There is no time-stamped checkpoint of {size} entries.")
        return note.encode(), [stamp, *self._anchors.renewals(size)]

    def _stamped_sizes(self) -> list[int]:
        return [size for size in self._anchors.sizes() if self._anchors.is_stamped(size)]


class AuthorityHttp:
    """Asks an authority as RFC 3161, 3.4 has it, in bounded time and without detours. Safe for many threads.

    `ca_file` (PEM) names whose certificates are believed for https, where that is not the public authorities.
    """

    def __init__(self, *, timeout_s: float = 10.0, ca_file: Path | None = None) -> None:
        self._timeout_s = timeout_s
        self._client = httpx.Client(
            timeout=timeout_s, follow_redirects=False, trust_env=False, verify=trusted_roots(ca_file)
        )

    def __call__(self, address: str, request: bytes) -> bytes:
        """Return the answer.

        Raises:
            LogUnavailable: there is none in time, or it is none.
        """
        until = time.monotonic() + self._timeout_s
        headers = {"Content-Type": "application/timestamp-query"}
        try:
            with self._client.stream("POST", address, content=request, headers=headers) as answer:
                found = bytearray()
                for part in answer.iter_bytes():
                    found += part
                    if len(found) > LARGEST or time.monotonic() > until:
                        raise LogUnavailable("it answers endlessly.")
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise LogUnavailable("it does not answer.") from error
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip()
        if answer.status_code != HTTPStatus.OK or kind != _REPLY:
            raise LogUnavailable("it answers with something else than a time-stamp.")
        return bytes(found)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _pem(stamped: Stamped) -> bytes:
    return b"".join(one.public_bytes(Encoding.PEM) for one in stamped.way)


def _size(note: str) -> int:
    try:
        return parse_body(parse_note(note).text).size
    except (NoteRefused, CheckpointRefused) as error:
        raise LogUnavailable(f"What is to be stamped is no checkpoint. {error}") from error
