"""What people may read. Each query asks the table of roles first; what must be withheld is left out here, not hidden later."""

from dataclasses import dataclass
from datetime import datetime

from contracts.site_report import CameraCounts
from governance.application.governance import Governance
from governance.domain.deployments import DeploymentState
from governance.domain.identifiers import AccountId, AlertId, CameraId, DeploymentId, SiteId, SlotId, WarrantId
from governance.domain.review import AlertState, Support, Withheld
from governance.domain.roles import Role
from governance.domain.warrants import Application, WarrantState


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine:
    """One account in the administrator's list."""

    account_id: AccountId
    login: str
    roles: frozenset[Role]
    locked: bool
    on_shift: bool
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLine:
    """One site of the register."""

    site_id: SiteId
    title: str
    cameras: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraLine:
    """One camera of the register."""

    camera_id: CameraId
    site_id: SiteId
    view: str
    care_area: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WarrantLine:
    """One warrant in a list: nothing of what it says."""

    warrant_id: WarrantId
    state: WarrantState
    issuer: str
    not_before: datetime
    not_after: datetime
    created_at: datetime
    mine: bool
    """Whether the reader drafted it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotStanding:
    """Whether a person slot is filled."""

    slot_id: SlotId
    filled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WarrantPage:
    """All of a warrant, for its applicant and the legal officers. Reading it is logged. `application` is gone once erased."""

    line: WarrantLine
    application: Application | None
    act_sha256: str | None
    slots: tuple[SlotStanding, ...]
    deployment_id: DeploymentId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentLine:
    """One deployment in a list."""

    deployment_id: DeploymentId
    warrant_id: WarrantId
    state: DeploymentState
    not_after: datetime
    references: int
    reviewers_on_shift: int
    live_leases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """One alert in a reviewer's list: no picture, no score, no person (E1)."""

    alert_id: AlertId
    site_id: SiteId
    camera_id: CameraId
    state: AlertState
    captured_at: datetime
    expires_at: datetime
    joined: int
    answered_by_me: bool
    may_look: bool
    """Whether this reader may view and answer it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """One answer, told only after all are in."""

    mine: bool
    ordinal: int
    support: Support


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPage:
    """One alert for one reviewer. What is withheld (E1) is `None` here and was never sent."""

    line: AlertLine
    withheld: frozenset[Withheld]
    score: float | None
    threshold: float | None
    person: str | None
    offence: str | None
    answers: tuple[GivenAnswer, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountsLine:
    """The latest counts of one camera."""

    site_id: SiteId
    counts: CameraCounts


def list_accounts(governance: Governance, actor: AccountId) -> tuple[AccountLine, ...]:
    """List all accounts."""
    raise NotImplementedError


def list_sites(governance: Governance, actor: AccountId) -> tuple[SiteLine, ...]:
    """List all sites."""
    raise NotImplementedError


def list_cameras(governance: Governance, actor: AccountId) -> tuple[CameraLine, ...]:
    """List all cameras."""
    raise NotImplementedError


def list_warrants(governance: Governance, actor: AccountId) -> tuple[WarrantLine, ...]:
    """List warrants: an applicant sees their own, legal officers and auditors all."""
    raise NotImplementedError


def read_warrant(governance: Governance, actor: AccountId, warrant_id: WarrantId) -> WarrantPage:
    """Read one warrant, logged before it is returned."""
    raise NotImplementedError


def list_deployments(governance: Governance, actor: AccountId) -> tuple[DeploymentLine, ...]:
    """List deployments."""
    raise NotImplementedError


def list_alerts(governance: Governance, actor: AccountId) -> tuple[AlertLine, ...]:
    """List the alerts a reviewer may know of."""
    raise NotImplementedError


def read_alert(governance: Governance, actor: AccountId, alert_id: AlertId) -> AlertPage:
    """Read one alert, without what is withheld."""
    raise NotImplementedError


def read_counts(governance: Governance, actor: AccountId) -> tuple[CountsLine, ...]:
    """Read the latest counts of all cameras."""
    raise NotImplementedError


def require_log_reader(governance: Governance, actor: AccountId) -> None:
    """Refuse whoever may not read the log (the log's own pages ask this first)."""
    raise NotImplementedError
