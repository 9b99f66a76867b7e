"""Governance with real witnesses: what waits for them, what stops without them, and what only they can see."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.signature import Purpose
from governance.adapters.log.anchors import Anchors
from governance.adapters.log.witnessing import Witnessing
from governance.adapters.signatures import ed25519_verifies, ml_dsa_44_verifies
from governance.adapters.witnessed_vault import WitnessesForVault
from governance.application.deployments import StartDeployment, start_deployment
from governance.application.erase import expire_due
from governance.application.errors import StorageFailed
from governance.application.governance import Governance
from governance.application.issue_warrant import ExportWarrant, ImportWarrant, export_warrant, import_warrant
from governance.application.journal import Journal
from governance.application.lasting_proofs import lasting_receipts
from governance.application.log_files import LogFiles
from governance.application.queries import list_deployments, read_warrant
from governance.application.review_candidate import ViewCandidate, view_candidate
from governance.audit.accepted import accept
from governance.audit.checkpoint import parse_body
from governance.audit.cosignature import Verifiers
from governance.audit.errors import LogUnavailable
from governance.audit.leaf import KeyRef
from governance.audit.note import ED25519, VerifierKey, parse_note
from governance.audit.policy import Group, KnownLog, Policy
from governance.audit.policy import Witness as Named
from governance.domain.warrants import WarrantState
from governance.vault.rules import Terms
from governance.vault.vault import KeyVault
from governance.witness.service import answer
from governance.witness.state import WitnessFile
from governance.witness.witness import Witness
from tests.builders_contracts import LOG_ORIGIN
from tests.builders_governance import World, a_governance, an_alert, an_approved_warrant, an_enrolled_warrant
from tests.builders_watchlist import approve_the_list

VERIFY = Verifiers(ed25519=ed25519_verifies, ml_dsa_44=ml_dsa_44_verifies)
ORGANISATIONS = ("court", "ombudsman", "university")


@dataclass
class Neighbours:
    """Three witnesses of three organisations, of which two are enough. Those in `away` do not answer."""

    folder: Path
    log_key: VerifierKey
    now_s: Callable[[], int]
    away: set[str] = field(default_factory=set)
    asked: int = 0

    def __post_init__(self) -> None:
        self.witnesses: dict[str, Witness] = {}
        named = []
        for name in ORGANISATIONS:
            file = WitnessFile(self.folder / name)
            state = file.create(f"{name}.example/witness")
            self.witnesses[name] = Witness(file, {LOG_ORIGIN: (self.log_key,)}, now_s=self.now_s)
            named.append(Named(name=name, key=state.verifier, url=f"http://{name}.invalid"))
        group = Group(name="two-of-three", threshold=2, members=ORGANISATIONS)
        self.policy = Policy(
            logs=(KnownLog(key=self.log_key),), witnesses=tuple(named), groups=(group,), quorum=group.name
        )

    def ask(self, address: str, body: bytes) -> tuple[int, bytes]:
        self.asked += 1
        name = address.removeprefix("http://").split(".")[0]
        if name in self.away:
            raise LogUnavailable("The witness does not answer.")
        said = answer(self.witnesses[name], body)
        return said.status_code, bytes(said.body)


@dataclass(kw_only=True)
class Watched:
    """A governance that witnesses look upon."""

    world: World
    governance: Governance
    neighbours: Neighbours
    witnesses: WitnessesForVault

    def refresh(self) -> None:
        self.witnesses.refresh()


def watched(world: World, folder: Path) -> Watched:
    """Give a world witnesses: its journal asks them, its vault demands them."""
    key = VerifierKey(name=LOG_ORIGIN, algorithm=ED25519, public_key=world.keys.log.public)
    neighbours = Neighbours(folder, key, lambda: int(world.clock.now().timestamp()))
    terms = Terms(origin=LOG_ORIGIN, log_keys=(key.public_key,), policy=neighbours.policy, verify=VERIFY)
    vault = KeyVault(world.centre.store, terms, world.clock.now)
    witnessing = Witnessing(
        policy=neighbours.policy,
        log_source=world.log,
        anchors=Anchors(world.folder / "log"),
        verify=VERIFY,
        ask=neighbours.ask,
        now=world.clock.now,
    )
    witnesses = WitnessesForVault(witnessing, log=world.log, vault=vault)
    before = world.governance
    journal = Journal(
        log=world.log,
        vault=vault,
        witnesses=witnesses,
        sealer=before.sealer,
        clock=world.clock,
        randomness=before.randomness,
    )
    database = type(before.database)(world.engine, journal)  # type: ignore[call-arg]  # the real one
    journal.start(database.settled)
    world.governance = replace(before, journal=journal, database=database, vault=vault, witnesses=witnesses)
    return Watched(world=world, governance=world.governance, neighbours=neighbours, witnesses=witnesses)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path / "system")


@pytest.fixture
def scene(world: World, tmp_path: Path) -> Watched:
    made = watched(world, tmp_path / "witnesses")
    made.refresh()
    return made


def test_a_warrant_goes_its_way_with_witnesses_looking_on(scene: Watched) -> None:
    warrant_id, _ = an_enrolled_warrant(scene.world)
    actor = scene.world.people.legal_officer
    approve_the_list(scene.governance, actor, warrant_id)
    start_deployment(scene.governance, StartDeployment(actor=actor, warrant_id=warrant_id))
    newest = scene.witnesses.newest()
    assert newest is not None
    assert newest.count("\n— ") >= 3


@pytest.mark.parametrize("away", [{"court"}, set()])
def test_two_of_three_are_enough(scene: Watched, away: set[str]) -> None:
    scene.neighbours.away = away
    warrant_id, _ = an_enrolled_warrant(scene.world)
    approve_the_list(scene.governance, scene.world.people.legal_officer, warrant_id)
    start_deployment(scene.governance, StartDeployment(actor=scene.world.people.legal_officer, warrant_id=warrant_id))


@pytest.mark.law("F5")
def test_without_a_quorum_nothing_is_put_into_use_and_the_log_says_so(scene: Watched) -> None:
    warrant_id, _ = an_enrolled_warrant(scene.world)
    approve_the_list(scene.governance, scene.world.people.legal_officer, warrant_id)
    scene.neighbours.away = {"court", "ombudsman"}
    command = StartDeployment(actor=scene.world.people.legal_officer, warrant_id=warrant_id)
    with pytest.raises(StorageFailed, match="Too few witnesses"):
        start_deployment(scene.governance, command)
    told = scene.world.events()
    assert told[-1] == "change.void"
    assert "deployment.start" in told[-8:]
    assert list_deployments(scene.governance, command.actor) == ()
    scene.neighbours.away = set()
    start_deployment(scene.governance, command)


def test_without_a_quorum_no_act_is_handed_out_and_none_taken_in(scene: Watched) -> None:
    warrant_id = an_approved_warrant(scene.world)
    actor = scene.world.people.legal_officer
    act = export_warrant(scene.governance, ExportWarrant(actor=actor, warrant_id=warrant_id)).value
    scene.neighbours.away = {"university", "ombudsman"}
    with pytest.raises(StorageFailed, match="Too few witnesses"):
        export_warrant(scene.governance, ExportWarrant(actor=actor, warrant_id=warrant_id))
    signed = scene.world.keys.issuer.sign(Purpose.WARRANT, act)
    with pytest.raises(StorageFailed, match="Too few witnesses"):
        import_warrant(scene.governance, ImportWarrant(actor=actor, record=signed))
    with scene.governance.database.transaction() as tx:
        assert tx.warrants.get(warrant_id).state is WarrantState.APPROVED


def test_views_stop_a_quarter_of_an_hour_after_the_last_word_of_the_witnesses(scene: Watched) -> None:
    alert = an_alert(scene.world)
    look = ViewCandidate(actor=scene.world.people.reviewers[0], alert_id=alert)
    scene.refresh()
    scene.world.clock.advance(timedelta(minutes=15))
    view_candidate(scene.governance, look)
    scene.world.clock.advance(timedelta(seconds=1))
    with pytest.raises(StorageFailed, match="within 15 minutes"):
        view_candidate(scene.governance, look)
    assert len(scene.world.viewer.seen) == 1
    scene.refresh()
    view_candidate(scene.governance, look)


def test_the_vault_gives_nothing_out_that_witnesses_did_not_look_upon_lately(scene: Watched) -> None:
    warrant_id = an_approved_warrant(scene.world)
    scene.neighbours.away = set(ORGANISATIONS)
    scene.world.clock.advance(timedelta(minutes=16))
    with pytest.raises(StorageFailed, match="witnesses"):
        read_warrant(scene.governance, scene.world.people.applicant, warrant_id)


def test_proofs_that_are_taken_away_stand_under_a_checkpoint_that_the_quorum_cosigned(scene: Watched) -> None:
    warrant_id = an_approved_warrant(scene.world)
    scene.refresh()
    size = scene.world.log.size()
    files = LogFiles(scene.governance.log)
    read_warrant(scene.governance, scene.world.people.applicant, warrant_id)
    receipts = lasting_receipts(scene.governance, files, range(size))
    assert [receipt.leaf for receipt in receipts.values()] == list(scene.world.log.entries(first=0, count=size))
    (note,) = {receipt.checkpoint for receipt in receipts.values()}
    assert accept(note, policy=scene.neighbours.policy, verify=VERIFY)
    assert note != scene.world.log.checkpoint()
    scene.neighbours.away = set(ORGANISATIONS)
    with pytest.raises(StorageFailed, match="Too few witnesses"):
        lasting_receipts(scene.governance, files, [size])
    scene.neighbours.away = set()
    assert parse_body(parse_note(lasting_receipts(scene.governance, files, [size])[size].checkpoint).text).size > size


def test_a_clock_set_forward_shreds_nothing_that_witnesses_do_not_confirm(scene: Watched) -> None:
    an_alert(scene.world)
    scene.refresh()
    real = scene.world.clock.now()
    scene.neighbours.now_s = lambda: int(real.timestamp())
    for name in ORGANISATIONS:
        scene.neighbours.witnesses[name]._now_s = scene.neighbours.now_s
    with scene.governance.database.transaction() as tx:
        kept = tx.object_ids()
    keys = [KeyRef.parse(object_id) for object_id in kept]
    keys += [one.key for leaf in scene.world.leaves() for one in leaf.compartments]
    scene.world.clock.advance(timedelta(days=3650))
    expire_due(scene.governance)
    with scene.governance.database.transaction() as tx:
        assert tx.object_ids() == kept
    assert set(scene.world.centre.store.derive(keys)) == set(keys)


def test_what_is_due_goes_once_the_witnesses_confirm_the_day(scene: Watched) -> None:
    an_alert(scene.world)
    scene.world.clock.advance(timedelta(days=400))
    expire_due(scene.governance)
    with scene.governance.database.transaction() as tx:
        assert tx.object_ids()
    scene.refresh()
    expire_due(scene.governance)
    with scene.governance.database.transaction() as tx:
        assert not tx.object_ids()


def test_what_people_decided_to_erase_waits_for_no_witness(scene: Watched) -> None:
    from governance.application.approve_warrant import RejectWarrant, reject_warrant  # noqa: PLC0415 (used here alone)

    warrant_id = an_approved_warrant(scene.world)
    scene.neighbours.away = set(ORGANISATIONS)
    scene.world.clock.advance(timedelta(minutes=16))
    actor = scene.world.people.legal_officer
    reject_warrant(scene.governance, RejectWarrant(actor=actor, warrant_id=warrant_id, why="It is over."))
    with scene.governance.database.transaction() as tx:
        assert not tx.object_ids(warrant=warrant_id)
