"""The speed benchmark: its plan, its steps in order, and the report they add up to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.errors import BenchmarkError
from benchmarks.speed.duel import Rounds, measure_in_turns
from benchmarks.speed.film import demonstration_film, lengthen, render_short_film, seconds_of
from benchmarks.speed.lone_process import run_module
from benchmarks.speed.machine import cores, machine
from benchmarks.speed.material import Material
from benchmarks.speed.memory import SETTLE_S, Memory, watch
from benchmarks.speed.model_files import gather
from benchmarks.speed.photographs import photographs
from benchmarks.speed.rivals import missing
from benchmarks.speed.sample import Sample, ratio
from benchmarks.speed.site_processes import SiteProcesses
from benchmarks.speed.stages import DETECTION, EMBEDDING, FAST_PROFILE, QUICK_STAGES, STAGES, Contender, Part, Stage
from benchmarks.speed.targets import GROWTH_KEY, LEAST_MINUTES_FOR_GROWTH, TARGETS
from contracts.clock import read_clocks
from matcher.models.shipped_profiles import DEFAULT_PROFILE, shipped_profile

_PROFILES: Final = {DEFAULT_PROFILE: "pipeline_fps_default", FAST_PROFILE: "pipeline_fps_yunet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured, and where the models, films and photographs are."""

    home: Path
    test_data: Path | None
    stages: tuple[Stage, ...] = STAGES
    rounds: Rounds = field(default_factory=lambda: Rounds(count=5, turn_s=0.3))
    pipeline_s: float = 40.0
    settle_s: float = SETTLE_S
    memory_s: float = 60.0


