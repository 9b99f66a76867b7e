"""Pinning on this machine, by people, with what they carry: which log is believed, which list, what may run."""

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from contracts.admission import ProfileAdmission
from contracts.believed_admission import believed_admission
from contracts.believed_issuers import believing
from contracts.errors import ContractError, Malformed
from contracts.issuer_list import IssuerList
from contracts.joint_signature import JointlySigned
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from governance.audit.errors import LogError
from governance.audit.note import ED25519, VerifierKey
from governance.audit.policy import parse_policy
from insyn.errors import InsynError
from insyn.home import Home

_NAME = "log"


def pin_log(home: Home, line: str) -> VerifierKey:
    """Believe the log of this verifier key, and no other.

    Written are `trust.json`, `log-origin` and, where there is a policy (`log-policy`), a line in it.
    Doing it twice changes nothing.

    Raises:
        InsynError: the line is no log's key, or a file cannot be read or written.
    """
    key = _parsed(line)
    try:
        _write(home.trust, _trusting(home.trust.read_bytes(), key))
        if home.log_policy.exists():
            _write(home.log_policy, _naming(home.log_policy.read_text(encoding="utf-8"), key).encode())
        # Last: with the old origin and the new key nothing is believed, so half a pin is seen at once.
        _write(home.pinned_log, f"{key.name}\n".encode())
    except OSError as error:
        raise InsynError(f"The pin cannot be written: {error.strerror}; see {home.trust}.") from error
    except (ContractError, LogError) as error:
        raise InsynError(f"The files of pinned keys are not as they must be. {error}") from error
    return key


def pinned_log_keys(home: Home) -> frozenset[bytes]:
    """Return the public keys that are pinned for the log.

    Raises:
        InsynError: the file of pinned keys cannot be read.
    """
    try:
        return frozenset(TrustedKeys.from_bytes(home.trust.read_bytes()).of(TrustedRole.LOG).values())
    except (OSError, ContractError) as error:
        raise InsynError("The file of pinned keys (trust.json) cannot be read in this folder.") from error


def _parsed(line: str) -> VerifierKey:
    try:
        key = VerifierKey.parse(line)
    except LogError as error:
        raise InsynError(f"This is not a log's key: {error}") from error
    if key.algorithm != ED25519:
        raise InsynError("A log signs with an Ed25519 key (type 1); this is another kind of key.")
    return key


def _trusting(content: bytes, key: VerifierKey) -> bytes:
    trusted = TrustedKeys.from_bytes(content)
    before = [one for one in trusted.keys if one.role is TrustedRole.LOG]
    new = PinnedKey(role=TrustedRole.LOG, name=_NAME, public=key.public_key, demo=False)
    if before:
        new = replace(before[0], public=key.public_key)
    return TrustedKeys((*(one for one in trusted.keys if one.role is not TrustedRole.LOG), new)).to_bytes()


def _naming(text: str, key: VerifierKey) -> str:
    """Return the policy with this log among those it names; its other lines stand as people wrote them."""
    if any(log.key == key for log in parse_policy(text).logs):
        return text
    named = f"log {key.text}\n{text}"
    parse_policy(named)
    return named


def _write(path: Path, content: bytes) -> None:
    new = path.with_name(path.name + ".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def pin_admission(home: Home, data: bytes, now: datetime) -> ProfileAdmission:
    """P4: let this admission speak here. Both roles signed it, with keys that are pinned here, and it holds now.

    Raises:
        InsynError: it is not in its time, or cannot be written.
        ContractError: it is none, or one of the two did not sign it.
    """
    trusted = _pinned_keys(home)
    try:
        admission = believed_admission(JointlySigned.from_bytes(data), trusted)
        if not admission.admitted_at <= now < admission.expires_at:
            raise InsynError("This admission is not in its time; nothing was changed.")
        _write(home.admission, data)
    except OSError as error:
        raise InsynError(f"The admission cannot be pinned: {error.strerror}; see {home.admission}.") from error
    return admission


def _pinned_keys(home: Home) -> TrustedKeys:
    try:
        return TrustedKeys.from_bytes(home.trust.read_bytes())
    except OSError as error:
        raise InsynError(f"The file of pinned keys {home.trust} cannot be read: {error.strerror}.") from error
    except Malformed as error:
        raise InsynError(f"The file {home.trust} is no file of pinned keys. {error}") from error


def pin_issuers(home: Home, data: bytes, now: datetime) -> IssuerList:
    """P1: believe this list of issuers here. It bears two organisations' signatures, holds now, and is not older.

    Raises:
        InsynError: it is older than the one that lies here, not in its time, or cannot be written.
        ContractError: it is none, or two different pinned organisations did not sign it.
    """
    trusted = _pinned_keys(home)
    try:
        listed = believing(trusted, data).issuers
        before = believing(trusted, home.issuers.read_bytes()).issuers if home.issuers.exists() else None
        if listed is None or not listed.issued_at <= now < listed.expires_at:
            raise InsynError("This list of issuers is not in its time; nothing was changed.")
        if before is not None and listed.version <= before.version and listed != before:
            raise InsynError(f"Version {before.version} lies here already; an older list is not believed.")
        _write(home.issuers, data)
    except OSError as error:
        raise InsynError(f"The list cannot be pinned: {error.strerror}; see {home.issuers}.") from error
    return listed
