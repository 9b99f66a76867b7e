"""What everybody may read, taken from the database once a day: so asking often costs nothing, and shows no moment.

It holds the register of cameras, what was published, and which model profile was announced when. Whether a camera was
matching is answered from what was published alone; what runs is not in here (C15).
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from governance.application.governance import Governance
from governance.application.publish_records import untold_since
from governance.application.site_register import PublicCamera, public_register
from governance.domain.admissions import AcceptedAdmission
from governance.domain.identifiers import CameraId
from governance.domain.legal_profile import LegalProfile
from governance.domain.model_announcements import ModelAnnouncement
from governance.domain.public_answers import PublicAnswer, public_answer
from governance.domain.publications import Publication, PublicationKind, kept_since
from governance.domain.retention import RETENTION, DataClass

_NONE: Final[frozenset[date]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicRecords:
    """What the public page is made of. From `untold_since` on, a deployment was not published when it was taken."""

    taken_at: datetime
    cameras: tuple[PublicCamera, ...]
    published: tuple[Publication, ...]
    models: tuple[ModelAnnouncement, ...]
    admissions: tuple[AcceptedAdmission, ...]
    untold_since: date | None
    legal: LegalProfile
    demo: bool

    def was_matching(self, camera_id: str, day: date) -> PublicAnswer:
        """C15: say whether a camera could compare on a legal day, as far as that may be told."""
        return public_answer(
            self._days().get(CameraId(camera_id), _NONE),
            day,
            self.legal,
            untold_since=self.untold_since,
            kept_since=kept_since(RETENTION[DataClass.REGISTER].length, self.legal, now=self.taken_at),
            now=self.taken_at,
        )

    def find(self, publication_id: str) -> Publication | None:
        """Return one published record, or nothing."""
        return next((one for one in self.published if one.publication_id == publication_id), None)

    def records_of(self, camera_id: str, day: date) -> tuple[Publication, ...]:
        """C15: return the published records of the deployments in which a camera could compare on a day."""
        return tuple(one for one in self.deployments if day.isoformat() in one.days_by_camera.get(camera_id, ()))

    @property
    def deployments(self) -> tuple[Publication, ...]:
        """The published records of deployments."""
        return tuple(one for one in self.published if one.kind is PublicationKind.DEPLOYMENT)

    def _days(self) -> Mapping[CameraId, frozenset[date]]:
        found: dict[CameraId, frozenset[date]] = {}
        for one in self.deployments:
            for camera, days in one.days_by_camera.items():
                found[CameraId(camera)] = found.get(CameraId(camera), _NONE) | set(map(date.fromisoformat, days))
        return found


def public_records(governance: Governance) -> PublicRecords:
    """C15: return what everybody may read, as it stands now."""
    cameras = public_register(governance)
    with governance.database.transaction() as tx:
        return PublicRecords(
            taken_at=governance.clock.now(),
            cameras=cameras,
            published=tx.publications.where(),
            models=tx.model_announcements.where(),
            admissions=tx.admissions.where(),
            untold_since=untold_since(governance, tx),
            legal=governance.legal,
            demo=governance.demo,
        )


class DailyRecords:
    """What everybody may read, as first taken on the current UTC day. Safe to be used by many threads."""

    def __init__(self, governance: Governance) -> None:
        self._governance = governance
        self._taken: PublicRecords | None = None
        self._lock = threading.Lock()

    def of_today(self) -> PublicRecords:
        """Return the day's records; take them where none were taken yet.

        Raises:
            StorageFailed: the database does not answer, and there are none of today.
        """
        today = self._governance.clock.now().date()
        with self._lock:
            if self._taken is None or self._taken.taken_at.date() != today:
                self._taken = public_records(self._governance)
            return self._taken
