"""Taking in a signed admission: after this, and only after this, a model profile above DEMO may be used here."""

from dataclasses import replace

from contracts.admission import ProfileAdmission
from contracts.errors import SignatureRefused
from contracts.joint_signature import JointlySigned
from contracts.signature import Purpose, verified
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole

_SIGNERS = (TrustedRole.EVALUATOR, TrustedRole.MODEL_OFFICER)


def admitting(trusted: TrustedKeys, data: bytes) -> TrustedKeys:
    """P4: return the pinned keys with the admission of this file, which an evaluator and a model officer signed.

    Whether it speaks for the profile in use, and is in its time, is asked at each use.

    Raises:
        Malformed: the file is none.
        SignatureRefused: either signature is missing or wrong, or of keys that are not for what it admits.
    """
    admission = believed_admission(JointlySigned.from_bytes(data), trusted)
    return replace(trusted, admission=admission, admission_file=data)


def believed_admission(joint: JointlySigned, trusted: TrustedKeys) -> ProfileAdmission:
    """P4, C10: return the admission if both roles signed it, each with a key of another holder, for its very class.

    Who measured does not answer for the authority, and the authority does not measure for itself: one key, or one
    holder with two, is one of them. A wrong signature refuses the whole.

    Raises:
        Malformed: it is none.
        SignatureRefused: one of the two is missing or wrong, or their keys are for another kind of use.
    """
    signers = [_signer(joint, trusted, role) for role in _SIGNERS]
    if len({key.id for key in signers}) < len(_SIGNERS) or len({key.name for key in signers}) < len(_SIGNERS):
        raise SignatureRefused("An evaluator and a model officer sign an admission: two keys of two holders.")
    admission = ProfileAdmission.from_bytes(joint.payload)
    if {key.use for key in signers} != {admission.profile_class}:
        raise SignatureRefused(
            f"Only keys that are for {admission.profile_class.value} use admit a profile of that class."
        )
    return admission


def _signer(joint: JointlySigned, trusted: TrustedKeys, role: TrustedRole) -> PinnedKey:
    """Return whose signature of this role the record bears, verified."""
    keys = trusted.of(role)
    known = [one for one in joint.signatures if one.key in keys]
    for one in known:
        verified(one, Purpose.PROFILE_ADMISSION, keys)
    signers = [key for one in known if (key := trusted.find(role, one.key)) is not None]
    if not signers:
        raise SignatureRefused(f"This admission lacks the signature of a pinned key of the role {role.value}.")
    return signers[0]
