"""The server's jobs: some begin at once, all go on after a failure, each ends when it is told to."""

from dataclasses import replace
from pathlib import Path
from threading import Event as Signal

import pytest

from governance.adapters.log.due_stamps import NoTimeStamps
from governance.application.errors import StorageFailed
from governance.domain.recording import recording_nothing
from governance.jobs import JOBS, Job, Work, run
from governance.serve import ServerSettings


class Stop(Signal):
    """A signal that nobody waits for: it is given after so many waits."""

    def __init__(self, waits: int) -> None:
        super().__init__()
        self.left, self.asked = waits, list[float | None]()

    def wait(self, timeout: float | None = None) -> bool:
        self.asked.append(timeout)
        self.left -= 1
        return self.left < 0


def done(job: Job, stop: Stop) -> int:
    rounds = []
    work = Work(governance=None, daily=None, time_stamps=NoTimeStamps(), stop=stop)  # type: ignore[arg-type]  # the stand-in asks neither
    run(replace(job, once=lambda _work: rounds.append(1)), work)
    return len(rounds)


A_JOB = Job(name="test", once=lambda _work: None, seconds=7.0, at_once=False, declared=recording_nothing("for tests"))


def test_a_job_waits_before_each_round_or_begins_at_once() -> None:
    waits, begins = Stop(2), Stop(2)
    assert done(A_JOB, waits) == 2
    assert done(replace(A_JOB, at_once=True), begins) == 3
    assert set(waits.asked) | set(begins.asked) == {7.0}


def test_a_job_that_is_stopped_before_its_first_round_does_nothing() -> None:
    assert done(A_JOB, Stop(0)) == 0


def test_a_job_that_fails_is_tried_again() -> None:
    rounds = []

    def fail(_work: Work) -> None:
        rounds.append(1)
        raise StorageFailed("The log does not answer.")

    work = Work(governance=None, daily=None, time_stamps=NoTimeStamps(), stop=Stop(3))  # type: ignore[arg-type]  # the stand-in asks neither
    run(replace(A_JOB, once=fail), work)
    assert len(rounds) == 3


def test_signs_of_life_come_every_minute_and_erasure_every_few_seconds() -> None:
    every = {job.name: job.seconds for job in JOBS}
    assert every["beat"] == 60
    assert every["expiry"] <= 10
    assert every["inventory"] == 24 * 3600
    assert every["daily checkpoint"] <= 60


def test_the_file_of_tokens_is_told_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    named = ("DATA", "TRUST", "VIEWER_SOCKET", "ENROLMENT_SOCKET", "SEQUENCER_SOCKET", "VAULT_SOCKET")
    for name in named:
        monkeypatch.setenv(f"INSYN_GOVERNANCE_{name}", str(tmp_path))
    monkeypatch.setenv("INSYN_GOVERNANCE_LOG_ORIGIN", "insyn.invalid/2026")
    monkeypatch.setenv("INSYN_GOVERNANCE_PROFILE_SHA256", "0" * 64)
    assert ServerSettings().log_tokens is None  # type: ignore[call-arg]  # the environment gives them
    monkeypatch.setenv("INSYN_GOVERNANCE_LOG_TOKENS", str(tmp_path / "tokens"))
    assert ServerSettings().log_tokens == tmp_path / "tokens"  # type: ignore[call-arg]  # as above
