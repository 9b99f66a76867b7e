"""Ends a home's log in a process of its own and dies at a step: `HOME KIND ORIGIN STEP [CHECKPOINT]`."""

import os
import signal
import sys
from pathlib import Path

from governance.adapters.log.succession import close_year, declare_fork
from insyn.home import Home, held_alone
from insyn.log_succession import CLOSE, handover, planned
from tests.builders_home import VaultInside


def main(root: str, kind: str, origin: str, step: str, checkpoint: str = "") -> None:
    """Carry it out until the step is reached."""
    home = Home(Path(root))

    def reached(done: str) -> None:
        if done == step:
            os.kill(os.getpid(), signal.SIGKILL)

    with held_alone(home):
        plan = planned(home, kind, origin)
        vault = VaultInside(home, plan)
        with handover(home, plan, reached=reached, vault=vault) as job:
            if kind == CLOSE:
                close_year(job)
            else:
                declare_fork(job, Path(checkpoint).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(*sys.argv[1:])
