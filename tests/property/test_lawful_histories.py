"""The machine of `builders_histories`, run; and four planted faults, one in each area, that it must find."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from governance.application import conclude, deployments, erase, lease_conditions
from governance.application.vault import intend_erasure
from governance.domain.decisions import allow
from governance.domain.events import Event
from tests.builders_histories import LawfulHistories

# A history that breaks the law is told as it was found: to make it shorter takes longer than a test may.
QUICK = settings(
    max_examples=10,
    stateful_step_count=25,
    deadline=None,
    phases=[Phase.generate],
    database=None,
    suppress_health_check=list(HealthCheck),
)
FINDING = settings(QUICK, max_examples=40, derandomize=True)


@pytest.mark.slow
@pytest.mark.law("A4", "A6", "A8", "A15", "B1", "B4", "B14", "C1", "P1")
def test_no_history_breaks_the_law() -> None:
    run_state_machine_as_test(LawfulHistories, settings=QUICK)


@pytest.mark.torture
def test_no_long_history_breaks_the_law() -> None:
    run_state_machine_as_test(LawfulHistories, settings=settings(QUICK, max_examples=400, stateful_step_count=60))


def _allows(*_: Any, **__: Any) -> Any:
    return allow("A6")


def _says_so_and_does_nothing(governance: Any, tx: Any, warrant: Any, *_: Any, **__: Any) -> None:
    tx.log.append(Event.WARRANT_REVOKE, {"warrant": warrant.warrant_id})


def _erases_nothing(*_: Any, **__: Any) -> None:
    pass


def _leaves_references(governance: Any, tx: Any, *objects: Any, reason: str) -> None:
    intend_erasure(governance, tx, *objects[2:], reason=reason)


FAULTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "a revocation changes nothing": lambda patch: patch.setattr(deployments, "end_warrant", _says_so_and_does_nothing),
    "the list stays when the warrant is over": lambda patch: patch.setattr(
        conclude, "intend_erasure", _leaves_references
    ),
    "a lease is lent whatever the conditions say": lambda patch: patch.setattr(
        lease_conditions, "CONDITIONS", (_allows,)
    ),
    "what is due is not erased": lambda patch: patch.setattr(erase, "intend_erasure", _erases_nothing),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    FAULTS[fault](monkeypatch)
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        run_state_machine_as_test(LawfulHistories, settings=FINDING)
