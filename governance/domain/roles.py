"""Who may do what: one table of actions and roles, and which roles one account may never combine.

Invariant 3 of architecture.md: who decides is not who asks. The issuer has no log-in at all: the issuing authority's
key is offline, elsewhere (law.md P1, 0.4). The region's people see sites and cameras, never a candidate (law.md 0.2).
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from governance.domain.decisions import Decision, allow, deny


class Role(StrEnum):
    """What a person is in this system."""

    ADMINISTRATOR = "administrator"
    APPLICANT = "applicant"
    AUDITOR = "auditor"
    DATA_PROTECTION_OFFICER = "data-protection-officer"
    """Watches over the controller from inside; confirms accounts; no part in any case."""
    LEGAL_OFFICER = "legal-officer"
    OPERATOR = "operator"
    """Reviews candidates."""
    PATROL = "patrol"
    """Police on the spot: verifies one identity, and sees nothing but the lead that it was handed."""
    SENIOR_OPERATOR = "senior-operator"
    """Reviews candidates too, and proposes reviewers' certificates."""
    SITE_MANAGER = "site-manager"
    """The region's person: sites, cameras, signs."""


class Action(StrEnum):
    """What can be done, `noun.verb`, in alphabetical order."""

    ACCOUNT_CONFIRM = "account.confirm"
    """The second person without whom no account is in force."""
    ACCOUNT_CREATE = "account.create"
    """Propose one."""
    ACCOUNT_LIST = "account.list"
    ACCOUNT_WITHDRAW = "account.withdraw"
    ALERT_LIST = "alert.list"
    ALERT_REVIEW = "alert.review"
    ALERT_VIEW = "alert.view"
    BUDGET_AGREE = "budget.agree"
    """Let a stopped budget go on: the second organisation's word."""
    BUDGET_APPROVE = "budget.approve"
    BUDGET_ASK = "budget.ask"
    BUDGET_LIST = "budget.list"
    CAMERA_LIST = "camera.list"
    CAMERA_REGISTER = "camera.register"
    CERTIFICATE_CONFIRM = "certificate.confirm"
    CERTIFICATE_PROPOSE = "certificate.propose"
    """A reviewer's certificate (E7)."""
    COUNTS_READ = "counts.read"
    DEPLOYMENT_LIST = "deployment.list"
    DEPLOYMENT_RESUME = "deployment.resume"
    DEPLOYMENT_START = "deployment.start"
    DEPLOYMENT_SUSPEND = "deployment.suspend"
    DISCLOSURE_MAKE = "disclosure.make"
    """The file for the defence of one lead (E8)."""
    DOCUMENT_FILE = "document.file"
    EVALUATION_LAY = "evaluation.lay"
    """Lay an evaluator's report on the model profile before the authority (C10)."""
    EVIDENCE_IMPORT = "evidence.import"
    HAND_OFF_CONFIRM = "hand-off.confirm"
    """The second word, from the police's own report, without which no alert is credited back (C5)."""
    HAND_OFF_LIST = "hand-off.list"
    HAND_OFF_RECEIVE = "hand-off.receive"
    HAND_OFF_SEND = "hand-off.send"
    HOLD_APPROVE = "hold.approve"
    HOLD_ASK = "hold.ask"
    HOLD_CLEAR = "hold.clear"
    HOLD_LIST = "hold.list"
    HOLD_READ = "hold.read"
    INCIDENT_READ = "incident.read"
    INCIDENT_REGISTER = "incident.register"
    """A serious incident (A18), and that it was reported."""
    INTERVENTION_READ = "intervention.read"
    LOG_OPEN = "log.open"
    """What an entry seals: which case, which person, which account."""
    LOG_READ = "log.read"
    """What an entry says in clear, with its proof."""
    MODEL_AGREE = "model.agree"
    """Let a suspended model profile go on: the second organisation's word (P4)."""
    MODEL_ASK = "model.ask"
    MODEL_LIST = "model.list"
    MODEL_SUSPEND = "model.suspend"
    REFERENCE_CONFIRM = "reference.confirm"
    """The second signature for a minor's slot (C2)."""
    REFERENCE_ENROL = "reference.enrol"
    REPORT_MAKE = "report.make"
    RIGHTS_ANSWER = "rights.answer"
    """Register, extend and answer what people ask for at the rights desk (B13)."""
    RIGHTS_LIST = "rights.list"
    RIGHTS_READ = "rights.read"
    """What somebody wrote to the rights desk, and the letter of the answer."""
    SEARCH_APPROVE = "search.approve"
    """The second person without whom no recording is searched (A12)."""
    SEARCH_ASK = "search.ask"
    SEARCH_LIST = "search.list"
    SHIFT_CHANGE = "shift.change"
    SITE_REGISTER = "site.register"
    STREAMS_READ = "streams.read"
    VOLUNTEER_APPROVE = "volunteer.approve"
    """The second person without whom no volunteers' run begins (C16)."""
    VOLUNTEER_END = "volunteer.end"
    """End a run, or drop one volunteer who withdrew: at once, alone."""
    VOLUNTEER_LIST = "volunteer.list"
    VOLUNTEER_PROPOSE = "volunteer.propose"
    """Propose a run, and announce its passes."""
    WARRANT_APPROVE = "warrant.approve"
    WARRANT_DRAFT = "warrant.draft"
    WARRANT_EXPORT = "warrant.export"
    WARRANT_IMPORT = "warrant.import"
    WARRANT_LIST = "warrant.list"
    WARRANT_NARROW = "warrant.narrow"
    WARRANT_READ = "warrant.read"
    WARRANT_REJECT = "warrant.reject"
    WARRANT_REVOKE = "warrant.revoke"
    WARRANT_SUBMIT = "warrant.submit"
    WARRANT_WITHDRAW = "warrant.withdraw"
    WATCHLIST_APPROVE = "watchlist.approve"
    """The report on a list, and its approval."""


