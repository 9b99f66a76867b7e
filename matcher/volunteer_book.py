"""The volunteers' runs that a site's matcher holds, beside its leases and never among them (law.md C11, C16).

A run is believed only after `verify_volunteer_run` and `open_volunteer_gallery` have both said yes. It is looked at
only while all that it rests on holds: its lease, a closed site or the warrant that is lent to this camera, and that
nobody on it is looked for under any warrant of this site. What governance's latest answer no longer contains has ended
at once. At an end the templates are overwritten, and the process is to end too, as at the end of a lease.
"""

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from contracts.authorisation import VerifiedAuthorisation
from contracts.clock import Moment
from contracts.granted import LeaseAsk
from contracts.lease_request import LeaseAnswer
from contracts.lent_run import UnverifiedVolunteerRun
from contracts.refusals import AuthorisationRefused
from contracts.vocabulary import CameraId
from contracts.volunteer_run import RunMode, VerifiedVolunteerRun, verify_volunteer_run
from matcher.gallery import GalleryRefused, require_young
from matcher.keys import KeyRefused
from matcher.leases import LeaseBook
from matcher.volunteer_gallery import VolunteerTemplates, VolunteerTerms, open_volunteer_gallery
from matcher.volunteer_gate import LentRun


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRun:
    """One verified run with its open list, and what the edge needs to verify it again."""

    ask: LeaseAsk
    unverified: UnverifiedVolunteerRun
    lent: LentRun

    @property
    def run(self) -> VerifiedVolunteerRun:
        """The authority that the list was opened under."""
        return self.lent.run

    @property
    def is_alone(self) -> bool:
        """Whether it rests on a closed site, so that an edge worker looks under it without a warrant."""
        return self.run.run.mode is RunMode.CLOSED_SITE


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAcceptance:
    """What became of the runs of one answer: those now held, the refusals by reason, the ids of those that ended."""

    held: tuple[HeldRun, ...]
    refused: Counter[str]
    ended: tuple[str, ...]


_Held = dict[str, HeldRun]
_NOTHING: Final[_Held] = {}


