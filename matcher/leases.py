"""The leases that a site's matcher holds, and their end.

A lease is believed only after `contracts.authorisation.verify` and `matcher.gallery.open_gallery` have both said yes.
What governance's latest answer for a camera no longer contains has ended at once; what is not renewed ends by its own
clocks. At an end the templates are overwritten, and the process is to end too (architecture.md, invariant 2).
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final

from contracts.admission import Profile
from contracts.authorisation import (
    AuthorisationRefused,
    LeaseAsk,
    RefusalReason,
    UnverifiedAuthorisation,
    VerifiedAuthorisation,
    verify,
)
from contracts.clock import Moment
from contracts.lease_receipts import EndedLease, LeaseEnding, TakenLease
from contracts.lease_request import LeaseAnswer
from contracts.pdf_act import ReadsPdf, reads_no_pdf
from contracts.sealing import OpeningKey
from contracts.trust import TrustedKeys
from contracts.vocabulary import CameraId, DeploymentId, ReferenceId, SiteId, WarrantId
from matcher.gallery import Gallery, GalleryRefused, GalleryTerms, open_gallery, require_young
from matcher.gate import LentGallery
from matcher.keys import KeyRefused
from matcher.stopped import StoppedWarrants


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseTerms:
    """What leases are verified against at this site."""

    trusted: TrustedKeys
    site_id: SiteId
    profile: Profile
    """The model profile that is loaded here; what admits it lies beside the pinned keys (P4)."""
    dimensions: int
    opening: Callable[[], AbstractContextManager[OpeningKey]]
    stopped: StoppedWarrants
    """The warrants that their issuer took back, remembered across restarts."""
    reads_pdf: ReadsPdf = reads_no_pdf
    """Who reads warrants that courts sign as PDF: another process than this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLease:
    """One verified authorisation with its open gallery, and what the edge needs to verify it again."""

    ask: LeaseAsk
    unverified: UnverifiedAuthorisation
    permit: VerifiedAuthorisation
    """The live authority, which the gallery was opened under: an order to search a recording is never held here."""
    lent: LentGallery


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What became of one answer: the leases now held, the refusals by reason, the warrants that ended with it."""

    held: tuple[HeldLease, ...]
    refused: Counter[str]
    ended: tuple[WarrantId, ...]


_Held = dict[WarrantId, HeldLease]
_SETTLED: Final = 2.0
"""Seconds after which no comparison can be under way under a lease that was renewed."""
_NOTHING: Final[_Held] = {}


@dataclass(slots=True)
class LeaseBook:
    """All leases of one site. Safe to use from several threads."""

    terms: LeaseTerms
    _by_camera: dict[CameraId, _Held] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: bool = False
    _over: list[tuple[HeldLease, LeaseEnding, Moment]] = field(default_factory=list)
    _taken: list[TakenLease] = field(default_factory=list)

    def accept(self, camera_id: CameraId, ask: LeaseAsk, answer: LeaseAnswer, at: Moment) -> Acceptance:
        """Verify an answer and let it replace all that was held for this camera; what it does not renew is overwritten.

        `at` is the moment of the call: an answer that came too late authorises nothing. Whoever passes the camera is
        compared with all of its lists, so what the model profile is admitted for bounds all of them together (P4).
        """
        self.terms.stopped.take(answer.stops, at.now)
        before = self._of(camera_id)
        renewed: _Held = {}
        refused: Counter[str] = Counter()
        for unverified, bundle in answer.authorisations:
            try:
                beside = sum(held.permit.lease.person_count for held in renewed.values())
                permit = self._verified(camera_id, ask, unverified, at, beside=beside)
                if permit.warrant_id in renewed:
                    refused["twice"] += 1
                    continue
                previous = before.get(permit.warrant_id)
                gallery = _kept_open(previous, permit, at) or self._opened(permit, bundle, at)
            except (AuthorisationRefused, GalleryRefused) as refusal:
                refused[refusal.reason.value] += 1
            except KeyRefused:
                refused["opening-key"] += 1
            else:
                lent = LentGallery(permit=permit, gallery=gallery)
                renewed[permit.warrant_id] = HeldLease(ask=ask, unverified=unverified, permit=permit, lent=lent)
        ended = self._replace(camera_id, before, renewed, at)
        elsewhere = (warrant_id for _, warrant_id in self._end_stopped(at))
        ended = tuple(sorted({*ended, *elsewhere}))
        return Acceptance(held=tuple(renewed.values()), refused=refused, ended=ended)

    def live(self, camera_id: CameraId, at: Moment) -> list[HeldLease]:
        """Return the leases that authorise this camera at this moment; none means no."""
        return [
            held
            for held in self._of(camera_id).values()
            if held.permit.standing(camera_id, at).live and not held.lent.gallery.wiped
        ]

    def end_expired(self, at: Moment) -> list[tuple[CameraId, WarrantId]]:
        """Overwrite the galleries of all leases that are over; return whose they were."""
        over = [
            (camera_id, warrant_id, held)
            for camera_id, warrant_id, held in self._all()
            if not held.permit.standing(camera_id, at).live
        ]
        return self._end(over, LeaseEnding.EXPIRED, at)

    def _end_stopped(self, at: Moment) -> list[tuple[CameraId, WarrantId]]:
        """A8: overwrite the galleries of what its issuer took back, at every camera."""
        over = [one for one in self._all() if self._is_stopped(one[2].permit)]
        return self._end(over, LeaseEnding.STOPPED, at)

    def _is_stopped(self, permit: VerifiedAuthorisation) -> bool:
        return self.terms.stopped.holds(permit.lease.warrant_sha256, permit.warrant.issuer)

    def _end(
        self, over: list[tuple[CameraId, WarrantId, HeldLease]], ending: LeaseEnding, at: Moment
    ) -> list[tuple[CameraId, WarrantId]]:
        for camera_id, warrant_id, held in over:
            held.lent.gallery.wipe()
            with self._lock:
                current = self._by_camera.get(camera_id, _NOTHING)
                if current.get(warrant_id) is held:
                    del current[warrant_id]
                    self._over.append((held, ending, at))
        return [(camera_id, warrant_id) for camera_id, warrant_id, _ in over]

    def stop(self, camera_id: CameraId, deployment_id: DeploymentId, at: Moment) -> list[tuple[CameraId, WarrantId]]:
        """Overwrite the galleries that one deployment has lent to one camera; return whose they were."""
        named = [
            (warrant_id, held)
            for warrant_id, held in self._of(camera_id).items()
            if held.permit.lease.deployment_id == deployment_id
        ]
        for warrant_id, held in named:
            held.lent.gallery.wipe()
            with self._lock:
                current = self._by_camera.get(camera_id, _NOTHING)
                if current.get(warrant_id) is held:
                    del current[warrant_id]
                    self._over.append((held, LeaseEnding.STOPPED, at))
        return [(camera_id, warrant_id) for warrant_id, _ in named]

    def close(
        self, ending: LeaseEnding = LeaseEnding.CLOSED, at: Moment | None = None
    ) -> list[tuple[CameraId, WarrantId]]:
        """Overwrite everything and accept nothing more; return whose it was."""
        with self._lock:
            self._closed = True
        for _, _, held in self._all():
            held.lent.gallery.wipe()
        with self._lock:
            if at is not None:
                self._over += [(held, ending, at) for leases in self._by_camera.values() for held in leases.values()]
            gone = [(camera_id, warrant_id) for camera_id, held in self._by_camera.items() for warrant_id in held]
            self._by_camera.clear()
        return gone

    def receipts(self, at: Moment, *, final: bool = False) -> tuple[tuple[TakenLease, ...], tuple[EndedLease, ...]]:
        """Return what was taken and what ended since the last call.

        Where a renewal goes on with the same gallery, a comparison may still be under way under the lease before: its
        receipt waits a moment, unless this is the last call.
        """
        with self._lock:
            taken, self._taken = self._taken, []
            over, self._over = self._over, []
            self._over = [
                one for one in over if not (final or one[0].lent.gallery.wiped or at.boot - one[2].boot >= _SETTLED)
            ]
            settled = [one for one in over if one not in self._over]
        return tuple(taken), tuple(_receipt(*one) for one in settled)

    def wanted(self) -> frozenset[ReferenceId]:
        """Return the references of all lists that are leased at this site, at whichever camera."""
        return frozenset(entry.reference_id for _, _, held in self._all() for entry in held.lent.gallery.entries)

    def held_count(self) -> int:
        """Return how many leases are held."""
        return sum(1 for _ in self._all())

    def templates_locked(self) -> bool | None:
        """Say whether all templates are kept out of swap; None where none are held."""
        galleries = [held.lent.gallery for _, _, held in self._all()]
        return all(gallery.locked for gallery in galleries) if galleries else None

    def _of(self, camera_id: CameraId) -> _Held:
        with self._lock:
            return dict(self._by_camera.get(camera_id, _NOTHING))

    def _all(self) -> Iterator[tuple[CameraId, WarrantId, HeldLease]]:
        with self._lock:
            every = [
                (camera_id, warrant_id, held)
                for camera_id, by_warrant in self._by_camera.items()
                for warrant_id, held in by_warrant.items()
            ]
        return iter(every)

    def _verified(
        self, camera_id: CameraId, ask: LeaseAsk, unverified: UnverifiedAuthorisation, at: Moment, *, beside: int
    ) -> VerifiedAuthorisation:
        trusted, site_id = self.terms.trusted, self.terms.site_id
        permit = verify(
            unverified,
            trusted=trusted,
            site_id=site_id,
            camera_id=camera_id,
            profile=self.terms.profile,
            ask=ask,
            at=at,
            beside=beside,
            reads_pdf=self.terms.reads_pdf,
        )
        if self._is_stopped(permit):
            raise AuthorisationRefused(RefusalReason.STOPPED, "The issuer took this warrant back (law.md A8).")
        return permit

    def _opened(self, permit: VerifiedAuthorisation, bundle: bytes, at: Moment) -> Gallery:
        terms = GalleryTerms(
            permit=permit,
            trusted=self.terms.trusted,
            profile_sha256=self.terms.profile.profile_sha256,
            dimensions=self.terms.dimensions,
        )
        with self.terms.opening() as opening:
            return open_gallery(bundle, terms, opening, at)

    def _replace(self, camera_id: CameraId, before: _Held, renewed: _Held, at: Moment) -> tuple[WarrantId, ...]:
        with self._lock:
            closed = self._closed
            current = self._by_camera.get(camera_id, _NOTHING)
            self._over += [
                (held, LeaseEnding.RENEWED if warrant_id in renewed else LeaseEnding.WITHDRAWN, at)
                for warrant_id, held in current.items()
            ]
            self._by_camera[camera_id] = {} if closed else dict(renewed)
            self._taken += [] if closed else [_taken(held) for held in renewed.values()]
        kept = [] if closed else [held.lent.gallery for held in renewed.values()]
        gone = [*before.items(), *(renewed.items() if closed else ())]
        for _, held in gone:
            if not any(held.lent.gallery is gallery for gallery in kept):
                held.lent.gallery.wipe()
        return tuple(sorted(before.keys() - renewed.keys()))


def _taken(held: HeldLease) -> TakenLease:
    return TakenLease(lease_id=held.permit.lease.lease_id, lease_sha256=held.unverified.lease.sha256)


def _receipt(held: HeldLease, ending: LeaseEnding, at: Moment) -> EndedLease:
    tally = held.lent.tally
    return EndedLease(
        lease_id=held.permit.lease.lease_id,
        ending=ending,
        ended_at=at.now,
        comparisons=tally.comparisons,
        last_compared_at=tally.last,
    )


def _kept_open(previous: HeldLease | None, permit: VerifiedAuthorisation, at: Moment) -> Gallery | None:
    """Return the gallery that is open already, where the new lease names the very same one for the same warrant."""
    if previous is None or previous.lent.gallery.wiped:
        return None
    old, new = previous.permit.lease, permit.lease
    same = (old.gallery_sha256, old.warrant_sha256, old.person_count, old.profile_sha256, old.deployment_id) == (
        new.gallery_sha256,
        new.warrant_sha256,
        new.person_count,
        new.profile_sha256,
        new.deployment_id,
    )
    if not same:
        return None
    require_young(previous.lent.gallery.built_at, at)
    return previous.lent.gallery
