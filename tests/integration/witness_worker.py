"""A witness that kills its own process at a chosen step of one cosignature.

`python -m tests.integration.witness_worker FOLDER REQUEST STEP`: steps are counted over writes, synchronisations,
renames and signing; the line that it would answer goes to standard output, if it comes that far.
"""

import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from governance.witness import state
from tests.builders_witness import WitnessHouse


def main() -> None:
    """Cosign, and die on the way."""
    folder, request, last = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes(), int(sys.argv[3])
    steps = count()

    def then_maybe_die(call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: object, **options: object) -> object:
            die_at(last, next(steps))
            result = call(*arguments, **options)
            die_at(last, next(steps))
            return result

        return called

    house = WitnessHouse(folder)
    os.fsync = then_maybe_die(os.fsync)
    Path.replace = then_maybe_die(Path.replace)  # type: ignore[method-assign]
    state.State.to_bytes = then_maybe_die(state.State.to_bytes)  # type: ignore[method-assign]
    state.State.sign = then_maybe_die(state.State.sign)  # type: ignore[method-assign]
    line = house.witness().add_checkpoint(request)
    die_at(last, next(steps))
    sys.stdout.write(line)
    sys.stdout.flush()


def die_at(last: int, step: int) -> None:
    """End this process as a power cut does."""
    if step == last:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
