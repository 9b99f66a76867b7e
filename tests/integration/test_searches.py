"""The search of one recording from its request to an erased candidate, on a real database and a real log (A12)."""

from datetime import timedelta
from pathlib import Path

import pytest

from contracts.gallery_bundle import GalleryBundle
from governance.application.accept_candidate import Acceptance
from governance.application.erase import expire_due
from governance.application.errors import Refused, StorageFailed
from governance.application.hand_off import SendHandOff, send_hand_off
from governance.application.log_files import LogFiles
from governance.application.make_disclosure import make_disclosure
from governance.application.order_search import take_search_receipt
from governance.application.queries import list_alerts, read_alert
from governance.application.vault import finish_erasures
from governance.domain.identifiers import AlertId
from governance.domain.review import AlertState, Outcome, Support
from governance.domain.searches import SearchState
from tests.builders_applications import CAMERAS
from tests.builders_contracts import NOON
from tests.builders_governance import World, a_governance
from tests.builders_recordings import (
    FILM,
    HOUR,
    a_receipt,
    a_search_warrant,
    answer,
    approved,
    asked,
    begun,
    found,
    kept,
    ordered,
    revoke,
    verified,
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


@pytest.mark.law("A12")
def test_the_query_stands_in_the_log_before_the_order_leaves_and_the_site_believes_it(world: World) -> None:
    one = begun(world)
    permit = verified(world, one.answer)
    assert permit.order.recording_sha256 == FILM
    assert permit.order.expires_at - permit.order.issued_at == timedelta(minutes=1)
    assert len(GalleryBundle.from_bytes(one.answer.gallery).references) == 1
    events = [entry for entry in world.entries() if entry.event.startswith("search.")]
    assert [entry.event for entry in events] == ["search.ask", "search.approve", "search.begin"]
    fields = events[-1].fields
    assert fields["document"] == one.answer.order.order.sha256
    assert (fields["recording"], fields["camera"], fields["search"]) == (FILM, CAMERAS[0], one.search_id)
    assert fields["reference"] == permit.order.reference_id
    assert FILM not in str(events[-1].leaf.body), "what was searched is sealed, and about nobody in clear"


@pytest.mark.law("A12")
def test_no_order_leaves_where_the_log_does_not_prove_its_entry(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    search_id = approved(world, a_search_warrant(world))

    def unproven(*_: object) -> None:
        raise StorageFailed("This entry cannot be proven now.")

    monkeypatch.setattr("governance.adapters.db.database._StagedEntries.receipt", unproven)
    with pytest.raises(StorageFailed):
        ordered(world, search_id)


@pytest.mark.law("A12")
def test_a_search_ends_with_the_sites_numbers_once(world: World) -> None:
    one = begun(world)
    take_search_receipt(world.governance, a_receipt(world, one.search_id))
    take_search_receipt(world.governance, a_receipt(world, one.search_id, candidates=99))
    (search,) = kept(world)
    assert (search.state, search.frames, search.faces, search.candidates) == (SearchState.ENDED, 1500, 7, 1)
    (entry,) = [entry for entry in world.entries() if entry.event == "search.end"]
    numbers = {name: entry.fields[name] for name in ("frames", "faces", "compared", "candidates", "method")}
    assert numbers == {"frames": 1500, "faces": 7, "compared": 5, "candidates": 1, "method": "complete"}


@pytest.mark.law("A12", "A13", "A15")
def test_a_candidate_of_a_recording_goes_the_way_of_every_candidate_and_is_marked(world: World) -> None:
    one = begun(world)
    assert found(world, one) is Acceptance.ACCEPTED
    assert found(world, one) is Acceptance.KNOWN
    (line,) = list_alerts(world.governance, world.people.reviewers[0])
    assert line.captured_at == NOON - 26 * HOUR + timedelta(seconds=90)
    assert line.from_recording
    assert answer(world, 0, Support.SUPPORT_SAME) is Outcome.PENDING
    assert answer(world, 1, Support.SUPPORT_SAME) is Outcome.CONFIRMED_LEAD
    marked = {leaf.event for leaf in world.leaves() if leaf.body.get("method") == "afterwards"}
    assert marked >= {"candidate.accept", "candidate.review", "candidate.view", "lead.confirm", "warrant.import"}


@pytest.mark.law("A12", "C5")
def test_no_live_budget_is_charged_and_no_live_passage_counted(world: World) -> None:
    one = begun(world)
    found(world, one)
    take_search_receipt(world.governance, a_receipt(world, one.search_id))
    with world.governance.database.transaction() as tx:
        assert tx.charges.where() == ()
        assert tx.budgets.where() == ()
        assert tx.counts.where() == ()
        assert tx.deployments.where() == ()


@pytest.mark.law("A12", "F2")
def test_a_dismissed_candidate_is_erased_at_once(world: World) -> None:
    found(world, begun(world))
    answer(world, 0, Support.STRONG_SUPPORT_DIFFERENT)
    assert answer(world, 1, Support.SUPPORT_DIFFERENT) is Outcome.DISMISSED
    with world.governance.database.transaction() as tx:
        alert = tx.alerts.get(AlertId("report-1"))
        assert alert.report is not None
        assert tx.objects.find(alert.report) is None


@pytest.mark.law("A12", "C4")
def test_nobody_looks_and_it_is_dismissed_after_its_time(world: World) -> None:
    found(world, begun(world))
    world.clock.advance(timedelta(hours=24))
    assert expire_due(world.governance).alerts == 1
    assert read_alert(world.governance, world.people.reviewers[0], AlertId("report-1")).line.state is (
        AlertState.DISMISSED
    )


@pytest.mark.law("A8", "A12")
def test_a_revocation_erases_all_that_was_found_and_ends_the_search(world: World) -> None:
    one = begun(world)
    found(world, one)
    answer(world, 0, Support.SUPPORT_SAME)
    revoke(world, one.warrant_id)
    finish_erasures(world.governance)
    with world.governance.database.transaction() as tx:
        tagged = tx.object_ids(warrant=one.warrant_id)
    assert tagged == (), "an object that bears the warrant's tag outlived it"
    with pytest.raises(Refused) as refused:
        found(world, one, report_id="report-2")
    assert refused.value.rule == "A8"
    with pytest.raises(Refused):
        asked(world, one.warrant_id)


@pytest.mark.law("A12")
def test_no_patrol_is_sent_after_a_recording(world: World) -> None:
    found(world, begun(world))
    answer(world, 0, Support.SUPPORT_SAME)
    assert answer(world, 1, Support.SUPPORT_SAME) is Outcome.CONFIRMED_LEAD
    with pytest.raises(Refused) as refused:
        send_hand_off(
            world.governance,
            SendHandOff(actor=world.people.reviewers[0], alert_id=AlertId("report-1"), patrol=world.people.patrol),
        )
    assert "A12" in {decision.rule for decision in refused.value.decisions}


@pytest.mark.law("E8", "A12")
def test_the_file_for_the_defence_says_that_it_was_a_recording_and_by_which_order(world: World) -> None:
    one = begun(world)
    found(world, one)
    take_search_receipt(world.governance, a_receipt(world, one.search_id))
    answer(world, 0, Support.SUPPORT_SAME)
    answer(world, 1, Support.SUPPORT_SAME)
    governance = world.governance
    made = make_disclosure(governance, world.people.legal_officer, AlertId("report-1"), LogFiles(governance.log))
    told = made.report.value.to_json().decode()
    assert "in a recording, searched afterwards" in told
    assert "That this one recording was to be searched for this one person" in told
    (begun_at,) = [index for index, leaf in enumerate(world.leaves()) if leaf.event == "search.begin"]
    assert f'"{begun_at}"' in told, "the link is told by the entry of the order"
    assert one.search_id in told
    assert "Not told in these entries" not in told
    assert "name different values" not in told
