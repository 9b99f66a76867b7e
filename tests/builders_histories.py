"""Random histories of warrants, lists, leases and erasure, on a real database, with crashes and clocks that jump.

The machine knows the law by itself, in a few lines: which warrants are in force at which instant. After each step it
holds the program against that. It knows nothing of how the program decides.
"""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule
from sqlalchemy import Connection, select

from contracts.authorisation import Lease
from contracts.lease_request import LeaseAnswer
from contracts.signature import Purpose
from contracts.warrant import Warrant as Act
from governance.adapters.db.tables import METADATA
from governance.application.accept_candidate import AcceptCandidate, accept_candidate
from governance.application.accounts import ChangeShift, change_shift
from governance.application.approve_warrant import ApproveWarrant, approve_warrant
from governance.application.deployments import (
    ResumeDeployment,
    RevokeWarrant,
    StartDeployment,
    SuspendDeployment,
    resume_deployment,
    revoke_warrant,
    start_deployment,
    suspend_deployment,
)
from governance.application.draft_warrant import DraftWarrant, draft_warrant
from governance.application.enrol_reference import EnrolReference, enrol_reference
from governance.application.erase import expire_due
from governance.application.errors import GovernanceError, Refused
from governance.application.issue_warrant import ExportWarrant, ImportWarrant, export_warrant, import_warrant
from governance.application.notify_authorities import deliver_due
from governance.application.review_candidate import RecordReview, record_review
from governance.application.submit_warrant import SubmitWarrant, submit_warrant
from governance.domain.identifiers import AccountId, AlertId, DeploymentId, SlotId, WarrantId
from governance.domain.review import Support
from tests.builders_applications import A_PDF, CAMERAS, PHOTOGRAPH, a_camera_application, an_application
from tests.builders_candidates import CROPS, a_report_for
from tests.builders_ends import told_of_every_write
from tests.builders_governance import OBSERVED, World, a_governance, an_origin, leases, reopen, slot_of
from tests.builders_passages import give_budget, have_passed
from tests.builders_reviews import look
from tests.builders_watchlist import approve_the_list

MINUTE = timedelta(minutes=1)
OURS = CAMERAS[:2]


@dataclass
class Known:
    """What the machine knows of one warrant. `in_use` is true while it is deployed and neither stopped nor over."""

    begins: datetime
    ends: datetime
    camera: str
    slot: SlotId = field(init=False)
    signed: bool = False
    in_use: bool = False
    over: bool = False
    deployment: DeploymentId | None = None
    last_in_force: datetime | None = None


@dataclass
class Lent:
    """One lease that left."""

    warrant: WarrantId
    until: datetime


@dataclass
class Memory:
    """Everything the machine remembers."""

    warrants: dict[WarrantId, Known] = field(default_factory=dict)
    lent: list[Lent] = field(default_factory=list)
    answers: dict[AlertId, set[AccountId]] = field(default_factory=dict)
    warrant_of: dict[AlertId, WarrantId] = field(default_factory=dict)
    serial: int = 0


def _accounts_that_records_name(connection: Connection) -> set[str]:
    tables = METADATA.sorted_tables
    keys = [key for table in tables for key in table.foreign_keys if key.column.table.name == "accounts"]
    return {name for key in keys for name in connection.execute(select(key.parent)).scalars() if name is not None}


def _account_of(table: str, row: Mapping[str, Any]) -> str | None:
    """Return whose account this row is, or the mark of; nobody's for any other row."""
    if table == "marks":
        return row["row_key"] if row["table_name"] == "accounts" else None
    return row["account_id"] if table == "accounts" else None


