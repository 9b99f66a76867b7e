"""What is signed about seeded volunteers: consent, its end, that a site is closed, when one was seen (C11, C16).

Volunteers let themselves be looked for, so that it is measured live how many are found. Their trustee holds a key of
its own, which is nobody else's (`TrustedRole.VOLUNTEERS`), and the papers that they signed by hand: no name stands in
any record here. Who they say they are (sex, age, skin) goes to no site; governance alone counts by it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from contracts.canonical import decode, encode
from contracts.errors import Malformed
from contracts.fields import Fields, format_instant
from contracts.vocabulary import CameraId, ReferenceId, SiteId, VolunteerId

CONSENT_LIMIT: Final = timedelta(days=30)
"""C11, design: no consent holds longer; who wants to go on is asked again."""
CLOSURE_LIMIT: Final = timedelta(hours=24)
"""C16, design: a site is declared closed for a day at most."""
MOST_SIGHTINGS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerConsent:
    """One volunteer, of age, consented to be looked for in one run, `[given_at, until)`. Signed by their trustee.

    `text_sha256` is the text that they were given to read, `paper_sha256` the paper that they signed by hand,
    `photograph_sha256` the one picture of them that is used. A consent is for its run and for no other.
    """

    run_id: str
    volunteer_id: VolunteerId
    reference_id: ReferenceId
    photograph_sha256: str
    text_sha256: str
    paper_sha256: str
    of_age: bool
    given_at: datetime
    until: datetime

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the trustee signs."""
        return encode(
            {
                "given_at": format_instant(self.given_at),
                "kind": "insyn/volunteer-consent/1",
                "of_age": self.of_age,
                "paper_sha256": self.paper_sha256,
                "photograph_sha256": self.photograph_sha256,
                "reference_id": self.reference_id,
                "run_id": self.run_id,
                "text_sha256": self.text_sha256,
                "until": format_instant(self.until),
                "volunteer_id": self.volunteer_id,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "VolunteerConsent":
        """Read a consent. That of a child is none, nor is one for longer than `CONSENT_LIMIT`.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "volunteer's consent")
        fields.kind("insyn/volunteer-consent/1")
        consent = cls(
            run_id=fields.identifier("run_id"),
            volunteer_id=VolunteerId(fields.identifier("volunteer_id")),
            reference_id=ReferenceId(fields.identifier("reference_id")),
            photograph_sha256=fields.sha256("photograph_sha256"),
            text_sha256=fields.sha256("text_sha256"),
            paper_sha256=fields.sha256("paper_sha256"),
            of_age=fields.boolean("of_age"),
            given_at=fields.instant("given_at"),
            until=fields.instant("until"),
        )
        fields.end()
        if not consent.of_age:
            raise Malformed("A child is no volunteer: the consent of somebody who is not of age is none.")
        if not timedelta(0) < consent.until - consent.given_at <= CONSENT_LIMIT:
            raise Malformed("A volunteer's consent begins before it ends, and holds for at most 30 days.")
        return consent


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawal:
    """A volunteer withdrew: from now on nobody looks for them. The trustee signs it, or governance; either suffices."""

    run_id: str
    volunteer_id: VolunteerId
    withdrawn_at: datetime

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that are signed."""
        return encode(
            {
                "kind": "insyn/consent-withdrawal/1",
                "run_id": self.run_id,
                "volunteer_id": self.volunteer_id,
                "withdrawn_at": format_instant(self.withdrawn_at),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "ConsentWithdrawal":
        """Read a withdrawal.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "withdrawal of a consent")
        fields.kind("insyn/consent-withdrawal/1")
        withdrawal = cls(
            run_id=fields.identifier("run_id"),
            volunteer_id=VolunteerId(fields.identifier("volunteer_id")),
            withdrawn_at=fields.instant("withdrawn_at"),
        )
        fields.end()
        return withdrawal


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteClosure:
    """The region declares that nobody passes these cameras but who consented, `[closed_from, closed_until)`.

    Staff who did not consent are kept out too, as the public is.
    """

    site_id: SiteId
    cameras: tuple[CameraId, ...]
    closed_from: datetime
    closed_until: datetime

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the region signs."""
        return encode(
            {
                "cameras": list(self.cameras),
                "closed_from": format_instant(self.closed_from),
                "closed_until": format_instant(self.closed_until),
                "kind": "insyn/site-closure/1",
                "site_id": self.site_id,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "SiteClosure":
        """Read a declaration. One for longer than `CLOSURE_LIMIT`, or of no camera, is none.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "declaration that a site is closed")
        fields.kind("insyn/site-closure/1")
        closure = cls(
            site_id=SiteId(fields.identifier("site_id")),
            cameras=fields.items("cameras", camera_id),
            closed_from=fields.instant("closed_from"),
            closed_until=fields.instant("closed_until"),
        )
        fields.end()
        require_each_once(closure.cameras, "cameras")
        if not timedelta(0) < closure.closed_until - closure.closed_from <= CLOSURE_LIMIT:
            raise Malformed("A site is declared closed from a time until a later one, for at most 24 hours.")
        return closure


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """The volunteers' list reached its threshold for this volunteer at this moment. No score, and no picture."""

    volunteer_id: VolunteerId
    seen_at: datetime

    def to_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return {"seen_at": format_instant(self.seen_at), "volunteer_id": self.volunteer_id}

    @classmethod
    def from_json(cls, value: object) -> "Sighting":
        """Read one.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(value, "sighting")
        sighting = cls(volunteer_id=VolunteerId(fields.identifier("volunteer_id")), seen_at=fields.instant("seen_at"))
        fields.end()
        return sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerSightings:
    """What one camera saw of a run since it said so last, signed by the site: the only thing that leaves it.

    Somebody else may have been taken for a volunteer: governance keeps what was announced, and of the rest a number.
    """

    run_id: str
    site_id: SiteId
    camera_id: CameraId
    nonce: str
    told_at: datetime
    sightings: tuple[Sighting, ...]

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the site signs."""
        return encode(
            {
                "camera_id": self.camera_id,
                "kind": "insyn/volunteer-sightings/1",
                "nonce": self.nonce,
                "run_id": self.run_id,
                "sightings": [one.to_json() for one in self.sightings],
                "site_id": self.site_id,
                "told_at": format_instant(self.told_at),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "VolunteerSightings":
        """Read what a camera saw.

        Raises:
            Malformed: it is not that, or tells of what is still to come.
        """
        fields = Fields(decode(data), "record of sightings")
        fields.kind("insyn/volunteer-sightings/1")
        told = cls(
            run_id=fields.identifier("run_id"),
            site_id=SiteId(fields.identifier("site_id")),
            camera_id=CameraId(fields.identifier("camera_id")),
            nonce=fields.sha256("nonce"),
            told_at=fields.instant("told_at"),
            sightings=fields.items("sightings", Sighting.from_json),
        )
        fields.end()
        if len(told.sightings) > MOST_SIGHTINGS or any(one.seen_at > told.told_at for one in told.sightings):
            raise Malformed("A record of sightings tells of at most 1000, and of none that is still to come.")
        return told


def camera_id(value: object) -> CameraId:
    """Read the id of one camera of a list.

    Raises:
        Malformed: it is none.
    """
    return CameraId(Fields({"camera": value}, "list of cameras").identifier("camera"))


def require_each_once(named: tuple[str, ...], what: str) -> None:
    """See that a list names something, and nothing twice.

    Raises:
        Malformed: it does not.
    """
    if not named or len(set(named)) != len(named):
        raise Malformed(f"At least one is named of the {what}, and none of them twice.")
