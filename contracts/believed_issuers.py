"""Taking in a signed list of issuers: after this, and only after this, somebody may issue warrants here."""

from dataclasses import replace

from contracts.errors import Malformed, SignatureRefused
from contracts.issuer_list import IssuerList
from contracts.joint_signature import JointlySigned, signed_by_two
from contracts.model_profile import ProfileClass
from contracts.trust import TrustedKeys


def believing(trusted: TrustedKeys, data: bytes) -> TrustedKeys:
    """P1: return the pinned keys with the issuers of this list, which two pinned organisations signed.

    Whether the list is in its time is asked at each use: it may end while a process runs.

    Raises:
        Malformed: the file is none, or lists a key that is pinned for something else.
        SignatureRefused: fewer than two organisations signed it, or it mixes DEMO with what is not.
    """
    joint = JointlySigned.from_bytes(data)
    # What it was signed as depends on what it is; nothing of it is believed before.
    issuers = IssuerList.from_bytes(joint.payload)
    _, use = signed_by_two(joint, issuers.purpose, trusted)
    demo = use is not ProfileClass.OPERATIONAL
    if ({issuer.demo for issuer in issuers.issuers} | {one.demo for one in issuers.certificates}) - {demo}:
        raise SignatureRefused("DEMO organisations list DEMO issuers, and others list none.")
    if {issuer.id for issuer in issuers.issuers} & {key.id for key in trusted.keys}:
        raise Malformed("The list of issuers names a key that is pinned here for something else.")
    return replace(trusted, issuers=issuers, issuers_use=use)


def listed_for(trusted: TrustedKeys, use: ProfileClass) -> TrustedKeys:
    """P4: return the pinned keys as they are believed for this use: a list that was signed for another is none."""
    return trusted if trusted.issuers_use in {None, use} else replace(trusted, issuers=None, issuers_use=None)