_ADMINISTRATOR: Final = frozenset({Role.ADMINISTRATOR})
_APPLICANT: Final = frozenset({Role.APPLICANT})
_LEGAL: Final = frozenset({Role.LEGAL_OFFICER})
_DPO: Final = frozenset({Role.DATA_PROTECTION_OFFICER})
REVIEWERS: Final = frozenset({Role.OPERATOR, Role.SENIOR_OPERATOR})
"""Who reviews candidates, given a certificate that is in force (A15, E7)."""
_AUDITOR: Final = frozenset({Role.AUDITOR})
_PATROL: Final = frozenset({Role.PATROL})
_SENIOR: Final = frozenset({Role.SENIOR_OPERATOR})
_REGION: Final = frozenset({Role.SITE_MANAGER})

MAY: Final[Mapping[Action, frozenset[Role]]] = MappingProxyType(
    {
        Action.ACCOUNT_CONFIRM: _ADMINISTRATOR | _AUDITOR | _DPO | _LEGAL,
        Action.ACCOUNT_CREATE: _ADMINISTRATOR,
        Action.ACCOUNT_LIST: _ADMINISTRATOR | _AUDITOR | _DPO | _LEGAL | _SENIOR,
        Action.ACCOUNT_WITHDRAW: _ADMINISTRATOR | _AUDITOR | _DPO | _LEGAL,
        Action.ALERT_LIST: REVIEWERS,
        Action.ALERT_REVIEW: REVIEWERS,
        Action.ALERT_VIEW: REVIEWERS,
        Action.BUDGET_AGREE: _AUDITOR,
        Action.BUDGET_APPROVE: _LEGAL,
        Action.BUDGET_ASK: _LEGAL,
        Action.BUDGET_LIST: _LEGAL | _AUDITOR,
        Action.CAMERA_LIST: _REGION | _APPLICANT | _LEGAL | _AUDITOR | _DPO | REVIEWERS,
        Action.CAMERA_REGISTER: _REGION,
        Action.CERTIFICATE_CONFIRM: _DPO | _LEGAL,
        Action.CERTIFICATE_PROPOSE: _ADMINISTRATOR | _SENIOR,
        Action.COUNTS_READ: _LEGAL | _AUDITOR | _DPO | REVIEWERS,
        Action.DEPLOYMENT_LIST: _LEGAL | REVIEWERS | _AUDITOR | _DPO,
        Action.DEPLOYMENT_RESUME: _LEGAL,
        Action.DEPLOYMENT_START: _LEGAL | REVIEWERS,
        Action.DEPLOYMENT_SUSPEND: _LEGAL | REVIEWERS | _AUDITOR | _DPO,
        Action.DISCLOSURE_MAKE: _LEGAL,
        Action.DOCUMENT_FILE: _REGION,
        Action.EVALUATION_LAY: _LEGAL,
        Action.EVIDENCE_IMPORT: _REGION,
        Action.HAND_OFF_CONFIRM: _LEGAL | _SENIOR,
        Action.HAND_OFF_LIST: REVIEWERS | _LEGAL | _AUDITOR,
        Action.HAND_OFF_RECEIVE: _PATROL,
        Action.HAND_OFF_SEND: REVIEWERS,
        Action.HOLD_APPROVE: _LEGAL | _AUDITOR | _DPO,
        Action.HOLD_ASK: _LEGAL | _AUDITOR,
        Action.HOLD_CLEAR: _LEGAL | _AUDITOR,
        Action.HOLD_LIST: _LEGAL | _AUDITOR | _DPO,
        Action.HOLD_READ: _LEGAL | _AUDITOR,
        Action.INCIDENT_READ: _AUDITOR | _DPO | _LEGAL,
        Action.INCIDENT_REGISTER: _DPO | _LEGAL,
        Action.INTERVENTION_READ: _AUDITOR,
        Action.LOG_OPEN: _AUDITOR,
        Action.LOG_READ: _AUDITOR | _LEGAL,
        Action.MODEL_AGREE: _AUDITOR,
        Action.MODEL_ASK: _LEGAL,
        Action.MODEL_LIST: _AUDITOR | _DPO | _LEGAL,
        Action.MODEL_SUSPEND: _AUDITOR | _DPO | _LEGAL,
        Action.REFERENCE_CONFIRM: _LEGAL,
        Action.REFERENCE_ENROL: _APPLICANT | REVIEWERS,
        Action.REPORT_MAKE: _AUDITOR | _LEGAL,
        Action.RIGHTS_ANSWER: _DPO,
        Action.RIGHTS_LIST: _AUDITOR | _DPO,
        Action.RIGHTS_READ: _AUDITOR | _DPO,
        Action.SEARCH_APPROVE: _LEGAL,
        Action.SEARCH_ASK: REVIEWERS,
        Action.SEARCH_LIST: REVIEWERS | _LEGAL | _AUDITOR,
        Action.SHIFT_CHANGE: REVIEWERS,
        Action.SITE_REGISTER: _REGION,
        Action.STREAMS_READ: _REGION,
        Action.VOLUNTEER_APPROVE: _DPO,
        Action.VOLUNTEER_END: _LEGAL | _DPO | _AUDITOR,
        Action.VOLUNTEER_LIST: _LEGAL | _DPO | _AUDITOR,
        Action.VOLUNTEER_PROPOSE: _LEGAL,
        Action.WARRANT_APPROVE: _LEGAL,
        Action.WARRANT_DRAFT: _APPLICANT,
        Action.WARRANT_EXPORT: _LEGAL,
        Action.WARRANT_IMPORT: _LEGAL,
        Action.WARRANT_LIST: _APPLICANT | _LEGAL | _AUDITOR,
        Action.WARRANT_NARROW: _LEGAL,
        Action.WARRANT_READ: _APPLICANT | _LEGAL,
        Action.WARRANT_REJECT: _LEGAL,
        Action.WARRANT_REVOKE: _LEGAL,
        Action.WARRANT_SUBMIT: _APPLICANT,
        Action.WARRANT_WITHDRAW: _APPLICANT,
        Action.WATCHLIST_APPROVE: _LEGAL,
    }
)
"""The one table. An action that is missing here is allowed to nobody."""

