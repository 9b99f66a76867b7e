"""What admitted the model that compared, as it lies in a proof bundle: read, held against the match, and its signers.

The file is the jointly signed admission as people carried it to the centre. It names the evaluation by hashes: of its
report, of its scores, of the manifests of its data; whoever has those can compute its verdict again.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from governance.audit.base64_strict import decode64
from governance.audit.bundle import json_object
from governance.audit.canonical import parse_canonical
from governance.audit.errors import CanonicalRefused, DisclosureRefused
from governance.verifier.signatures import ed25519_verifies
from governance.verifier.trust import Trusted

_KIND: Final = "insyn/profile-admission/v1"
_SIGNED_FOR: Final = b"insyn\x00insyn/profile-admission/1\x00"
_ROLES: Final = ("evaluator", "model-officer")
_PASSED: Final = "PASS"
_DISTANCE: Final = "euclidean-distance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was asked of an admission, and the sentence for either answer."""

    good: bool
    proven: str
    wrong: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """An admission: its bytes, who is said to have signed them, and what it says. Nothing is verified yet."""

    payload: bytes
    signatures: tuple[tuple[str, bytes], ...]
    profile_sha256: str
    verdict: str
    report_sha256: str
    measured_on: str
    tested_list: int
    score: str
    threshold: float
    admitted_at: datetime
    expires_at: datetime

    @classmethod
    def from_bytes(cls, data: bytes) -> "Admission":
        """Read a jointly signed admission.

        Raises:
            DisclosureRefused: it is none.
        """
        refusal = DisclosureRefused("It is no jointly signed admission of a model profile.")
        try:
            value = parse_canonical(data)
        except CanonicalRefused as error:
            raise refusal from error
        match value:
            case {"kind": "insyn/jointly-signed/1", "payload": str(text), "signatures": list(listed)}:
                payload = decode64(text)
            case _:
                raise refusal
        if payload is None:
            raise refusal
        said = json_object(payload)
        if said.get("kind") != _KIND or not isinstance(said.get("envelope"), dict):
            raise refusal
        try:
            return cls(payload=payload, signatures=tuple(map(_signature, listed)), **_said(said))
        except (KeyError, TypeError, ValueError) as error:
            raise refusal from error


def findings(
    admission: Admission,
    *,
    profiles: Collection[str],
    lent: tuple[datetime, datetime] | None,
    threshold: object,
) -> Iterator[Finding]:
    """P4: say whether it speaks for the profile that the records name, at the time of the lease, at that threshold.

    What was not opened is not asked: without a lease not the time, without a report not the threshold.
    """
    named = f"an evaluation measured on {admission.measured_on}, report SHA-256 {admission.report_sha256}"
    if profiles:
        yield Finding(
            good=set(profiles) == {admission.profile_sha256},
            proven=f"The model profile is the one that was admitted by {named}.",
            wrong="The admission is of another model profile than the records name.",
        )
    yield Finding(
        good=admission.verdict == _PASSED,
        proven=f"That evaluation came to PASS, with {admission.tested_list} persons on the tested list and the "
        f"threshold {admission.threshold!r} ({admission.score}).",
        wrong="The evaluation behind the admission did not come to PASS, so it admits nothing.",
    )
    if lent is not None:
        yield Finding(
            good=admission.admitted_at <= lent[0] and lent[1] <= admission.expires_at,
            proven="The lease lies within the admission's time.",
            wrong="The lease lies outside of the admission's time.",
        )
    if isinstance(threshold, float | int):
        lax = threshold > admission.threshold if admission.score == _DISTANCE else threshold < admission.threshold
        yield Finding(
            good=not lax,
            proven="The comparison asked for at least as much likeness as was tested.",
            wrong="The comparison asked for less likeness than was tested.",
        )


def signed_by(admission: Admission, trusted: Mapping[tuple[str, str], Trusted]) -> Finding:
    """P4, C10: say whether both roles signed it, two holders, and every signature of theirs is right."""
    who = _signers(admission, trusted)
    return Finding(
        good=who is not None,
        proven=f"The admission was signed by {who}.",
        wrong="The admission lacks a right signature of a pinned evaluator or of a pinned model officer.",
    )


def _signers(admission: Admission, trusted: Mapping[tuple[str, str], Trusted]) -> str | None:
    found: dict[str, str] = {}
    for role in _ROLES:
        for name, signature in admission.signatures:
            key = trusted.get((role, name))
            if key is None:
                continue
            if not ed25519_verifies(key.public, signature, _SIGNED_FOR + admission.payload):
                return None
            found[role] = key.name
    if len(found) < len(_ROLES) or len(set(found.values())) < len(_ROLES):
        return None
    return " and ".join(f"'{name}', pinned as {role}" for role, name in found.items())


def _said(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is asked of an admission; whatever is missing or of another kind raises."""
    envelope = said["envelope"]
    texts = {name: _text(said[name]) for name in ("profile_sha256", "verdict", "report_sha256", "measured_on")}
    return {
        **texts,
        "tested_list": int(envelope["tested_list"]),
        "score": _text(envelope["score"]),
        "threshold": float(envelope["threshold"]),
        "admitted_at": _instant(said["admitted_at"]),
        "expires_at": _instant(said["expires_at"]),
    }


def _instant(value: object) -> datetime:
    at = datetime.fromisoformat(_text(value))
    if at.tzinfo is None:
        raise ValueError
    return at


def _text(value: object) -> str:
    """Return a text that can be printed as it stands.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, str) or not value.isprintable():
        raise TypeError
    return value


def _signature(value: object) -> tuple[str, bytes]:
    match value:
        case {"key": str(name), "signature": str(text)}:
            signature = decode64(text)
        case _:
            raise ValueError
    if signature is None:
        raise ValueError
    return name, signature
