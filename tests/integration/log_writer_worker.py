"""A sequencer with its whole process's parts and many writers, each append printed once acknowledged: to be killed.

Arguments: the log's home folder, how many writers. Each writer goes on where the log says that it stands, and first
asks its last request again. Lines: `ack <src> <sn> <index> <sha256 of the leaves> <checkpoint's size> <its root>`.
"""

import hashlib
import os
import sys
import threading
from pathlib import Path

from governance.adapters.log.sequencer import Sequencer
from governance.audit.checkpoint import parse_body
from governance.audit.draft import Draft
from governance.audit.errors import LogError
from governance.audit.note import parse_note
from governance.json_lines import set_up_logging
from governance.sequencer_service import SequencerSettings, running
from tests.builders_sequencer import ORIGIN, a_draft


def request_of(writer: int, sn: int) -> list[Draft]:
    """The request that begins with this number: one to three entries, always the same ones."""
    count = 1 + sn % 3
    return [a_draft(place, src=f"w{writer}", number=(writer << 24) + place) for place in range(sn, sn + count)]


def write(sequencer: Sequencer, writer: int) -> None:
    src, sn, before = f"w{writer}", 1, 1
    while sn <= sequencer.last_number(src):
        before, sn = sn, sn + len(request_of(writer, sn))
    sn = before
    while True:
        drafts = request_of(writer, sn)
        appended = sequencer.append(f"{src}-{sn}", drafts)
        head = parse_body(parse_note(appended.checkpoint).text)
        digest = hashlib.sha256(b"".join(appended.leaves)).hexdigest()
        line = f"ack {src} {sn} {appended.first} {digest} {head.size} {head.root.hex()}\n"
        os.write(1, line.encode())
        sn += len(drafts)


def main() -> None:
    set_up_logging()
    home, writers = Path(sys.argv[1]), int(sys.argv[2])
    settings = SequencerSettings(home=home, socket=home / "unused", origin=ORIGIN)
    try:
        with running(settings, ended=lambda _error: os._exit(75)) as sequencer:
            threads = [threading.Thread(target=write, args=(sequencer, writer)) for writer in range(writers)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    except LogError as error:
        sys.stderr.write(f"refused: {error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
