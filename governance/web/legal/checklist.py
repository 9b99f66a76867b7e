"""The checklist of an application: what each rule says of it now, so that a gap shows before anybody decides."""

from dataclasses import dataclass
from typing import Final

from contracts.trust import TrustedRole
from governance.application import queries
from governance.application.governance import Governance
from governance.domain.identifiers import AccountId
from governance.domain.warrants import Application, Surroundings, may_submit

_QUESTIONS: Final = (
    "The objective is one of the three that the law knows",
    "The offence, its statute and its penalty stand in the table",
    "Each slot is one person, with photographs and a reason of its own",
    "Each camera is named, with a reason why this person is expected there",
    "The window is bounded in time",
    "Impact assessment, registration and reasoned request are on file",
    "The issuing authority is known here",
    "The model profile is the admitted one, for every age band",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question of the checklist, the rule that answers it, and what it says."""

    question: str
    rule: str
    met: bool
    reason: str


def checklist(governance: Governance, actor: AccountId, application: Application | None) -> tuple[Check, ...]:
    """Return what every rule says of this application now. What was erased has no checklist."""
    if application is None:
        return ()
    around = Surroundings(
        legal=governance.legal,
        cameras={camera.camera_id: camera.care_area for camera in queries.list_cameras(governance, actor)},
        issuers=issuers(governance),
        profile_sha256=governance.profile_sha256,
        admitted_age_bands=governance.admitted_age_bands,
    )
    decisions = may_submit(application, around, now=governance.clock.now())
    return tuple(
        Check(question=question, rule=decision.rule, met=decision.allowed, reason=decision.reason)
        for question, decision in zip(_QUESTIONS, decisions, strict=True)
    )


def issuers(governance: Governance) -> frozenset[str]:
    """Return the names of the issuing authorities whose keys are pinned."""
    return frozenset(key.name for key in governance.trusted.keys if key.role is TrustedRole.ISSUER)