ALONE: Final = frozenset(
    {
        Role.ADMINISTRATOR,
        Role.AUDITOR,
        Role.DATA_PROTECTION_OFFICER,
        Role.LEGAL_OFFICER,
        Role.PATROL,
        Role.SITE_MANAGER,
    }
)
"""Whoever has one of these roles has no other. Applicant and operator may be one person, never for one warrant."""


def may(roles: frozenset[Role], action: Action) -> Decision:
    """B6, B14: decide whether somebody with these roles may do this at all. No roles may do nothing."""
    if roles & MAY.get(action, frozenset()):
        return allow("B14")
    return deny("B14", f"Your role does not include {action.value}.")


CONFIRMS: Final[Mapping[Role, frozenset[Role]]] = MappingProxyType(
    {
        Role.ADMINISTRATOR: _ADMINISTRATOR | _DPO,
        Role.APPLICANT: _LEGAL | _DPO,
        Role.AUDITOR: _AUDITOR,
        Role.DATA_PROTECTION_OFFICER: _AUDITOR | _LEGAL | _DPO,
        Role.LEGAL_OFFICER: _AUDITOR | _LEGAL | _DPO,
        Role.OPERATOR: _LEGAL | _DPO,
        Role.PATROL: _LEGAL | _DPO,
        Role.SENIOR_OPERATOR: _LEGAL | _DPO,
        Role.SITE_MANAGER: _ADMINISTRATOR | _LEGAL | _DPO,
    }
)
"""Who may be the second person for an account of each role (B14).

Two administrators alone make nobody for a case and nobody who watches, but the very first auditor, with whom the
founding is over (`governance.domain.accounts.may_confirm`). The auditor, of another organisation, then stands for the
first legal officer and the first data protection officer.
"""

WITHDRAWS: Final[Mapping[Role, frozenset[Role]]] = MappingProxyType(
    dict.fromkeys(Role, _ADMINISTRATOR | _DPO | _LEGAL) | {Role.AUDITOR: _AUDITOR}
)
"""Who may end an account of each role, alone and at once. Nobody of the controller can put the supervisor out."""


def may_hold(roles: Iterable[Role]) -> Decision:
    """Decide whether one account may have these roles together (duties kept apart, law.md B14)."""
    held = frozenset(roles)
    if not held:
        return deny("B14", "An account needs a role.")
    lonely = held & ALONE
    if lonely and len(held) > 1:
        return deny("B14", f"The role {min(lonely)} cannot be combined with another.")
    return allow("B14")
