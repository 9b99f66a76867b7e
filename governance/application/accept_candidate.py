"""Take in what a site reports: candidates, re-scored before anybody can see them; and counts."""

from dataclasses import dataclass
from enum import StrEnum

from contracts.signature import Signed
from governance.application.governance import Governance


class Acceptance(StrEnum):
    """What became of a candidate report."""

    ACCEPTED = "accepted"
    JOINED = "joined"
    KNOWN = "known"
    """This very report was taken in before: answer 200, nothing changes."""
    NOT_SUPPORTED = "not-supported"
    """The centre's own comparison does not reach the threshold: dismissed, erased, logged. Answer 201 all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptCandidate:
    """A signed candidate report (Purpose.CANDIDATE_REPORT) and the sealed box of its crops."""

    report: Signed
    crops: bytes | None


def accept_candidate(governance: Governance, command: AcceptCandidate) -> Acceptance:
    """Take in a candidate report, once.

    Raises:
        NotUnderstood: malformed, or not signed by its site's pinned key.
        Refused: no lease of ours stood behind it at that time and camera.
        Unavailable: the viewer does not answer; nothing was kept, the site tries again.
    """
    raise NotImplementedError


def accept_site_report(governance: Governance, report: Signed) -> None:
    """Take in a site's counts (Purpose.SITE_REPORT). Raises `NotUnderstood`."""
    raise NotImplementedError
