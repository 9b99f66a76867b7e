"""Time-stamps of RFC 3161: who says that these bytes existed, and when. Offline; the caller pins whom to believe.

The way from the signer's certificate to a pinned root is followed here, and then once more by `rfc3161-client` with
exactly the certificates of that way: what an answer or an export brings along is never itself believed.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509 import (
    BasicConstraints,
    Certificate,
    DuplicateExtension,
    ExtensionNotFound,
    InvalidVersion,
    KeyUsage,
    UnsupportedGeneralNameType,
    load_der_x509_certificate,
    load_pem_x509_certificates,
)
from rfc3161_client import (
    PKIStatus,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from governance.audit.errors import LogError

LARGEST: Final = 64 * 1024
"""No time-stamp and no chain of certificates is larger."""

_LONGEST_WAY: Final = 6
_MOST_CERTIFICATES: Final = 32
_COARSEST: Final = timedelta(seconds=60)
_LIBRARY_ERRORS: Final = (
    ValueError,
    TypeError,
    LookupError,
    OverflowError,
    InvalidVersion,
    UnsupportedAlgorithm,
    ExtensionNotFound,
    DuplicateExtension,
    UnsupportedGeneralNameType,
)
"""What the libraries raise for bytes that somebody spoilt: a name of an unknown kind is a KeyError, for example."""

_UNREADABLE: Final = "This is no time-stamp as RFC 3161 has it."


class TimeStampRefused(LogError):
    """A time-stamp is malformed, over other bytes, or not by a pinned authority."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedAuthority:
    """Certificates believed beforehand: roots of one or several authorities, and whatever else was pinned with them.

    Where certificates that issue no others stand among them, only their holders may stamp under those roots.
    """

    roots: tuple[Certificate, ...]
    between: tuple[Certificate, ...] = ()
    signers: tuple[Certificate, ...] = ()

    @classmethod
    def from_pem(cls, files: Iterable[bytes]) -> "PinnedAuthority":
        """Read PEM files with at least one root among them.

        Raises:
            TimeStampRefused: they hold no certificates, no root, or one that leads to no root.
        """
        pinned = [certificate for file in files for certificate in _certificates(file)]
        roots = tuple(one for one in pinned if _may_issue(one) and _issued(one, one))
        if not roots:
            raise TimeStampRefused("Among the pinned certificates there is no root: one that certifies itself.")
        between = tuple(one for one in pinned if _may_issue(one) and one not in roots)
        signers = tuple(one for one in pinned if not _may_issue(one))
        if not all(_way(one, between, roots, None) for one in signers):
            raise TimeStampRefused("A pinned certificate leads to none of the pinned roots.")
        return cls(roots=roots, between=between, signers=signers)

    @classmethod
    def together(cls, authorities: "Iterable[PinnedAuthority]") -> "PinnedAuthority":
        """Return what is pinned of several authorities as one."""
        every = tuple(authorities)
        return cls(
            roots=tuple(root for one in every for root in one.roots),
            between=tuple(certificate for one in every for certificate in one.between),
            signers=tuple(certificate for one in every for certificate in one.signers),
        )

    def admits(self, way: Sequence[Certificate]) -> bool:
        """Say whether the first of these certificates may stamp under the last."""
        pinned = [one for one in self.signers if _way(one, self.between, way[-1:], None)]
        return not pinned or way[0] in pinned


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """A verified time-stamp: its time in UTC, and the certificates from the signer's to a pinned root's."""

    time: datetime
    way: tuple[Certificate, ...]

    @property
    def authority(self) -> str:
        """The name on the signer's certificate."""
        return self.way[0].subject.rfc4514_string()

    @property
    def good_until(self) -> datetime:
        """When the first of the certificates runs out; by then the time-stamp is to be stamped anew."""
        return min(one.not_valid_after_utc for one in self.way)