@dataclass(slots=True)
class VolunteerBook:
    """All runs that are lent to one site. Safe to use from several threads."""

    leases: LeaseBook
    _by_camera: dict[CameraId, _Held] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: bool = False

    def accept(self, camera_id: CameraId, ask: LeaseAsk, answer: LeaseAnswer, at: Moment) -> RunAcceptance:
        """Verify the runs of an answer and let them replace all that was held for this camera.

        The leases of the same answer are to be accepted first: a run may rest on one of them.
        """
        before = self._of(camera_id)
        renewed: _Held = {}
        refused: Counter[str] = Counter()
        for unverified, bundle in answer.runs:
            try:
                beside = sum(len(held.run.volunteers) for held in renewed.values())
                run = self._verified(camera_id, ask, unverified, at, beside=beside)
                if run.run.run_id in renewed:
                    refused["twice"] += 1
                    continue
                templates = _kept_open(before.get(run.run.run_id), run, at) or self._opened(run, bundle, at)
            except (AuthorisationRefused, GalleryRefused) as refusal:
                refused[refusal.reason.value] += 1
            except KeyRefused:
                refused["opening-key"] += 1
            else:
                lent = LentRun(run=run, templates=templates)
                renewed[run.run.run_id] = HeldRun(ask=ask, unverified=unverified, lent=lent)
        held = self._replace(camera_id, before, renewed)
        ended = tuple(sorted(before.keys() - renewed.keys()))
        return RunAcceptance(held=tuple(held.values()), refused=refused, ended=ended)

    def live(self, camera_id: CameraId, at: Moment) -> list[HeldRun]:
        """Return the runs that authorise this camera at this moment; none means no."""
        return [held for held in self._of(camera_id).values() if self._stands(camera_id, held, at)]

    def is_lent(self, camera_id: CameraId, run_id: str, at: Moment) -> bool:
        """Say whether a run authorises this camera at this moment."""
        return any(held.run.run.run_id == run_id for held in self.live(camera_id, at))

    def end_over(self, at: Moment) -> list[tuple[CameraId, str]]:
        """Overwrite the lists of all runs that are over, or that do not rest on anything any more; return whose."""
        over = [one for one in self._all() if not self._stands(one[0], one[1], at)]
        return [self._end(camera_id, held) for camera_id, held in over]

    def stop(self, camera_id: CameraId, run_id: str, lease_id: str) -> list[tuple[CameraId, str]]:
        """Overwrite the list that this lease of a run has lent to one camera; return whose it was.

        A lease that was issued after the one named, and knows why that was stopped, goes on.
        """
        held = self._of(camera_id).get(run_id)
        if held is None or held.run.lease.lease_id != lease_id:
            return []
        return [self._end(camera_id, held)]

    def close(self) -> list[tuple[CameraId, str]]:
        """Overwrite everything and accept nothing more; return whose it was."""
        with self._lock:
            self._closed = True
        return [self._end(camera_id, held) for camera_id, held in self._all()]

    def held_count(self) -> int:
        """Return how many runs are held."""
        return len(self._all())

    def templates_locked(self) -> bool | None:
        """Say whether all templates are kept out of swap; None where none are held."""
        every = [held.lent.templates for _, held in self._all()]
        return all(templates.locked for templates in every) if every else None

    def _of(self, camera_id: CameraId) -> _Held:
        with self._lock:
            return dict(self._by_camera.get(camera_id, _NOTHING))

    def _all(self) -> list[tuple[CameraId, HeldRun]]:
        with self._lock:
            return [(camera_id, held) for camera_id, runs in self._by_camera.items() for held in runs.values()]

    def _stands(self, camera_id: CameraId, held: HeldRun, at: Moment) -> bool:
        """C16: it is live, what it rests on is, and nobody on it is looked for under a warrant."""
        run = held.run
        if not run.standing(camera_id, at).live or held.lent.templates.wiped:
            return False
        if self.leases.wanted().intersection(run.references):
            return False
        rests_on = run.run.rests_on_sha256
        lent = self._permits(camera_id, at)
        return held.is_alone or any(permit.lease.warrant_sha256 == rests_on for permit in lent)

    def _permits(self, camera_id: CameraId, at: Moment) -> list[VerifiedAuthorisation]:
        """Return the warrants that are lent to this camera now."""
        return [held.permit for held in self.leases.live(camera_id, at)]

    def _verified(
        self, camera_id: CameraId, ask: LeaseAsk, unverified: UnverifiedVolunteerRun, at: Moment, *, beside: int
    ) -> VerifiedVolunteerRun:
        terms = self.leases.terms
        return verify_volunteer_run(
            unverified,
            lent=self._permits(camera_id, at),
            wanted=self.leases.wanted(),
            trusted=terms.trusted,
            site_id=terms.site_id,
            camera_id=camera_id,
            profile=terms.profile,
            ask=ask,
            at=at,
            beside=beside,
        )

    def _opened(self, run: VerifiedVolunteerRun, bundle: bytes, at: Moment) -> VolunteerTemplates:
        terms = VolunteerTerms(
            run=run,
            trusted=self.leases.terms.trusted,
            profile_sha256=self.leases.terms.profile.profile_sha256,
            dimensions=self.leases.terms.dimensions,
        )
        with self.leases.terms.opening() as opening:
            return open_volunteer_gallery(bundle, terms, opening, at)

    def _replace(self, camera_id: CameraId, before: _Held, renewed: _Held) -> _Held:
        with self._lock:
            kept = {} if self._closed else renewed
            self._by_camera[camera_id] = dict(kept)
        templates = [held.lent.templates for held in kept.values()]
        for held in (*before.values(), *renewed.values()):
            if not any(held.lent.templates is one for one in templates):
                held.lent.templates.wipe()
        return kept

    def _end(self, camera_id: CameraId, held: HeldRun) -> tuple[CameraId, str]:
        held.lent.templates.wipe()
        run_id = held.run.run.run_id
        with self._lock:
            current = self._by_camera.get(camera_id, _NOTHING)
            if current.get(run_id) is held:
                del current[run_id]
        return camera_id, run_id


def _kept_open(previous: HeldRun | None, run: VerifiedVolunteerRun, at: Moment) -> VolunteerTemplates | None:
    """Return the list that is open already, where the new lease names the very same one for the same volunteers."""
    if previous is None or previous.lent.templates.wiped:
        return None
    old = previous.run
    same = (old.lease.gallery_sha256, old.lease.run_sha256) == (run.lease.gallery_sha256, run.lease.run_sha256)
    if not same or old.references != run.references:
        return None
    require_young(previous.lent.templates.built_at, at)
    return previous.lent.templates
