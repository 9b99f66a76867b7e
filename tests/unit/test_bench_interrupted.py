"""An interrupted benchmark tells what it measured, ends with a sentence, and leaves no empty file."""

import asyncio
import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from benchmarks.log.benchmark import LogBenchmark
from benchmarks.log.benchmark import Step as LogStep
from benchmarks.speed.benchmark import SpeedBenchmark
from benchmarks.speed.benchmark import Step as SpeedStep
from insyn import stop_benchmark
from insyn.commands import bench
from insyn.errors import InsynError
from insyn.line import Line
from insyn.stop_benchmark import StopFigures, summary

SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


@contextmanager
def nothing_shown() -> Iterator[None]:
    yield None


def measures(rounds: int, then: Callable[[], None]) -> Callable[[object, StopFigures, Callable[[], None]], None]:
    def measure(_shown: object, figures: StopFigures, took: Callable[[], None]) -> None:
        for number in range(rounds):
            figures.seconds["online"].append(0.1 * (number + 1))
            took()
        then()

    return measure


def stops(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, rounds: int, then: Callable[[], None]
) -> tuple[int, str, Path]:
    monkeypatch.setattr(bench, "for_one_check", nothing_shown)
    monkeypatch.setattr(stop_benchmark, "measure_stops", measures(rounds, then))
    file = tmp_path / "stop.json"
    result = CliRunner().invoke(bench.app, ["stop", "--json", str(file)])
    return result.exit_code, result.output, file


@SIGNALS
def test_the_rounds_until_then_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int) -> None:
    status, said, file = stops(monkeypatch, tmp_path, rounds=3, then=lambda: os.kill(os.getpid(), number))
    report = json.loads(file.read_bytes())
    assert status == 1
    assert "Interrupted." in said
    assert "Traceback" not in said
    assert report["asked"] == {"online": 200, "offline": 2}
    assert report["online"]["seconds"] == [0.1, 0.2, 0.3]
    assert "offline" not in report
    assert list(tmp_path.iterdir()) == [file]


@SIGNALS
def test_before_the_first_round_no_file_is_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int) -> None:
    status, said, _ = stops(monkeypatch, tmp_path, rounds=0, then=lambda: os.kill(os.getpid(), number))
    assert (status, list(tmp_path.iterdir())) == (1, [])
    assert "Interrupted." in said


def test_a_round_that_fails_loses_none_of_those_before_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail() -> None:
        raise InsynError("Governance lent nothing.")

    status, said, file = stops(monkeypatch, tmp_path, rounds=2, then=fail)
    assert status == 1
    assert "Governance lent nothing." in said
    assert json.loads(file.read_bytes())["online"]["rounds"] == 2


def test_an_earlier_report_stays_until_there_is_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "stop.json").write_text("{}\n", encoding="utf-8")
    _, _, file = stops(monkeypatch, tmp_path, rounds=0, then=lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert file.read_text(encoding="utf-8") == "{}\n"


@SIGNALS
def test_the_logs_figures_until_then_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int) -> None:
    def steps(self: LogBenchmark) -> list[LogStep]:
        def one(_tick: object) -> None:
            self._figures["p99_ms"] = 12.5

        def two(_tick: object) -> None:
            os.kill(os.getpid(), number)

        return [LogStep(title="one", expected_s=1, run=one), LogStep(title="two", expected_s=1, run=two)]

    monkeypatch.setattr(LogBenchmark, "steps", steps)
    file = tmp_path / "log.json"
    result = CliRunner().invoke(bench.app, ["log", "--quick", "--json", str(file)])
    assert result.exit_code == 1
    assert "Interrupted." in result.output
    measured = {key: value for key, value in json.loads(file.read_bytes()).items() if value is not None}
    assert measured == {"p99_ms": 12.5}


@SIGNALS
def test_the_stages_until_then_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int) -> None:
    def steps(_self: SpeedBenchmark) -> list[SpeedStep]:
        one = SpeedStep(title="one", expected_s=1, run=lambda _tick: None)
        two = SpeedStep(title="two", expected_s=1, run=lambda _tick: os.kill(os.getpid(), number))
        return [one, two]

    monkeypatch.setattr(SpeedBenchmark, "steps", steps)
    file = tmp_path / "speed.json"
    result = CliRunner().invoke(bench.app, ["speed", "--quick", "--json", str(file), "--home", str(tmp_path)])
    assert result.exit_code == 1
    assert "Interrupted." in result.output
    assert json.loads(file.read_bytes())["quick"] is True


def test_a_summary_counts_the_99th_percentile_by_nearest_rank() -> None:
    hundred = [float(number) for number in range(100, 0, -1)]
    assert summary(hundred)["p99_s"] == 99.0
    assert summary([*hundred, 1000.0])["p99_s"] == 100.0
    assert summary([0.5, 0.2, 0.3])["median_s"] == 0.3


def test_a_line_that_is_cut_loses_the_answer_that_was_on_its_way_and_lets_nobody_through() -> None:
    asked: list[bytes] = []
    waits = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        if len(asked) > 1:
            await waits.wait()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    async def story() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, Line(f"http://127.0.0.1:{port}") as line, httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(line.address)).text == "ok"
            open_question = asyncio.create_task(client.get(line.address))
            while len(asked) < 2:  # noqa: ASYNC110 (until the question has arrived)
                await asyncio.sleep(0)
            line.cut()
            # At once, and not because somebody's patience ended.
            with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
                await open_question
            with pytest.raises(httpx.ConnectError):
                await client.get(line.address)
            waits.set()

    asyncio.run(story())
    assert len(asked) == 2