def open_stamp(
    token: bytes, stamped: bytes, *, pinned: PinnedAuthority, beside: bytes | None = None, nonce: int | None = None
) -> Stamped:
    """Return what a time-stamp (a DER response) says of these bytes.

    `beside` are certificates (PEM) that came with it: they may fill the way to a pinned root, and no more than that.
    Where `nonce` is given, the answer must repeat it.

    Raises:
        TimeStampRefused: it is malformed, over other bytes, or not by a pinned authority.
    """
    if len(token) > LARGEST:
        raise TimeStampRefused(_UNREADABLE)
    try:
        response = decode_timestamp_response(token)
        _require_granted(response)
        info, carried = response.tst_info, response.signed_data.certificates
        time = info.gen_time.astimezone(UTC)
        _require_fine(response)
        others = [*pinned.between, *map(load_der_x509_certificate, carried), *_certificates(beside or b"")]
        signers = _signers(response, [*pinned.signers, *others])
    except _LIBRARY_ERRORS as error:
        raise TimeStampRefused(_UNREADABLE) from error
    ways = [_way(one, others[:_MOST_CERTIFICATES], pinned.roots, time) for one in signers]
    found = [way for way in ways if way is not None]
    if not found:
        raise TimeStampRefused("No certificate that was pinned vouches for the signer of this time-stamp, at its time.")
    way = found[0]
    if not pinned.admits(way):
        raise TimeStampRefused("The time-stamp is signed with another certificate than the pinned one.")
    _require_verified(response, stamped, way, nonce)
    return Stamped(time=time, way=way)


def stamped_time(token: bytes, stamped: bytes, chain: bytes) -> datetime:
    """Return the time (UTC) at which an authority of the pinned chain (PEM, its root included) stamped these bytes.

    Raises:
        TimeStampRefused: it did not.
    """
    return open_stamp(token, stamped, pinned=PinnedAuthority.from_pem([chain])).time


def stamp_of(files: Sequence[bytes]) -> Callable[[bytes, bytes, bytes | None], int]:
    """Return a function of (time-stamp, stamped bytes, certificates beside it) to its time in ms since 1970.

    `files` are the pinned PEM files. The function raises `TimeStampRefused`.

    Raises:
        TimeStampRefused: a file holds no certificates, or none of them a root.
    """
    pinned = PinnedAuthority.from_pem(files)

    def time_of(token: bytes, stamped: bytes, beside: bytes | None) -> int:
        time = open_stamp(token, stamped, pinned=pinned, beside=beside).time
        return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)

    return time_of


