"""What the speed benchmark makes of its measurements."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.speed.benchmark import Plan, SpeedBenchmark
from benchmarks.speed.machine import machine
from benchmarks.speed.memory import Memory, MemorySample
from benchmarks.speed.sample import Duration, Sample, joined, ratio, time_calls
from benchmarks.speed.stages import QUICK_STAGES, STAGES, stage_named
from benchmarks.speed.targets import TARGETS, Target


def test_ratio_is_of_the_shortest_times_so_that_a_disturbance_does_not_decide() -> None:
    ours, theirs = _sample(2.0, 2.1, 50.0), _sample(20.0, 400.0)
    assert ratio(theirs, ours, threads=2) == pytest.approx(10.0)


def test_on_one_thread_the_ratio_is_of_processor_time_so_that_a_busy_machine_does_not_decide() -> None:
    ours = Sample(durations=(Duration(passed_ms=2.0, processor_ms=2.0),))
    interrupted = Sample(durations=(Duration(passed_ms=60.0, processor_ms=20.0),))
    assert ratio(interrupted, ours, threads=1) == pytest.approx(10.0)


def test_on_two_threads_no_interruption_of_the_rival_flatters_us() -> None:
    ours = Sample(durations=(Duration(passed_ms=2.0, processor_ms=4.0),))
    interrupted = Sample(durations=(Duration(passed_ms=90.0, processor_ms=30.0),))
    assert ratio(interrupted, ours, threads=2) == pytest.approx(15.0)


def test_without_a_rival_there_is_no_ratio() -> None:
    assert ratio(None, _sample(1.0), threads=1) is None


def test_rounds_are_joined_into_one_sample() -> None:
    rounds = joined([_sample(3.0, 1.0).durations, _sample(2.0).durations])
    assert (rounds.min_ms, rounds.median_ms, len(rounds.durations)) == (1.0, 2.0, 3)


def test_work_is_called_once_at_least_and_counted_per_unit() -> None:
    calls: list[int] = []
    durations = time_calls(lambda: calls.append(1), at_least_s=0.0, units=8)
    assert len(calls) == len(durations) == 1


def test_steady_growth_of_memory_is_found() -> None:
    memory = Memory(samples=_samples(lambda second: 300.0 + second / 60))
    assert memory.growth_mb_per_minute == pytest.approx(1.0)
    first, last = memory.quarter_means()
    assert last - first == pytest.approx(450 / 60, rel=0.02)
    assert memory.pss_mb == pytest.approx(300.0 + 599 / 60)


def test_memory_that_goes_up_and_down_does_not_grow() -> None:
    memory = Memory(samples=_samples(lambda second: 300.0 + 5 * (second % 2)))
    assert abs(memory.growth_mb_per_minute) < 0.01


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.key)
def test_target_is_neither_met_nor_missed_where_nothing_was_measured(target: Target) -> None:

    assert target.met_by(None) is None
    assert target.met_by(target.value * 2) is not target.met_by(target.value / 2)


def test_every_stage_has_a_name_of_its_own() -> None:
    names = [stage.name for stage in STAGES]
    assert len(set(names)) == len(names)
    assert all(stage_named(stage.name) is stage for stage in QUICK_STAGES)


def test_report_of_nothing_measured_holds_every_figure_as_null_and_says_why_growth_is_not_judged(
    tmp_path: Path,
) -> None:
    report = SpeedBenchmark(Plan(home=tmp_path, test_data=None), tmp_path).report()
    for target in TARGETS:
        assert report[target.key] is None
    reasons = report["reasons"]
    assert isinstance(reasons, dict)
    assert "--minutes 10" in reasons["memory_growth_mb"]


def test_machine_is_described_without_its_name_and_without_paths() -> None:
    described = json.dumps(machine())
    names = [Path("/proc/sys/kernel/hostname").read_text(encoding="ascii").strip(), str(Path.home())]
    assert not any(name in described for name in names if len(name) > 3)


def _sample(*passed_ms: float) -> Sample:
    return Sample(durations=tuple(Duration(passed_ms=each, processor_ms=each) for each in passed_ms))


def _samples(size: Callable[[int], float]) -> list[MemorySample]:

    return [MemorySample(seconds=float(second), by_process={"edge": size(second)}) for second in range(600)]
