"""The legal profile in use, and the lawyer's attestation: files beside the pinned keys, carried there by people."""

import os
from pathlib import Path

from contracts.canonical import decode
from contracts.errors import ContractError
from contracts.joint_signature import JointlySigned, signed_by_two
from contracts.legal_attestation import FILE_NAME, PROFILE_FILE_NAME, LegalAttestation
from contracts.model_profile import ProfileClass
from contracts.signature import Purpose, Signed, verified
from contracts.trust import TrustedKeys, TrustedRole
from governance.application.errors import StorageFailed
from governance.domain.legal_profile import SWEDEN_2026, LegalProfile
from governance.domain.legal_profile_file import ProfileRefused, read_profile
from governance.domain.operation import Attested


def read_legal_profile(trust: Path, trusted: TrustedKeys, *, demo: bool) -> LegalProfile:
    """A1, A2: return the profile file that two pinned organisations signed; the default profile where there is none.

    Taking the file away brings back the built-in profile, which then is a DRAFT: the attestation names another.

    Raises:
        StorageFailed: it cannot be read, two organisations did not sign it, or it widens anything.
    """
    content = _read(trust.with_name(PROFILE_FILE_NAME))
    if content is None:
        return SWEDEN_2026
    try:
        payload, use = signed_by_two(JointlySigned.from_bytes(content), Purpose.LEGAL_PROFILE, trusted)
        profile = read_profile(payload)
    except (ContractError, ProfileRefused) as error:
        raise StorageFailed(f"The legal profile {PROFILE_FILE_NAME} cannot be used. {error}") from error
    if use is not ProfileClass.OPERATIONAL and not demo:
        raise StorageFailed("The legal profile is signed with DEMO keys, and this installation is no demonstration.")
    return profile


def read_attestation(trust: Path, trusted: TrustedKeys, *, demo: bool) -> Attested | None:
    """law.md 0.1: return what a lawyer attested whose key is pinned here; nothing where there is no such file.

    Raises:
        StorageFailed: the file cannot be read, no pinned lawyer signed it, or one with a DEMO key did so elsewhere.
    """
    content = _read(trust.with_name(FILE_NAME))
    if content is None:
        return None
    try:
        signed = Signed.from_json(decode(content))
        said = LegalAttestation.from_bytes(verified(signed, Purpose.LEGAL_ATTESTATION, trusted.of(TrustedRole.LAWYER)))
    except ContractError as error:
        raise StorageFailed(f"The lawyer's attestation {FILE_NAME} cannot be used. {error}") from error
    lawyer = trusted.find(TrustedRole.LAWYER, signed.key)
    if lawyer is None or (lawyer.demo and not demo):
        raise StorageFailed("The attestation is signed with a DEMO key, and this installation is no demonstration.")
    return Attested(profile_sha256=said.profile_sha256, controller=said.controller, attested_at=said.attested_at)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageFailed(f"The file {os.fspath(path)} cannot be read: {error.strerror}.") from error