def renewal_subject(note: bytes, stamps: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return what a renewal stamps: the note and every (time-stamp, certificates) over it so far, by their SHA-256.

    So a stamp outlives its certificates: the later one shows that it was there before they ran out (as RFC 4998 does).
    """
    parts = [note, *(part for stamp in stamps for part in stamp)]
    return b"insyn/time-stamp-renewal/1\n" + b"".join(sha256(part).hexdigest().encode() + b"\n" for part in parts)


def open_renewed(note: bytes, stamps: Sequence[tuple[bytes, bytes]], *, pinned: PinnedAuthority) -> tuple[Stamped, ...]:
    """Return what a time-stamp and its renewals say, in their order. The first states the note's time.

    Raises:
        TimeStampRefused: one is not good, or came after the certificates of the one before had run out.
    """
    opened: list[Stamped] = []
    for number, (token, beside) in enumerate(stamps):
        subject = renewal_subject(note, stamps[:number]) if number else note
        one = open_stamp(token, subject, pinned=pinned, beside=beside)
        if opened and not opened[-1].time <= one.time <= opened[-1].good_until:
            raise TimeStampRefused("A time-stamp was renewed only after its certificates had run out.")
        opened.append(one)
    return tuple(opened)


def _certificates(file: bytes) -> list[Certificate]:
    if not file:
        return []
    if len(file) > LARGEST:
        raise TimeStampRefused("A file of certificates is larger than any chain.")
    try:
        return load_pem_x509_certificates(file)
    except _LIBRARY_ERRORS as error:
        raise TimeStampRefused("A file of certificates is not PEM.") from error


def _require_granted(response: TimeStampResponse) -> None:
    if response.status != PKIStatus.GRANTED:
        raise TimeStampRefused("The authority did not grant this time-stamp as it was asked for.")


def _require_fine(response: TimeStampResponse) -> None:
    """Refuse a time that is stated too roughly, and numbers that no signature covers and nobody may vary."""
    seconds = getattr(response.tst_info.accuracy, "seconds", None)  # the accuracy may be missing, and its parts too
    if timedelta(seconds=seconds or 0) >= _COARSEST:
        raise TimeStampRefused("The authority states its time to no better than a minute.")
    infos = response.signed_data.signer_infos
    if response.signed_data.version != 3 or len(infos) != 1 or any(info.version != 1 for info in infos):
        raise TimeStampRefused("A time-stamp bears one signature, made as RFC 3161 has it.")


def _signers(response: TimeStampResponse, known: Iterable[Certificate]) -> list[Certificate]:
    """Return the certificates that the signature can mean; the order and number of others that are carried say nothing.

    More than one is possible only where somebody put in another with the same issuer's name and number.
    """
    (info,) = response.signed_data.signer_infos
    meant = [one for one in known if (one.issuer, one.serial_number) == (info.issuer, info.serial_number)]
    if not meant:
        raise TimeStampRefused("The certificate of this time-stamp's signer is missing.")
    return list(dict.fromkeys(meant))[:_MOST_CERTIFICATES]


def _way(
    start: Certificate, others: Sequence[Certificate], roots: Sequence[Certificate], time: datetime | None
) -> tuple[Certificate, ...] | None:
    """Return the certificates from this one to a root, all in force at this time (if one is given), or nothing."""
    left = [one for one in others if one != start and _may_issue(one) and _in_force(one, time)]
    ways: list[tuple[Certificate, ...]] = [(start,)] if _in_force(start, time) else []
    for way in ways:  # grows while it is walked along
        issuers = [one for one in roots if _in_force(one, time) and _issued(one, way[-1])]
        if issuers:
            return way if way[-1] in roots else (*way, issuers[0])
        if len(way) < _LONGEST_WAY:
            further = [one for one in left if _issued(one, way[-1])]
            left = [one for one in left if one not in further]
            ways.extend((*way, one) for one in further)
    return None


def _in_force(one: Certificate, time: datetime | None) -> bool:
    return time is None or one.not_valid_before_utc <= time <= one.not_valid_after_utc


def _may_issue(one: Certificate) -> bool:
    try:
        constraints = one.extensions.get_extension_for_class(BasicConstraints).value
        usage = one.extensions.get_extension_for_class(KeyUsage).value
    except _LIBRARY_ERRORS:
        return False
    return all((constraints.ca, usage.key_cert_sign))


def _issued(issuer: Certificate, subject: Certificate) -> bool:
    try:
        subject.verify_directly_issued_by(issuer)
    except (*_LIBRARY_ERRORS, InvalidSignature):
        return False
    return True


def _require_verified(
    response: TimeStampResponse, stamped: bytes, way: Sequence[Certificate], nonce: int | None
) -> None:
    verifier = VerifierBuilder(
        tsa_certificate=way[0], intermediates=list(way[1:-1]), roots=[way[-1]], nonce=nonce
    ).build()
    try:
        verifier.verify_message(response, stamped)
    except VerificationError as error:
        raise TimeStampRefused(f"The time-stamp does not verify over these bytes: {_reason(error)}.") from error
    except _LIBRARY_ERRORS as error:
        raise TimeStampRefused(_UNREADABLE) from error


def _reason(error: VerificationError) -> str:
    """Return a reason in our words; the library's own are for programmers."""
    words = str(error)
    for part, reason in _REASONS.items():
        if part in words:
            return reason
    return "its signature or its certificate is not in order"


_REASONS: Final = {
    "between messages": "it stamps other bytes",
    "Nonce": "it answers another request",
    "Unsupported hash": "it is made with a hash function that is not accepted",
    "EKU": "its signer's certificate is not for time-stamping",
}
