"""One contender in a process of its own: one stage, one library, one number of threads.

    python -m benchmarks.speed.contender

reads an order from its standard input, answers `{"ready": …}`, and then, for each line that names a duration in
seconds, works for so long and answers with how long each call took per unit. Which cores it may use was settled by
whoever started it, before any library counted them.
"""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from benchmarks.errors import BenchmarkError
from benchmarks.speed.material import Material
from benchmarks.speed.rivals import open_rival
from benchmarks.speed.sample import time_calls
from benchmarks.speed.stages import Contender, stage_named
from benchmarks.speed.work import Work, open_work
from matcher.errors import MatcherError


@dataclass(frozen=True, slots=True, kw_only=True)
class ContenderOrder:
    """What one contender is to do."""

    contender: str
    stage: str
    threads: int
    folder: str

    def to_line(self) -> str:
        """Write the order as one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Read an order that this same program wrote."""
        return cls(**json.loads(line))

    def open(self) -> Work:
        """Make the work ready."""
        stage, material = stage_named(self.stage), Material(folder=Path(self.folder))
        contender = Contender(self.contender)
        if contender is Contender.INSYN:
            return open_work(stage, material, threads=self.threads)
        return open_rival(contender, stage, material)


def main() -> None:
    """Serve one order."""
    order = ContenderOrder.from_line(sys.stdin.readline())
    try:
        work = order.open()
    except (BenchmarkError, MatcherError) as error:
        _answer({"failed": str(error)})
        return
    # The first call allocates, and is not what the hundredth costs.
    work.call()
    _answer({"ready": True})
    for line in sys.stdin:
        durations = time_calls(work.call, at_least_s=float(line), units=work.units)
        _answer({"durations": [duration.to_json() for duration in durations]})


def _answer(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
