"""A sequencer that does one append when told to, and says what became of it: for faults in the midst of one append.

Argument: the log's home folder. It prints the threads to be watched, waits for a line, appends, waits for the tiles.
"""

import sys
from contextlib import ExitStack
from pathlib import Path

from contracts.clock import read_clocks
from governance.adapters.log.guard import GuardFile
from governance.adapters.log.publisher import Publisher
from governance.adapters.log.sequencer import Sequencer
from governance.adapters.log.sqlite_store import SqliteStore
from governance.audit.errors import LogError
from governance.json_lines import set_up_logging
from tests.builders_sequencer import LogFolder, drafts


def main() -> None:
    set_up_logging()
    folder = LogFolder(Path(sys.argv[1]))
    with ExitStack() as stack:
        store = SqliteStore(folder.database)
        publisher = Publisher(folder.path / "public", store, folder.signer, pause_s=0)
        sequencer = Sequencer(
            store=store,
            guard=GuardFile(folder.guard_path, folder.signer),
            signer=folder.signer,
            now=lambda: read_clocks().now,
            committed=publisher.committed,
        )
        stack.callback(store.close)
        publisher.start(sequencer.view, found=sequencer.fail)
        first = sequencer.last_number("governance") + 1
        say(f"threads {sequencer._thread.native_id} {publisher._thread.native_id}")
        sys.stdin.readline()
        try:
            appended = sequencer.append(f"request-{first}", drafts(first, 4))
            say(f"appended {appended.first} {folder.signer.open(appended.checkpoint).root.hex()}")
        except LogError as error:
            say(f"refused {type(error).__name__}")
        say(f"published {publisher.wait_until(first + 3, timeout_s=2)}")
        sequencer.halt()
        publisher.stop()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
