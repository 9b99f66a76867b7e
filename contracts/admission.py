"""What admits a model profile: a signed evaluation of exactly that profile, with the envelope inside which it holds.

The evaluator signs what was measured, and an officer of the authority that it convinced the authority itself (law.md
P4, C10): two keys of two roles (`contracts.believed_admission`). Outside its envelope nothing runs: another profile, a
longer list, another class of camera, an age band that was not shown, a day after its end.

What may be admitted where is told by the pinned keys alone. A DEMO profile needs no evaluation, and runs under DEMO
keys and no others; a TRIAL profile under keys for trials too; an OPERATIONAL one anywhere, if it is admitted.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Never, Protocol

from contracts.canonical import decode, encode, sha256_hex
from contracts.errors import Malformed
from contracts.fields import Fields, format_instant
from contracts.model_profile import KIND as PROFILE_KIND
from contracts.model_profile import ComparisonRule, ProfileClass, ScoreKind
from contracts.vocabulary import CameraClass

KIND: Final = "insyn/profile-admission/v1"
FILE_NAME: Final = "profile-admission.json"
"""The admission, signed by both, lies under this name beside the file of pinned keys."""
LONGEST: Final = timedelta(days=366)
"""Evidence of more than twelve months ago admits nothing (evaluation.md 5.1, item 14)."""
_STRICTER: Final = (ProfileClass.DEMO, ProfileClass.TRIAL, ProfileClass.OPERATIONAL)


class GateVerdict(StrEnum):
    """What the gate's fifteen items come to together. The last two admit nothing."""

    PASSED = "PASS"
    FAILED = "FAIL"
    NOT_DEMONSTRATED = "NOT DEMONSTRATED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Inside what the verdict holds.

    `tested_list` is how many persons were enrolled in the test; `threshold` stands in the unit and direction of
    `score`, as in the profile. `age_bands` are those of a warrant's slots. `groups` are those that were shown, for
    people to read: nothing here sorts a passer-by into one. `passages_a_day` and `camera_hours_a_day` are of one site.
    `false_alarms` of the `people_searched` who were not on that list alarmed: use is compared with it afterwards.
    """

    tested_list: int
    score: ScoreKind
    threshold: float
    camera_classes: tuple[CameraClass, ...]
    age_bands: tuple[str, ...]
    groups: tuple[str, ...]
    passages_a_day: int
    camera_hours_a_day: int
    people_searched: int
    false_alarms: int

    @property
    def largest_list(self) -> int:
        """The longest list that the test speaks for: it was at least nine tenths as long (SP 800-63A-4, 3.11)."""
        return self.tested_list * 10 // 9

    def to_json(self) -> dict[str, object]:
        """Return the envelope as a JSON object."""
        return {
            "age_bands": list(self.age_bands),
            "camera_classes": [one.value for one in self.camera_classes],
            "camera_hours_a_day": self.camera_hours_a_day,
            "false_alarms": self.false_alarms,
            "groups": list(self.groups),
            "passages_a_day": self.passages_a_day,
            "people_searched": self.people_searched,
            "score": self.score.value,
            "tested_list": self.tested_list,
            "threshold": self.threshold,
        }

    @classmethod
    def from_json(cls, value: object) -> "Envelope":
        """Read an envelope.

        Raises:
            Malformed: it is none, its counts cannot be, or a list in it is not in its order or names something twice.
        """
        fields = Fields(value, "envelope")
        envelope = cls(
            tested_list=fields.integer("tested_list", minimum=1, maximum=1_000_000),
            score=fields.choice("score", ScoreKind),
            threshold=fields.number("threshold", minimum=-1, maximum=4),
            camera_classes=fields.items("camera_classes", _camera_class),
            age_bands=fields.items("age_bands", _identifier),
            groups=fields.items("groups", _text),
            passages_a_day=fields.integer("passages_a_day", minimum=1, maximum=1_000_000_000),
            camera_hours_a_day=fields.integer("camera_hours_a_day", minimum=1, maximum=1_000_000),
            people_searched=fields.integer("people_searched", minimum=1, maximum=1_000_000_000),
            false_alarms=fields.integer("false_alarms", minimum=0, maximum=1_000_000_000),
        )
        fields.end()
        if envelope.false_alarms > envelope.people_searched:
            raise Malformed("More people alarmed in this envelope than were searched for.")
        for listed in (envelope.camera_classes, envelope.age_bands, envelope.groups):
            if list(listed) != sorted(set(listed)):
                raise Malformed("A list of this envelope is not in alphabetical order, or names something twice.")
        return envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileAdmission:
    """One evaluation of one profile, and what it admits in `[admitted_at, expires_at)`.

    The hashes are of the signed file of scores, of the manifests of its data, and of the report: from the first two the
    gate can be computed again by whoever doubts the verdict.
    """

    admission_id: str
    profile_sha256: str
    profile_class: ProfileClass
    verdict: GateVerdict
    envelope: Envelope
    score_file_sha256: str
    manifest_sha256s: tuple[str, ...]
    report_sha256: str
    measured_on: date
    admitted_at: datetime
    expires_at: datetime

    @property
    def sha256(self) -> str:
        """The hash by which the log and other records name it."""
        return sha256_hex(self.to_bytes())

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that both sign."""
        return encode(
            {
                "admission_id": self.admission_id,
                "admitted_at": format_instant(self.admitted_at),
                "envelope": self.envelope.to_json(),
                "expires_at": format_instant(self.expires_at),
                "kind": KIND,
                "manifest_sha256s": list(self.manifest_sha256s),
                "measured_on": self.measured_on.isoformat(),
                "profile_class": self.profile_class.value,
                "profile_sha256": self.profile_sha256,
                "report_sha256": self.report_sha256,
                "score_file_sha256": self.score_file_sha256,
                "verdict": self.verdict.value,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "ProfileAdmission":
        """Read an admission.

        Raises:
            Malformed: it is none, names no data, ends before it begins, or more than twelve months after its measuring.
        """
        fields = Fields(decode(data), "profile admission")
        fields.kind(KIND)
        admission = cls(
            admission_id=fields.identifier("admission_id"),
            profile_sha256=fields.sha256("profile_sha256"),
            profile_class=fields.choice("profile_class", ProfileClass),
            verdict=fields.choice("verdict", GateVerdict),
            envelope=fields.record("envelope", Envelope.from_json),
            score_file_sha256=fields.sha256("score_file_sha256"),
            manifest_sha256s=fields.items("manifest_sha256s", _sha256),
            report_sha256=fields.sha256("report_sha256"),
            measured_on=fields.record("measured_on", _day),
            admitted_at=fields.instant("admitted_at"),
            expires_at=fields.instant("expires_at"),
        )
        fields.end()
        admission._require_substance()
        return admission

    def _require_substance(self) -> None:
        if not self.manifest_sha256s:
            raise Malformed("An admission names the manifests of the data that it rests on.")
        if not self.measured_on <= self.admitted_at.date() <= self.expires_at.date():
            raise Malformed("An admission is measured first, then begins, and ends after that.")
        if self.admitted_at >= self.expires_at:
            raise Malformed("An admission that ends before it begins admits nothing.")
        if self.expires_at.date() - self.measured_on > LONGEST:
            raise Malformed("An admission ends twelve months after its measuring at the latest.")


class Profile(Protocol):
    """What is asked of a model profile (`contracts.model_profile.ModelProfile`)."""

    @property
    def profile_sha256(self) -> str:
        """Its hash."""
        ...

    @property
    def profile_class(self) -> ProfileClass:
        """What it may be used for."""
        ...

    @property
    def comparison(self) -> ComparisonRule:
        """Its score and threshold."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFacts:
    """As much of a model profile as is asked here, of whoever loads no model."""

    profile_sha256: str
    profile_class: ProfileClass
    comparison: ComparisonRule

    @classmethod
    def from_canonical(cls, data: bytes) -> "ProfileFacts":
        """Read the facts off a profile's canonical bytes; their hash is the profile's.

        Raises:
            Malformed: the bytes are no profile's.
        """
        value = decode(data)
        if not isinstance(value, dict) or value.get("kind") != PROFILE_KIND:
            raise Malformed("These are not the canonical bytes of a model profile.")
        fields = Fields({"class": value.get("profile_class")}, "model profile")
        compared = Fields(value.get("comparison"), "model profile's comparison")
        return cls(
            profile_sha256=sha256_hex(data),
            profile_class=fields.choice("class", ProfileClass),
            comparison=ComparisonRule(
                score=compared.choice("score", ScoreKind),
                threshold=compared.number("threshold", minimum=-1, maximum=4),
                margin=compared.number("margin", minimum=0, maximum=2),
                quiet_time=timedelta(seconds=compared.number("quiet_time", minimum=0, maximum=3600)),
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileUse:
    """What a profile would be used for: under which keys, against how many persons in all, at which cameras.

    A camera whose record states no class is of class None, which no envelope holds. Passages and hours are of the
    busiest site, as far as whoever asks knows them.
    """

    environment: ProfileClass
    persons: int
    camera_classes: Collection[CameraClass | None]
    age_bands: Collection[str]
    camera_hours_a_day: float = 0
    passages_a_day: int = 0


class NotAdmitted(StrEnum):
    """Why a profile may not be used: a closed list, for counting."""

    AGE_BAND = "age-band"
    CAMERA_CLASS = "camera-class"
    CLASS = "class"
    EXPIRED = "expired"
    LONGER_LIST = "longer-list"
    LOWER_THRESHOLD = "lower-threshold"
    MORE_TRAFFIC = "more-traffic"
    NO_ADMISSION = "no-admission"
    NOT_PASSED = "not-passed"
    NOT_YET_VALID = "not-yet-valid"
    OTHER_CLASS = "other-class"
    OTHER_PROFILE = "other-profile"
    OTHER_SCORE = "other-score"


@dataclass(frozen=True, slots=True)
class Admittance:
    """Whether a profile may be used, and if not, why. It has no truth value: ask `.admitted`."""

    admitted: bool
    reason: NotAdmitted | None = None
    sentence: str = ""

    def __bool__(self) -> Never:
        raise TypeError("an Admittance has no truth value; ask .admitted")


_ADMITTED: Final = Admittance(admitted=True)


def admits(admission: ProfileAdmission | None, profile: Profile, use: ProfileUse, *, now: datetime) -> Admittance:
    """P4, C10, C13: say whether this profile may be put to this use now. `admission` was believed before."""
    itself = admits_profile(admission, profile, use.environment, now=now)
    if not itself.admitted or admission is None or profile.profile_class is ProfileClass.DEMO:
        return itself
    envelope = admission.envelope
    if use.persons > envelope.largest_list:
        return _refused(
            NotAdmitted.LONGER_LIST, f"The list is longer than the {envelope.largest_list} persons that the test allows"
        )
    if not set(use.camera_classes) <= set(envelope.camera_classes):
        return _refused(NotAdmitted.CAMERA_CLASS, "A camera's record states a class that was not tested, or none")
    if use.camera_hours_a_day > envelope.camera_hours_a_day or use.passages_a_day > envelope.passages_a_day:
        return _refused(NotAdmitted.MORE_TRAFFIC, "A site has more camera hours or passages in a day than were tested")
    if not set(use.age_bands) <= set(envelope.age_bands):
        return _refused(NotAdmitted.AGE_BAND, "Somebody is of an age band that the model profile has not passed (C13)")
    return _ADMITTED


def is_stricter(one: ProfileClass, other: ProfileClass) -> bool:
    """P4: say whether the first is for a use of more weight than the second: OPERATIONAL, then TRIAL, then DEMO."""
    return _STRICTER.index(one) > _STRICTER.index(other)


def admits_profile(
    admission: ProfileAdmission | None, profile: Profile, environment: ProfileClass, *, now: datetime
) -> Admittance:
    """P4: say whether this profile may be used at all under keys that are for `environment`, whatever for."""
    if is_stricter(environment, profile.profile_class):
        return _refused(
            NotAdmitted.CLASS,
            f"The keys here are for {environment.value} use and refuse a {profile.profile_class.value} profile",
        )
    if profile.profile_class is ProfileClass.DEMO:
        return _ADMITTED
    if admission is None:
        return _refused(NotAdmitted.NO_ADMISSION, "No signed evaluation admits this model profile here")
    lacks = (_speaks_for(admission, profile), _is_in_time(admission, now))
    return next((refusal for refusal in lacks if refusal is not None), _ADMITTED)


def _speaks_for(admission: ProfileAdmission, profile: Profile) -> Admittance | None:
    envelope, rule = admission.envelope, profile.comparison
    if admission.profile_sha256 != profile.profile_sha256:
        return _refused(NotAdmitted.OTHER_PROFILE, "The evaluation is of another model profile")
    if admission.profile_class is not profile.profile_class:
        return _refused(NotAdmitted.OTHER_CLASS, "The evaluation admits the model profile for another kind of use")
    if admission.verdict is not GateVerdict.PASSED:
        return _refused(NotAdmitted.NOT_PASSED, f"The evaluation came to {admission.verdict.value}")
    if envelope.score is not rule.score:
        return _refused(NotAdmitted.OTHER_SCORE, "The tested threshold is of another kind of score")
    is_distance = rule.score is ScoreKind.EUCLIDEAN_DISTANCE
    if rule.threshold > envelope.threshold if is_distance else rule.threshold < envelope.threshold:
        return _refused(NotAdmitted.LOWER_THRESHOLD, "The threshold asks for less likeness than the tested one")
    return None


def _is_in_time(admission: ProfileAdmission, now: datetime) -> Admittance | None:
    if now < admission.admitted_at:
        return _refused(NotAdmitted.NOT_YET_VALID, "The evaluation admits the model profile only later")
    if now >= admission.expires_at:
        return _refused(NotAdmitted.EXPIRED, "The evaluation of the model profile is out of its time")
    return None


def _refused(reason: NotAdmitted, sentence: str) -> Admittance:
    return Admittance(admitted=False, reason=reason, sentence=f"{sentence} (law.md P4).")


def _camera_class(value: object) -> CameraClass:
    return Fields({"class": value}, "envelope").choice("class", CameraClass)


def _identifier(value: object) -> str:
    return Fields({"age_band": value}, "envelope").identifier("age_band")


def _text(value: object) -> str:
    return Fields({"group": value}, "envelope").text("group")


def _sha256(value: object) -> str:
    return Fields({"manifest": value}, "profile admission").sha256("manifest")


def _day(value: object) -> date:
    """Read a day as ISO 8601 writes it with hyphens, and in no other spelling."""
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError as error:
        raise Malformed("The field 'measured_on' of this profile admission is not a day that exists.") from error
    if day is None or day.isoformat() != value:
        raise Malformed("The field 'measured_on' of this profile admission is not a day such as 2026-01-31.")
    return day
