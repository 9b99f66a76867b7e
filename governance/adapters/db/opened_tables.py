"""The tables of one transaction: a repository for each, by what it is about."""

from sqlalchemy import Connection

from governance.adapters.db import tables
from governance.adapters.db.repositories import TableRepository
from governance.adapters.db.watch import Watch
from governance.application import kept_records, ports
from governance.domain.accounts import Account, Session
from governance.domain.admissions import AcceptedAdmission, ProfileSuspension
from governance.domain.budget import Budget, BudgetKey, Charge
from governance.domain.certificates import Certificate
from governance.domain.deployments import Deployment, IssuedLease, RefusedLease
from governance.domain.hand_offs import Confirmation, Corroboration, HandOff, Intervention
from governance.domain.holds import Hold
from governance.domain.identifiers import (
    AccountId,
    AlertId,
    CameraId,
    CertificateId,
    DeploymentId,
    IncidentId,
    LeaseId,
    ListReportId,
    ObjectId,
    PublicationId,
    ReferenceId,
    RightsRequestId,
    SearchId,
    SiteId,
    VolunteerId,
    WarrantId,
    WatchlistId,
)
from governance.domain.independence import CaseLeader, CaseLeaderKey
from governance.domain.list_reports import ListReport
from governance.domain.model_announcements import ModelAnnouncement
from governance.domain.named_cameras import EarlierRecord, FiledAssessment, NamedCamera
from governance.domain.narrowing import Narrowing
from governance.domain.notifications import KeptNotification
from governance.domain.operation_limit import DriftExplanation
from governance.domain.papers import Paper
from governance.domain.publications import Publication
from governance.domain.references import Reference
from governance.domain.registers import Camera, Site
from governance.domain.review import Alert, Review
from governance.domain.rights_requests import RightsRequest
from governance.domain.run_leases import IssuedRunLease, RefusedRunLease, VolunteerReference
from governance.domain.searches import RecordingSearch
from governance.domain.serious_incidents import KeptIncident
from governance.domain.site_evidence import CameraDocument, DocumentKind, SiteEvidence
from governance.domain.site_stops import KeptSiteStop
from governance.domain.transitions import Transition
from governance.domain.volunteers import SeededPass, SeededResult, Volunteer, VolunteerRun
from governance.domain.warrants import Warrant
from governance.domain.watchlists import Watchlist


