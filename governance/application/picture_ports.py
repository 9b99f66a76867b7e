"""What the use cases ask of the two processes at the centre that open pictures: enrolment matcher and viewer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from contracts.enrolment import EnrolmentRequest
from contracts.look_alike import ListedReference
from contracts.receipt import LogReceipt
from contracts.signature import Signed
from contracts.volunteer_enrolment import VolunteerEnrolmentRequest
from governance.application.findings import Finding
from governance.domain.identifiers import DeploymentId


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentAnswer:
    """The enrolment matcher's answer. Governance can open none of the boxes."""

    enrolment: Signed
    sealed_templates: Mapping[str, bytes]
    sealed_crop: bytes
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerAnswer:
    """The enrolment matcher's answer about a volunteer: one box, which the run's site alone opens, and no crop."""

    enrolment: Signed
    sealed_template: bytes
    findings: tuple[Finding, ...]


class EnrolmentMatcher(Protocol):
    """The matcher at the centre that turns a photograph into a sealed template, in a process of its own."""

    def enrol(self, request: EnrolmentRequest, photograph: bytes) -> EnrolmentAnswer:
        """Post the unopened bytes and return the answer.

        Raises:
            EnrolmentRefused: no face, two faces, too small, not an image.
            Unavailable: it does not answer.
        """

    def examine(self, request: EnrolmentRequest, photograph: bytes) -> tuple[Finding, ...]:
        """Post the unopened bytes and return what is found, good or bad; nothing is made of them. Raises as `enrol`."""

    def enrol_volunteer(self, request: VolunteerEnrolmentRequest, photograph: bytes) -> VolunteerAnswer:
        """Post a volunteer's unopened photograph and return the answer (C11). Raises as `enrol`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescore:
    """The viewer's own comparison of a report's crops with the reference."""

    score: float
    reaches_threshold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """The two pictures of one view, as PNG, on their way to one reviewer. Never stored."""

    probe_png: bytes
    reference_png: bytes


class Viewer(Protocol):
    """The small process that opens one candidate after its receipt, and re-scores before anybody sees it."""

    def day_key(self, deployment_id: DeploymentId, day: str) -> Signed:
        """Return the signed day key of a deployment and day, made on first use."""

    def rescore(self, *, report: Signed, crops: bytes, enrolment: Signed, sealed_template: bytes) -> Rescore:
        """Compare anew.

        Raises:
            NotUnderstood: the report or its crops will never be opened; nothing of them is kept.
            Unavailable: the viewer does not answer.
        """

    def look_alikes(self, listed: Sequence[ListedReference]) -> Signed:
        """Return the viewer's signed report on who of one list looks like whom (`contracts.look_alike`).

        Raises:
            Unavailable: the viewer does not answer, or refuses.
        """

    def view(
        self, *, receipt: LogReceipt, report: Signed, crops: bytes, enrolment: Signed, sealed_crop: bytes
    ) -> Pictures:
        """Open the pictures of one candidate for one view that the receipt proves to be logged."""
