"""The machine of `builders_histories`, run; and four planted faults, one in each area, that it must find.

Each fault is planted into a history that is lawful without it and shows it at once; the torture finds the same ones by
chance.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from governance.adapters.db import migrate
from governance.application import conclude, deployments, erase, lease_conditions
from governance.application.vault import intend_erasure
from governance.domain.decisions import allow
from governance.domain.events import Event
from governance.domain.identifiers import WarrantId
from tests.builders_histories import OURS, LawfulHistories

# A history that breaks the law is told as it was found: to make it shorter takes longer than a test may.
QUICK = settings(
    max_examples=10,
    stateful_step_count=25,
    deadline=None,
    phases=[Phase.generate],
    database=None,
    suppress_health_check=list(HealthCheck),
)
FINDING = settings(QUICK, max_examples=200)


@pytest.mark.slow
@pytest.mark.law("A4", "A6", "A8", "A15", "B1", "B4", "B14", "C1", "P1")
def test_no_history_breaks_the_law() -> None:
    run_state_machine_as_test(LawfulHistories, settings=QUICK)


@pytest.mark.torture
@pytest.mark.timeout(7200)
def test_no_long_history_breaks_the_law() -> None:
    run_state_machine_as_test(LawfulHistories, settings=settings(QUICK, max_examples=400, stateful_step_count=60))


def _allows(*_: Any, **__: Any) -> Any:
    return allow("A6")


def _says_so_and_does_nothing(governance: Any, tx: Any, warrant: Any, *_: Any, **__: Any) -> None:
    tx.log.append(Event.WARRANT_REVOKE, {"warrant": warrant.warrant_id})


def _erases_nothing(*_: Any, **__: Any) -> None:
    pass


def _leaves_references(governance: Any, tx: Any, *objects: Any, reason: str) -> None:
    intend_erasure(governance, tx, *(one for one in objects if not one.startswith("reference.")), reason=reason)


def _lends_whatever_is_said(patch: pytest.MonkeyPatch) -> None:
    """Open the conditions, and take the database's own guards away, which would refuse what they let through."""
    patch.setattr(lease_conditions, "CONDITIONS", (_allows,))
    patch.setattr(migrate, "has_every_guard", lambda _connection: False)
    patch.setattr(migrate, "create_guards", lambda _connection: None)


Step = Callable[[LawfulHistories, WarrantId], object]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is planted, and what then happens to a warrant in use that shows it."""

    plant: Callable[[pytest.MonkeyPatch], None]
    history: Sequence[Step]


FAULTS = {
    "a revocation changes nothing": Fault(
        plant=lambda patch: patch.setattr(deployments, "end_warrant", _says_so_and_does_nothing),
        history=[lambda machine, warrant: machine.revoke(warrant), lambda machine, _: machine.a_site_asks(OURS[0])],
    ),
    "the list stays when the warrant is over": Fault(
        plant=lambda patch: patch.setattr(conclude, "intend_erasure", _leaves_references),
        history=[lambda machine, warrant: machine.revoke(warrant), lambda machine, _: machine.the_job_runs()],
    ),
    "a lease is lent whatever the conditions say": Fault(
        plant=_lends_whatever_is_said,
        history=[
            lambda machine, _: machine.apply(begins=300, lasts=500, camera=OURS[1], far=5),
            lambda machine, _: machine.a_site_asks(OURS[1]),
        ],
    ),
    "what is due is not erased": Fault(
        plant=lambda patch: patch.setattr(erase, "intend_erasure", _erases_nothing),
        history=[lambda machine, _: machine.most_of_a_year_goes_by(), lambda machine, _: machine.the_job_runs()],
    ),
}


def play(history: Sequence[Step]) -> None:
    """Play one history of a warrant in use, and see after each step that everything holds."""
    machine = LawfulHistories()
    try:
        warrant = machine.a_warrant_in_use(lasts=2000)
        for step in history:
            step(machine, warrant)
            for invariant in machine.invariants:
                invariant.function(machine)
    finally:
        machine.teardown()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    play(FAULTS[fault].history)
    FAULTS[fault].plant(monkeypatch)
    with pytest.raises(AssertionError):
        play(FAULTS[fault].history)


@pytest.mark.torture
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_by_chance(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    FAULTS[fault].plant(monkeypatch)
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        run_state_machine_as_test(LawfulHistories, settings=FINDING)
