"""Announce the model profile that governance was started with, where it is another than before (C6)."""

from contracts.canonical import decode
from contracts.errors import ContractError
from governance.application.errors import StorageFailed
from governance.application.governance import Governance
from governance.domain.events import Event
from governance.domain.model_announcements import ModelAnnouncement, must_be_announced, newest, usable_from
from governance.domain.retention import DataClass, expiry


def announce_model(governance: Governance) -> bool:
    """C6: enter and make public which profile is used from when; return whether there was anything to announce.

    Raises:
        StorageFailed: log or database could not be written, or the profile names no threshold; nothing starts then.
    """
    threshold = _threshold(governance.profile)
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        announced = tx.model_announcements.where()
        if not must_be_announced(announced, governance.profile_sha256):
            return False
        last = newest(announced)
        tx.model_announcements.add(
            ModelAnnouncement(
                number=1 if last is None else last.number + 1,
                profile_sha256=governance.profile_sha256,
                threshold=threshold,
                usable_from=usable_from(announced, governance.legal, now=now),
                created_at=now,
                expires_at=expiry(DataClass.REGISTER, created_at=now),
            )
        )
        tx.log.append(Event.MODEL_ANNOUNCE, {"profile": governance.profile_sha256})
        tx.commit()
    return True


def _threshold(profile: bytes | None) -> float | None:
    """Return the threshold of a profile, where the installation names the profile itself beside its hash."""
    if profile is None:
        return None
    try:
        return float(decode(profile)["comparison"]["threshold"])
    except (ContractError, KeyError, TypeError, ValueError) as error:
        raise StorageFailed("The model profile that is named here has no threshold that can be read.") from error