def quick_plan(home: Path, test_data: Path | None) -> Plan:
    """Return a plan of less than a minute, which shows that everything runs and whose figures mean little."""
    return Plan(
        home=home,
        test_data=test_data,
        stages=QUICK_STAGES,
        rounds=Rounds(count=1, turn_s=0.05),
        pipeline_s=3.0,
        settle_s=2.0,
        memory_s=3.0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One part of the benchmark. `expected_s` is a guess, for a progress bar; `run` is given where to tell seconds."""

    title: str
    expected_s: float
    run: Callable[[Callable[[float], None]], None]


@dataclass(slots=True, kw_only=True, eq=False)
class _Measured:
    """What is known so far. `reasons` say why something is not, by key."""

    stages: dict[str, dict[int, Mapping[Contender, Sample]]] = field(default_factory=dict)
    pipeline: dict[str, dict[str, Any]] = field(default_factory=dict)
    memory: Memory | None = None
    reasons: dict[str, str] = field(default_factory=dict)


class SpeedBenchmark:
    """One run in one temporary folder. Call the steps in order, then `report`."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan = plan
        self._material = Material(folder=folder)
        self._measured = _Measured()
        self._machine = machine()
        self._cores = len(cores())
        self._profiles: list[str] = []
        self._rivals: list[Contender] = []

    def steps(self) -> list[Step]:
        """Return everything there is to do."""
        stages = [self._stage_step(stage, threads) for stage in self._plan.stages for threads in self._threads(stage)]
        pipelines = [self._pipeline_step(name) for name in _PROFILES]
        return [
            Step(title="Pictures and models", expected_s=15, run=self._prepare),
            *stages,
            *pipelines,
            self._memory_step(),
        ]

    def report(self) -> dict[str, object]:
        """Return all that was measured, ready for JSON."""
        figures = self._figures()
        memory = self._measured.memory
        return {
            **figures,
            "machine": self._machine,
            "measured_on": f"{read_clocks().now:%Y-%m-%d}",
            "memory": None if memory is None else memory.to_json(),
            "memory_growth_mb_per_minute": None if memory is None else round(memory.growth_mb_per_minute, 3),
            "pipeline": self._measured.pipeline,
            "reasons": dict(sorted(self._measured.reasons.items())),
            "stages": {stage.name: self._stage_report(stage) for stage in self._plan.stages},
            "targets": [target.to_json(figures[target.key]) for target in TARGETS],
        }

    def _threads(self, stage: Stage) -> list[int]:
        """One thread and all; two besides where a target is set for two."""
        two = stage.part in (Part.EMBEDDING, Part.DETECTION) and self._cores >= 2
        return sorted({1, self._cores, *([2] if two else [])})

    def _prepare(self, _tick: Callable[[float], None]) -> None:
        self._material.put_pictures(photographs(self._plan.home, self._plan.test_data))
        for name in _PROFILES:
            self._gather(name)
        run_module("benchmarks.speed.material", [str(self._material.folder), *self._profiles], threads=self._cores)
        for rival in (Contender.DLIB, Contender.FACE_RECOGNITION):
            sentence = missing(rival)
            if sentence is None:
                self._rivals.append(rival)
            else:
                self._measured.reasons[rival.value] = sentence
        self._put_film()

    def _gather(self, name: str) -> None:
        profile = shipped_profile(name)
        try:
            gather(profile, into=self._material.store, home=self._plan.home, test_data=self._plan.test_data)
        except BenchmarkError as error:
            if name == DEFAULT_PROFILE:
                raise
            self._measured.reasons[_PROFILES[name]] = str(error)
        else:
            self._profiles.append(name)

    def _put_film(self) -> None:
        """Make ready the film that lasts as long as the memory is watched."""
        film = demonstration_film(self._plan.home)
        short = self._material.folder / "short.mp4"
        if film is None:
            render_short_film(short, photographs(self._plan.home, self._plan.test_data))
        else:
            short.symlink_to(film.absolute())

    def _stage_step(self, stage: Stage, threads: int) -> Step:
        def run(_tick: Callable[[float], None]) -> None:
            if stage.profile in self._profiles:
                contenders = [Contender.INSYN, *(rival for rival in stage.rivals if rival in self._rivals)]
                taken = measure_in_turns(
                    stage, contenders, threads=threads, folder=self._material.folder, rounds=self._plan.rounds
                )
                self._measured.stages.setdefault(stage.name, {})[threads] = taken

        word = "one thread" if threads == 1 else f"{threads} threads"
        turns = self._plan.rounds.of(stage)
        expected = 1.5 + turns.count * turns.turn_s + (turns.count + 1) * (8 if stage.slow_rival else 0.2)
        return Step(title=f"{stage.name}, {word}", expected_s=expected, run=run)

    def _pipeline_step(self, name: str) -> Step:
        def run(_tick: Callable[[float], None]) -> None:
            if name not in self._profiles:
                return
            arguments = [str(self._material.folder), str(self._material.folder / "short.mp4"), name]
            arguments += [str(self._cores), str(self._plan.pipeline_s)]
            self._measured.pipeline[name] = run_module("benchmarks.speed.pipeline_run", arguments, threads=self._cores)

        return Step(title=f"Edge pipeline, {name}", expected_s=self._plan.pipeline_s + 3, run=run)

    def _memory_step(self) -> Step:
        seconds = self._plan.settle_s + self._plan.memory_s

        def run(tick: Callable[[float], None]) -> None:
            try:
                self._measured.memory = self._watched(seconds, tick)
            except BenchmarkError as error:
                self._measured.reasons["pss_mb"] = str(error)

        return Step(title="Memory of one camera", expected_s=seconds + 5, run=run)

    def _watched(self, seconds: float, tick: Callable[[float], None]) -> Memory:
        folder = self._material.folder
        # Starting three processes on a busy machine takes a while, in which the film already runs.
        needed = seconds + 30
        if seconds_of(folder / "short.mp4") >= needed:
            film = folder / "short.mp4"
        else:
            film = folder / "film.mp4"
            lengthen(folder / "short.mp4", film, seconds=needed)
        with SiteProcesses(self._material, film.resolve(), shipped_profile(), threads=self._cores) as site:
            return watch(site, settle_s=self._plan.settle_s, for_s=self._plan.memory_s, tick=tick)

    def _figures(self) -> dict[str, float | None]:
        """The figures at the top of the report; what could not be measured is None, with its reason."""
        embedding = self._measured.stages.get(EMBEDDING.name, {})
        detection = self._measured.stages.get(DETECTION.name, {})
        memory = self._measured.memory
        fps = {key: self._measured.pipeline.get(name, {}).get("fps") for name, key in _PROFILES.items()}
        figures: dict[str, float | None] = {
            "detection_ms": _rounded(_min_ms(detection.get(1))),
            "detection_ratio_1t": _rounded(_ratio(detection.get(1), 1)),
            "embedding_ms": _rounded(_min_ms(embedding.get(1))),
            "embedding_ratio_1t": _rounded(_ratio(embedding.get(1), 1)),
            "embedding_ratio_2t": _rounded(_ratio(embedding.get(2), 2)),
            GROWTH_KEY: self._growth(),
            "pss_mb": None if memory is None else round(memory.pss_mb, 1),
            **fps,
        }
        self._explain(figures)
        return figures

    def _growth(self) -> float | None:
        memory = self._measured.memory
        if memory is None or self._plan.memory_s < LEAST_MINUTES_FOR_GROWTH * 60:
            return None
        first, last = memory.quarter_means()
        return round(last - first, 2)

    def _explain(self, figures: Mapping[str, float | None]) -> None:
        reasons = self._measured.reasons
        for key in ("detection_ratio_1t", "embedding_ratio_1t", "embedding_ratio_2t"):
            if figures[key] is None and Contender.DLIB.value in reasons:
                reasons[key] = reasons[Contender.DLIB.value]
        if figures["embedding_ratio_2t"] is None and self._cores < 2:
            reasons["embedding_ratio_2t"] = "This process may use one core alone."
        if figures[GROWTH_KEY] is None:
            reasons[GROWTH_KEY] = "Growth is judged over ten minutes: add `--minutes 10`."

    def _stage_report(self, stage: Stage) -> dict[str, object]:
        by_threads = self._measured.stages.get(stage.name, {})
        return {
            "per": stage.per,
            "threads": {
                str(threads): {
                    **{contender.value: sample.to_json() for contender, sample in taken.items()},
                    "ratio": _rounded(_ratio(taken, threads)),
                }
                for threads, taken in sorted(by_threads.items())
            },
        }


def _min_ms(taken: Mapping[Contender, Sample] | None) -> float | None:
    return None if taken is None else taken[Contender.INSYN].min_ms


def _ratio(taken: Mapping[Contender, Sample] | None, threads: int) -> float | None:
    return None if taken is None else ratio(taken.get(Contender.DLIB), taken[Contender.INSYN], threads=threads)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