class LawfulHistories(RuleBasedStateMachine):
    """One governance, and whatever people, crashes and clocks do to it."""

    warrants: Bundle[WarrantId] = Bundle("warrants")
    alerts: Bundle[AlertId] = Bundle("alerts")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="insyn-history-"))
        self.telling = ExitStack()
        self.ends = self.telling.enter_context(told_of_every_write())
        self.world: World = a_governance(self.folder)
        self.ends.now = self.world.clock.now
        self.memory = Memory()
        self.latest = self.world.clock.now()
        self.job_ran_at: datetime | None = None

    def teardown(self) -> None:
        """Give the folder back."""
        self.telling.close()
        self.world.close()
        shutil.rmtree(self.folder)

    @initialize(target=warrants, lasts=st.integers(5, 3000))
    def a_warrant_in_use(self, lasts: int) -> Any:
        """Every history begins with one warrant in use: most of what can go wrong needs one."""
        begun = self.apply(begins=-60, lasts=lasts, camera=OURS[0], far=5)
        known = self.memory.warrants[begun]
        if known.ends > self.world.clock.now() and not known.in_use:
            raise AssertionError("The first warrant did not come into use, so these histories would show nothing.")
        return begun

    # -- what people do ------------------------------------------------------------------------------------------------

    @rule(
        target=warrants,
        begins=st.sampled_from([-120, -1, 0, 5, 300]),
        lasts=st.integers(5, 3000),
        camera=st.sampled_from(OURS),
        far=st.sampled_from([0, 1, 2, 3, 4, 5, 5, 5, 5]),
    )
    def apply(self, begins: int, lasts: int, camera: str, far: int) -> Any:
        """Draft a warrant and carry it on, as far as a number says: to its signature and its person, or less far."""
        now = self.world.clock.now()
        known = Known(begins=now + begins * MINUTE, ends=now + (begins + lasts) * MINUTE, camera=camera)
        application = an_application(
            cameras=(a_camera_application(camera),), not_before=known.begins, not_after=known.ends
        )
        people = self.world.people
        made: list[WarrantId] = []

        def draft() -> None:
            command = DraftWarrant(actor=people.applicant, application=application, decision=A_PDF)
            made.append(draft_warrant(self.world.governance, command))
            self.memory.warrants[made[0]] = known

        self._told(draft, "warrant.draft")
        if not made:
            return multiple()
        known.slot = slot_of(self.world, made[0])
        for step in (self._submit, self._approve, self._issue, self._enrol, self._start)[:far]:
            step(made[0])
        return made[0]

    def _submit(self, warrant_id: WarrantId) -> None:
        command = SubmitWarrant(actor=self.world.people.applicant, warrant_id=warrant_id)
        self._told(lambda: submit_warrant(self.world.governance, command), "warrant.submit")

    def _approve(self, warrant_id: WarrantId) -> None:
        command = ApproveWarrant(actor=self.world.people.legal_officer, warrant_id=warrant_id)
        self._told(lambda: approve_warrant(self.world.governance, command), "warrant.approve")

    def _issue(self, warrant_id: WarrantId) -> None:
        actor = self.world.people.legal_officer

        def there_and_back() -> None:
            act = export_warrant(self.world.governance, ExportWarrant(actor=actor, warrant_id=warrant_id)).value
            signed = self.world.keys.issuer.sign(Purpose.WARRANT, act)
            import_warrant(self.world.governance, ImportWarrant(actor=actor, record=signed))

        if self._told(there_and_back, "warrant.import"):
            self.memory.warrants[warrant_id].signed = True

    def _enrol(self, warrant_id: WarrantId) -> None:
        def enrol() -> None:
            command = EnrolReference(
                actor=self.world.people.enroller,
                warrant_id=warrant_id,
                slot_id=self.memory.warrants[warrant_id].slot,
                photograph=PHOTOGRAPH,
                origin=an_origin(),
            )
            enrol_reference(self.world.governance, command)

        self._told(enrol, "reference.enrol")

    def _start(self, warrant_id: WarrantId) -> None:
        known = self.memory.warrants[warrant_id]

        def start() -> None:
            approve_the_list(self.world.governance, self.world.people.legal_officer, warrant_id)
            give_budget(self.world, warrant_id, 1000)
            command = StartDeployment(actor=self.world.people.legal_officer, warrant_id=warrant_id)
            known.deployment = start_deployment(self.world.governance, command)
            known.in_use = True
            have_passed(self.world, 20_000)

        self._told(start, "deployment.start")

    @rule(warrant_id=warrants, step=st.integers(0, 4))
    def carry_on(self, warrant_id: WarrantId, step: int) -> None:
        """Somebody tries any step, whether or not it is its turn."""
        (self._submit, self._approve, self._issue, self._enrol, self._start)[step](warrant_id)

    @rule(warrant_id=warrants)
    def the_applicant_approves(self, warrant_id: WarrantId) -> None:
        """Somebody who asked tries to decide."""
        command = ApproveWarrant(actor=self.world.people.applicant, warrant_id=warrant_id)
        if self._told(lambda: approve_warrant(self.world.governance, command), "warrant.approve"):
            raise AssertionError("The applicant approved.")

    @rule(warrant_id=warrants)
    def suspend(self, warrant_id: WarrantId) -> None:
        """Stop a deployment."""
        known = self.memory.warrants[warrant_id]
        if known.deployment is None:
            return
        command = SuspendDeployment(actor=self.world.people.legal_officer, deployment_id=known.deployment)
        if self._told(lambda: suspend_deployment(self.world.governance, command), "deployment.suspend"):
            known.in_use = False

    @rule(warrant_id=warrants)
    def resume(self, warrant_id: WarrantId) -> None:
        """Let it go on, or try to."""
        known = self.memory.warrants[warrant_id]
        if known.deployment is None:
            return
        command = ResumeDeployment(actor=self.world.people.legal_officer, deployment_id=known.deployment)
        if self._told(lambda: resume_deployment(self.world.governance, command), "deployment.resume"):
            if known.over:
                raise AssertionError("A warrant that ended began again.")
            known.in_use = True

    @rule(warrant_id=warrants)
    def revoke(self, warrant_id: WarrantId) -> None:
        """Revoke it."""
        known = self.memory.warrants[warrant_id]
        command = RevokeWarrant(actor=self.world.people.legal_officer, warrant_id=warrant_id, why="It is over.")
        if self._told(lambda: revoke_warrant(self.world.governance, command), "warrant.revoke"):
            known.in_use, known.over = False, True

    # -- what a site does ----------------------------------------------------------------------------------------------

    @rule(camera=st.sampled_from(OURS))
    def a_site_asks(self, camera: str) -> None:
        """A site asks for leases for one camera."""
        self._ask(camera)

    @rule(target=alerts, camera=st.sampled_from(OURS))
    def a_site_finds_somebody(self, camera: str) -> Any:
        """A site asks, and reports a candidate under what it got."""
        answer, name = self._ask(camera)
        if answer is None or not answer.authorisations:
            return multiple()
        return self._report(answer, name)

    def _ask(self, camera: str) -> tuple[LeaseAnswer | None, str]:
        self.memory.serial += 1
        name = f"q{self.memory.serial}"
        try:
            answer = leases(self.world, camera_id=camera, nonce=name)
        except GovernanceError:
            return None, name
        now = self.world.clock.now()
        for unverified, _ in answer.authorisations:
            warrant_id = WarrantId(Act.from_bytes(unverified.warrant.payload).warrant_id)
            lease = Lease.from_bytes(unverified.lease.payload)
            if not self._in_force(warrant_id, now) or self.memory.warrants[warrant_id].camera != camera:
                raise AssertionError("A lease was lent under a warrant that is not in force at this camera.")
            self.memory.lent.append(Lent(warrant=warrant_id, until=lease.expires_at))
        return answer, name

    def _report(self, answer: LeaseAnswer, name: str) -> Any:
        report = a_report_for(answer, self.world, report_id=name)
        alert_id = AlertId(name)
        if not self._told(
            lambda: accept_candidate(self.world.governance, AcceptCandidate(report=report, crops=CROPS)),
            "candidate.accept",
            "candidate.join",
        ):
            return multiple()
        act = Act.from_bytes(answer.authorisations[0][0].warrant.payload)
        self.memory.warrant_of[alert_id] = WarrantId(act.warrant_id)
        return alert_id

    @rule(alert_id=alerts, who=st.integers(0, 5), support=st.sampled_from(Support))
    def review(self, alert_id: AlertId, who: int, support: Support) -> None:
        """Anybody looks and answers, or tries to: reviewers, and also those who may not."""
        people = self.world.people
        actor = (*people.reviewers, people.enroller, people.applicant, people.legal_officer)[who]

        def look_and_answer() -> None:
            look(self.world, actor, alert_id)
            command = RecordReview(actor=actor, alert_id=alert_id, observations=OBSERVED, support=support)
            record_review(self.world.governance, command)

        if self._told(look_and_answer, "candidate.review"):
            if who > 2 or actor in self.memory.answers.setdefault(alert_id, set()):
                raise AssertionError("Somebody did two jobs.")
            self.memory.answers[alert_id].add(actor)

    # -- what happens --------------------------------------------------------------------------------------------------

    @rule(minutes=st.sampled_from([1, 1, 2, 30]))
    def a_while_goes_by(self, minutes: int) -> None:
        """The clock goes on."""
        self.world.clock.advance(minutes * MINUTE)

    @rule(minutes=st.sampled_from([600, 4000]))
    def days_go_by(self, minutes: int) -> None:
        """The clock goes on, and reviewers come on shift again."""
        self._advance(minutes)

    @rule()
    def most_of_a_year_goes_by(self) -> None:
        """Whatever a case holds is due."""
        self._advance(350_000)

    def _advance(self, minutes: int) -> None:
        self.world.clock.advance(minutes * MINUTE)
        for reviewer in self.world.people.reviewers:
            with suppress(GovernanceError):
                change_shift(self.world.governance, ChangeShift(actor=reviewer, begin=True))

    @rule(hours=st.integers(1, 30))
    def the_clock_is_set_back(self, hours: int) -> None:
        """Somebody sets the clock back; nothing may be lent or erased by it. Then it is set right again."""
        right = self.world.clock.at
        # What is written meanwhile is old when the clock is right again, and goes with the next round of the job.
        self.job_ran_at = None
        self.world.clock.at = right - timedelta(hours=hours)
        for camera in OURS:
            self.memory.serial += 1
            try:
                answer = leases(self.world, camera_id=camera, nonce=f"back{self.memory.serial}")
            except GovernanceError:
                continue
            if answer.authorisations:
                raise AssertionError("A lease was lent by a clock that was set back.")
        self.world.clock.at = right

    @rule()
    def the_job_runs(self) -> None:
        """The authorities sign for what they were told, and what is due is ended and erased."""
        with suppress(GovernanceError):
            deliver_due(self.world.governance)
        expire_due(self.world.governance)
        self.job_ran_at = self.world.clock.now()

    @rule()
    def crash(self) -> None:
        """The server ends without a word and starts again."""
        people, clock, passed = self.world.people, self.world.clock, self.world.passed
        self.world = reopen(self.folder, self.world.keys, clock)
        self.world.people, self.world.passed = people, passed
        expire_due(self.world.governance)
        self.job_ran_at = clock.now()

    # -- what must hold ------------------------------------------------------------------------------------------------

    def _in_force(self, warrant_id: WarrantId, at: datetime) -> bool:
        known = self.memory.warrants[warrant_id]
        return known.signed and known.in_use and not known.over and known.begins <= at < known.ends

    def _told(self, act: Callable[[], object], *events: str) -> bool:
        """Do something. If it was done, one of these events stands in the log; if a rule refused it, a refusal does."""
        before = self.world.log.size()
        try:
            act()
        except Refused:
            refused = [leaf for leaf in self.world.leaves(before) if leaf.body.get("allowed") is False]
            if not refused:
                raise AssertionError("A refusal is not in the log.") from None
            return False
        except GovernanceError:
            return False
        if not set(events) & set(self.world.events(before)):
            raise AssertionError(f"{events} happened, and the log does not say so.")
        return True

    @invariant()
    def no_lease_outlives_its_warrant_by_more_than_a_minute(self) -> None:
        """P1, A4: whatever is still lent was in force within the last minute, and ends with its warrant."""
        now = self.world.clock.now()
        self.memory.lent = [lent for lent in self.memory.lent if lent.until > now]
        for warrant_id, known in self.memory.warrants.items():
            if self._in_force(warrant_id, now):
                known.last_in_force = now
        for lent in self.memory.lent:
            known = self.memory.warrants[lent.warrant]
            assert lent.until <= known.ends
            assert known.last_in_force is not None
            assert lent.until <= known.last_in_force + MINUTE

    @invariant()
    def after_the_job_nothing_is_kept_past_its_end(self) -> None:
        """B1: no row and no sealed object is there whose time was over when the job ran.

        An account that a record names goes after that record.
        """
        if self.job_ran_at != self.world.clock.now():
            return
        now = self.world.clock.now()
        with self.world.governance.database.transaction() as tx:
            assert tx.object_ids(due_by=now) == ()
            assert not tx.erasures.where()
        with self.world.engine.connect() as connection:
            named = _accounts_that_records_name(connection)
            for table in METADATA.sorted_tables:
                if "expires_at" in table.c:
                    late = connection.execute(table.select().where(table.c.expires_at <= now)).mappings().all()
                    assert all(_account_of(table.name, row) in named for row in late), table.name

    @invariant()
    def nothing_is_kept_for_longer_than_its_class(self) -> None:
        """B1: whatever was written has an end within its class, counted from when it was made, and none is put off."""
        assert self.ends.faults == []

    @invariant()
    def nothing_of_an_ended_warrant_is_left(self) -> None:
        """A8, C1: of a warrant that was revoked or ran out, no reference can be opened once the job ran."""
        if self.job_ran_at != self.world.clock.now():
            return
        over = {
            warrant_id
            for warrant_id, known in self.memory.warrants.items()
            if known.over or known.ends <= self.world.clock.now()
        }
        with self.world.governance.database.transaction() as tx:
            for reference in tx.references.where():
                if reference.warrant_id in over:
                    assert tx.objects.find(reference.boxes) is None

    @invariant()
    def nobody_does_two_jobs(self) -> None:
        """A15, B14: by the database itself."""
        with self.world.governance.database.transaction() as tx:
            for warrant in tx.warrants.where():
                assert warrant.applicant != warrant.legal_officer
                hands = {warrant.applicant, warrant.legal_officer}
                hands |= {one.enrolled_by for one in tx.references.where(warrant_id=warrant.warrant_id)}
                for alert in tx.alerts.where(warrant_id=warrant.warrant_id):
                    assert not hands & {one.reviewer for one in tx.reviews.where(alert_id=alert.alert_id)}