class OpenedTables:
    """Every table that is kept, opened over one connection; changes of watched ones are told to the watch."""

    def __init__(self, connection: Connection, watch: Watch) -> None:
        self._connection, self._watch = connection, watch
        self._open_people()
        self._open_places()
        self._open_acts()
        self._open_uses()
        self._open_outcomes()
        self._open_ends()
        self._open_everybody()

    def _open_people(self) -> None:
        """Open accounts, log-ins and reviewers' certificates."""
        at = self._connection, self._watch
        self.accounts: ports.Repository[AccountId, Account] = TableRepository(*at, tables.ACCOUNTS, Account)
        self.certificates: ports.Repository[CertificateId, Certificate] = TableRepository(
            *at, tables.CERTIFICATES, Certificate
        )
        self.sessions: ports.Repository[str, Session] = TableRepository(*at, tables.SESSIONS, Session)

    def _open_places(self) -> None:
        """Open sites and cameras, with what stands for and against them."""
        at = self._connection, self._watch
        self.cameras: ports.Repository[CameraId, Camera] = TableRepository(*at, tables.CAMERAS, Camera)
        self.counts: ports.Repository[tuple[CameraId, str], kept_records.LatestCounts] = TableRepository(
            *at, tables.COUNTS, kept_records.LatestCounts
        )
        self.documents: ports.Repository[tuple[CameraId, DocumentKind], CameraDocument] = TableRepository(
            *at, tables.DOCUMENTS, CameraDocument
        )
        self.earlier_records: ports.Repository[str, EarlierRecord] = TableRepository(
            *at, tables.EARLIER_RECORDS, EarlierRecord
        )
        self.evidence: ports.Repository[SiteId, SiteEvidence] = TableRepository(*at, tables.EVIDENCE, SiteEvidence)
        self.filed_assessments: ports.Repository[tuple[CameraId, str], FiledAssessment] = TableRepository(
            *at, tables.FILED_ASSESSMENTS, FiledAssessment
        )
        self.site_stops: ports.Repository[str, KeptSiteStop] = TableRepository(*at, tables.SITE_STOPS, KeptSiteStop)
        self.sites: ports.Repository[SiteId, Site] = TableRepository(*at, tables.SITES, Site)

    def _open_acts(self) -> None:
        """Open warrants, and what is kept beside their acts."""
        at = self._connection, self._watch
        self.case_leader_keys: ports.Repository[tuple[str, str], CaseLeaderKey] = TableRepository(
            *at, tables.CASE_LEADER_KEYS, CaseLeaderKey
        )
        self.case_leaders: ports.Repository[tuple[str, str], CaseLeader] = TableRepository(
            *at, tables.CASE_LEADERS, CaseLeader
        )
        self.named_cameras: ports.Repository[tuple[WarrantId, CameraId], NamedCamera] = TableRepository(
            *at, tables.NAMED_CAMERAS, NamedCamera
        )
        self.narrowings: ports.Repository[tuple[WarrantId, str, str], Narrowing] = TableRepository(
            *at, tables.NARROWINGS, Narrowing
        )
        self.papers: ports.Repository[str, Paper] = TableRepository(*at, tables.PAPERS, Paper)
        self.transitions: ports.Repository[tuple[WarrantId, int], Transition] = TableRepository(
            *at, tables.TRANSITIONS, Transition
        )
        self.warrants: ports.Repository[WarrantId, Warrant] = TableRepository(*at, tables.WARRANTS, Warrant)

    def _open_uses(self) -> None:
        """Open what is done under a warrant."""
        at = self._connection, self._watch
        self.alerts: ports.Repository[AlertId, Alert] = TableRepository(*at, tables.ALERTS, Alert)
        self.deployments: ports.Repository[DeploymentId, Deployment] = TableRepository(
            *at, tables.DEPLOYMENTS, Deployment
        )
        self.joined: ports.Repository[str, kept_records.JoinedReport] = TableRepository(
            *at, tables.JOINED, kept_records.JoinedReport
        )
        self.lease_refusals: ports.Repository[tuple[DeploymentId, CameraId], RefusedLease] = TableRepository(
            *at, tables.LEASE_REFUSALS, RefusedLease
        )
        self.leases: ports.Repository[LeaseId, IssuedLease] = TableRepository(*at, tables.LEASES, IssuedLease)
        self.list_reports: ports.Repository[ListReportId, ListReport] = TableRepository(
            *at, tables.LIST_REPORTS, ListReport
        )
        self.notifications: ports.Repository[str, KeptNotification] = TableRepository(
            *at, tables.NOTIFICATIONS, KeptNotification
        )
        self.references: ports.Repository[ReferenceId, Reference] = TableRepository(*at, tables.REFERENCES, Reference)
        self.reviews: ports.Repository[tuple[AlertId, AccountId], Review] = TableRepository(*at, tables.REVIEWS, Review)
        self.searches: ports.Repository[SearchId, RecordingSearch] = TableRepository(
            *at, tables.SEARCHES, RecordingSearch
        )
        self.views: ports.Repository[int, kept_records.View] = TableRepository(*at, tables.VIEWS, kept_records.View)
        self.volunteers: ports.Repository[VolunteerId, Volunteer] = TableRepository(*at, tables.VOLUNTEERS, Volunteer)
        self.volunteer_runs: ports.Repository[str, VolunteerRun] = TableRepository(
            *at, tables.VOLUNTEER_RUNS, VolunteerRun
        )
        self.volunteer_references: ports.Repository[VolunteerId, VolunteerReference] = TableRepository(
            *at, tables.VOLUNTEER_REFERENCES, VolunteerReference
        )
        self.run_leases: ports.Repository[LeaseId, IssuedRunLease] = TableRepository(
            *at, tables.RUN_LEASES, IssuedRunLease
        )
        self.run_refusals: ports.Repository[tuple[str, CameraId], RefusedRunLease] = TableRepository(
            *at, tables.RUN_REFUSALS, RefusedRunLease
        )
        self.seeded_passes: ports.Repository[str, SeededPass] = TableRepository(*at, tables.SEEDED_PASSES, SeededPass)
        self.seeded_results: ports.Repository[tuple[str, str, str], SeededResult] = TableRepository(
            *at, tables.SEEDED_RESULTS, SeededResult
        )
        self.watchlists: ports.Repository[WatchlistId, Watchlist] = TableRepository(*at, tables.WATCHLISTS, Watchlist)

    def _open_outcomes(self) -> None:
        """Open what becomes of an alert."""
        at = self._connection, self._watch
        self.budgets: ports.Repository[BudgetKey, Budget] = TableRepository(*at, tables.BUDGETS, Budget)
        self.charges: ports.Repository[AlertId, Charge] = TableRepository(*at, tables.CHARGES, Charge)
        self.confirmations: ports.Repository[str, Confirmation] = TableRepository(
            *at, tables.CONFIRMATIONS, Confirmation
        )
        self.corroborations: ports.Repository[str, Corroboration] = TableRepository(
            *at, tables.CORROBORATIONS, Corroboration
        )
        self.drift_explanations: ports.Repository[tuple[str, str], DriftExplanation] = TableRepository(
            *at, tables.DRIFT_EXPLANATIONS, DriftExplanation
        )
        self.hand_offs: ports.Repository[str, HandOff] = TableRepository(*at, tables.HAND_OFFS, HandOff)
        self.interventions: ports.Repository[ObjectId, Intervention] = TableRepository(
            *at, tables.INTERVENTIONS, Intervention
        )

    def _open_ends(self) -> None:
        """Open sealed objects, holds and erasures, and what was used up."""
        at = self._connection, self._watch
        self.day_erasures: ports.Repository[tuple[str, int], kept_records.DayErasure] = TableRepository(
            *at, tables.DAY_ERASURES, kept_records.DayErasure
        )
        self.erasures: ports.Repository[ObjectId, kept_records.ErasureDue] = TableRepository(
            *at, tables.ERASURES, kept_records.ErasureDue
        )
        self.holds: ports.Repository[ObjectId, Hold] = TableRepository(*at, tables.HOLDS, Hold)
        self.nonces: ports.Repository[str, kept_records.UsedNonce] = TableRepository(
            *at, tables.NONCES, kept_records.UsedNonce
        )
        self.objects: ports.Repository[ObjectId, kept_records.SealedObject] = TableRepository(
            *at, tables.OBJECTS, kept_records.SealedObject
        )

    def _open_everybody(self) -> None:
        """Open the rights desk, serious incidents, what admits a model profile, and what is published."""
        at = self._connection, self._watch
        self.admissions: ports.Repository[str, AcceptedAdmission] = TableRepository(
            *at, tables.ADMISSIONS, AcceptedAdmission
        )
        self.profile_suspensions: ports.Repository[str, ProfileSuspension] = TableRepository(
            *at, tables.PROFILE_SUSPENSIONS, ProfileSuspension
        )
        self.model_announcements: ports.Repository[int, ModelAnnouncement] = TableRepository(
            *at, tables.MODEL_ANNOUNCEMENTS, ModelAnnouncement
        )
        self.publications: ports.Repository[PublicationId, Publication] = TableRepository(
            *at, tables.PUBLICATIONS, Publication
        )
        self.rights_requests: ports.Repository[RightsRequestId, RightsRequest] = TableRepository(
            *at, tables.RIGHTS_REQUESTS, RightsRequest
        )
        self.serious_incidents: ports.Repository[IncidentId, KeptIncident] = TableRepository(
            *at, tables.SERIOUS_INCIDENTS, KeptIncident
        )
