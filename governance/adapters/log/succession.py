"""One log after another: a year that ends, a key that was compromised. Each step can be cut off and done again.

The instant that decides is one entry or one rename. At a year's end it is the entry `log.close`: before it the old log
runs on as if nothing had been, after it the old log takes nothing in and the new one is finished by the same command.
Where a log is given up it is the renaming of its key. So at no time two logs sign.

Sealed payloads of the old log move into the new database, under the names of their keys. The vault does not ask which
log a key was used for, an entry of the new log opens them for an auditor, and the erasure of their day, which the new
log tells of, finds them where it looks. The archive holds none, so nothing has to be erased from it.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from contracts.receipt import LogReceipt
from contracts.signature import SigningKey
from governance.adapters.key_files import read_signing_key
from governance.adapters.log.ended_log import EndedLog, open_ended
from governance.adapters.log.export import Beside, export_files, write_folder
from governance.adapters.log.guard import synchronise_folder, write_durably
from governance.adapters.log.place import LogPlace, Now, destroy_seed, held, say, working, write_seed
from governance.adapters.log.signing import HeadSigner
from governance.application.ports import Log
from governance.audit import succession as told_by_logs
from governance.audit.checkpoint import Checkpoint, parse_body
from governance.audit.errors import CheckpointRefused, LogClosed, LogUnavailable, NoteRefused
from governance.audit.leaf import Leaf
from governance.audit.note import NoteSignature, VerifierKey, parse_note
from governance.vault.succession import Succession

_READ_ONLY: Final = 0o444
_READ_ONLY_FOLDER: Final = 0o555


class Records(Protocol):
    """Governance's database, as far as it remembers places in the log."""

    def settle(self, log: Log) -> None:
        """Let the log say what became of every announced change."""

    def settled(self) -> Mapping[str, int]:
        """Return the number of the last committed change, by producer."""

    def begin_new_log(self) -> None:
        """Make every place in the old log one of the past. Doing it twice changes nothing."""


class Vault(Protocol):
    """The key vault, while it does not serve."""

    def seen(self) -> tuple[int, bytes]:
        """Return size and root of what it saw of the log last."""

    def follow(self, told: Succession) -> None:
        """Let it follow to the new log."""


def _nothing(_step: str) -> None:
    """Take no notice."""


def _nobody(_log: EndedLog) -> None:
    """Ask no witness."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """The old log, the place of the new one, and what hangs on them.

    `archive` is the folder that the old log becomes. `policy` is the text that goes into it. `switch` makes the new log
    the running one, in one step. `witness` has the end of the old log cosigned, where witnesses are configured.
    `reached` is told each step that is done.
    """

    old: LogPlace
    new: LogPlace
    archive: Path
    policy: str
    records: Records
    vault: Vault
    switch: Callable[[], None]
    now: Now
    witness: Callable[[EndedLog], None] = _nobody
    reached: Callable[[str], None] = _nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """The checkpoint on which the new log stands, its key, and how many rows of the watched tables it took over."""

    before: Checkpoint
    key: VerifierKey
    rows: int


def close_year(job: Handover) -> HandedOver:
    """Close the old log and begin the new one. To be called while nothing runs; again, where it was cut off.

    Raises:
        DataFolderInUse: something runs.
        LogUnavailable: the old log was closed in favour of another one, or something cannot be read or written.
        StorageFailed: governance's database, or a key, cannot be used.
    """
    _require_another(job)
    with held(job.old), _made(job.new):
        key = _new_key(job)
        _close(job, key)
        with open_ended(job.old, HeadSigner(job.old.origin, job.old.signing_keys())) as old:
            _require_closed_for(job, old, key)
            job.witness(old)
            rows = told_by_logs.live_rows(old.all_entries())
            first = _begin(job, key, told_by_logs.beginning(told_by_logs.BEGIN, old.head, rows))
            _carry_boxes(job)
            _archive(job, old, job.old.signing_keys())
            job.records.begin_new_log()
            job.reached("records")
            closing_entry = replace(old.receipt(old.head.size - 1), checkpoint=_cosigned(job, old))
            _lead_vault(job, old, old.head.size, first, closing_entry=closing_entry)
            job.switch()
            job.reached("switched")
        clean(job.old)
        job.reached("cleaned")
    return HandedOver(before=old.head, key=job.new.verifier(key), rows=len(rows))


def declare_fork(job: Handover, trusted_note: str) -> HandedOver:
    """Give the old log up, and begin a new one on the part that is still trusted. The old key signs nothing more.

    `trusted_note` is the last checkpoint that others cosigned, or one that people kept. To be called while nothing
    runs; again, where it was cut off.

    Raises:
        DataFolderInUse: something runs.
        LogUnavailable: the log that lies here does not begin as the trusted checkpoint says, or cannot be read.
        StorageFailed: governance's database, or a key, cannot be used.
    """
    _require_another(job)
    trusted = _trusted(job, trusted_note)
    with held(job.old), _made(job.new):
        key = _new_key(job)
        keys = _given_up(job, trusted)
        with open_ended(job.old, HeadSigner(job.old.origin, keys)) as old:
            rows = told_by_logs.live_rows(old.all_entries(), settled=job.records.settled())
            first = _begin(job, key, told_by_logs.beginning(told_by_logs.FORK, trusted, rows))
            _carry_boxes(job)
            _archive(job, old, keys)
            job.records.begin_new_log()
            job.reached("records")
            _lead_vault(job, old, trusted.size, first, trusted=trusted_note)
            job.switch()
            job.reached("switched")
        clean(job.old)
        job.reached("cleaned")
    return HandedOver(before=trusted, key=job.new.verifier(key), rows=len(rows))


def clean(old: LogPlace) -> None:
    """Destroy the old log's keys; remove its database and tiles: the archive holds the log, the new one its boxes."""
    for key in (old.old_key, old.key, old.given_up_key):
        destroy_seed(key)
    for folder in (old.database.parent, old.folder / "public"):
        if folder.exists():
            shutil.rmtree(folder)


# -- the steps --------------------------------------------------------------------------------------------------------


def _require_another(job: Handover) -> None:
    if job.new.origin == job.old.origin:
        raise LogUnavailable("The new log needs another origin than the old one, such as the next year's.")


@contextmanager
def _made(place: LogPlace) -> Iterator[None]:
    place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with held(place):
        write_durably(place.folder / "origin", f"{place.origin}\n".encode())
        yield


def _new_key(job: Handover) -> SigningKey:
    if not job.new.key.exists():
        write_seed(job.new.key, SigningKey.generate().seed)
        synchronise_folder(job.new.folder.parent)
    job.reached("key")
    return read_signing_key(job.new.key)


def _close(job: Handover, key: SigningKey) -> None:
    """Append the entry that closes the old log, unless it is there."""
    try:
        with working(job.old, job.old.signing_keys(), now=job.now) as log:
            job.records.settle(log)
            job.reached("settled")
            say(log, told_by_logs.closing(job.new.verifier(key)))
    except LogClosed:
        return
    job.reached("closed")


def _require_closed_for(job: Handover, old: EndedLog, key: SigningKey) -> None:
    last = old.last()
    if last is None or dict(last.body) != told_by_logs.closing(job.new.verifier(key))[1]:
        raise LogUnavailable(
            "The log was closed in favour of another one than this; if that one's key is lost, declare a fork "
            "(`insyn log declare-fork`)."
        )


def _begin(job: Handover, key: SigningKey, sayings: Sequence[told_by_logs.Saying]) -> LogReceipt:
    """Write the new log's first entries, unless they are there; return the receipt of the first one."""
    with working(job.new, [key], now=job.now) as log:
        if not log.size():
            say(log, *sayings)
            job.reached("begun")
        receipt = log.receipt(0)
    leaf = Leaf.from_bytes(receipt.leaf)
    if leaf.event != sayings[0][0] or dict(leaf.body) != sayings[0][1]:
        raise LogUnavailable(
            f"The folder {job.new.folder} holds a log that was begun on something else; remove it, then try again."
        )
    return receipt


def _carry_boxes(job: Handover) -> None:
    """Copy the sealed payloads that were not erased, in one transaction."""
    try:
        with closing(sqlite3.connect(job.new.database)) as database:
            database.execute("PRAGMA synchronous = FULL")
            database.execute("ATTACH ? AS old", (str(job.old.database),))
            with database:
                database.execute("INSERT OR IGNORE INTO main.log_boxes SELECT * FROM old.log_boxes")
    except sqlite3.Error as error:
        raise LogUnavailable("The sealed payloads cannot be carried into the new log's database.") from error
    job.reached("boxes")


def _archive(job: Handover, old: EndedLog, keys: Sequence[SigningKey]) -> None:
    """Write the old log as an export, durable and for reading only, unless it is there."""
    if not job.archive.exists():
        job.archive.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.rmtree(job.archive.with_name(job.archive.name + ".part"), ignore_errors=True)
        beside = Beside(
            vkeys=old.keys(job.old.verifier(keys[0])),
            policy=job.policy,
            anchors=job.old.anchors if job.old.anchors.is_dir() else None,
        )
        write_folder(export_files(old, beside, sign_note=_line_by(job.old, keys[0])), job.archive)
        job.reached("exported")
    _make_lasting(job.archive)
    if (job.archive / "checkpoint").read_text(encoding="utf-8") != old.note:
        raise LogUnavailable(f"The folder {job.archive} holds another log than the one that ends; move it away.")
    job.reached("archived")


def _line_by(place: LogPlace, key: SigningKey) -> Callable[[str], str]:
    verifier = place.verifier(key)

    def line(text: str) -> str:
        return NoteSignature(name=verifier.name, key_id=verifier.id, signature=key.private.sign(text.encode())).line

    return line


def _make_lasting(folder: Path) -> None:
    """Synchronise every file of a folder, and take the right to write away."""
    for where, _, names in os.walk(folder, topdown=False):
        for name in names:
            path = Path(where) / name
            with path.open("rb") as file:
                os.fsync(file.fileno())
            path.chmod(_READ_ONLY)
        synchronise_folder(Path(where))
        Path(where).chmod(_READ_ONLY_FOLDER)
    synchronise_folder(folder.parent)


def _lead_vault(
    job: Handover,
    old: EndedLog,
    end: int,
    first: LogReceipt,
    *,
    closing_entry: LogReceipt | None = None,
    trusted: str | None = None,
) -> None:
    """Let the vault follow to the new log, unless it did. `end` is the size at which the old log ends for it."""
    seen = job.vault.seen()
    new = parse_body(parse_note(first.checkpoint).text)
    if seen != (new.size, new.root):
        consistency = old.consistency(seen[0], end)
        job.vault.follow(Succession(opening=first, closing=closing_entry, trusted=trusted, consistency=consistency))
    job.reached("vault")


def _cosigned(job: Handover, old: EndedLog) -> str:
    """Return the final checkpoint as witnesses cosigned it, where they did, else as the log signed it."""
    try:
        kept = (job.old.anchors / f"{old.head.size}.note").read_text(encoding="utf-8")
        return kept if parse_note(kept).text == parse_note(old.note).text else old.note
    except (FileNotFoundError, NoteRefused):
        return old.note


def _trusted(job: Handover, note: str) -> Checkpoint:
    try:
        trusted = parse_body(parse_note(note).text)
    except (NoteRefused, CheckpointRefused) as error:
        raise LogUnavailable(f"What is to be trusted is no checkpoint. {error}") from error
    if trusted.origin != job.old.origin:
        raise LogUnavailable("The checkpoint that is to be trusted is of another log.")
    return trusted


def _given_up(job: Handover, trusted: Checkpoint) -> tuple[SigningKey, ...]:
    """Take the old key out of use, once it is certain that the log can be given up; return the keys for the archive."""
    if job.old.key.exists():
        keys = job.old.signing_keys()
        with open_ended(job.old, HeadSigner(job.old.origin, keys)) as old:
            if old.root(trusted.size) != trusted.root:
                raise LogUnavailable(
                    "The log that lies here does not begin as the trusted checkpoint says. Put a copy back that does; "
                    "nothing was changed."
                )
        job.old.key.replace(job.old.given_up_key)
        synchronise_folder(job.old.folder)
    job.reached("given up")
    given_up = read_signing_key(job.old.given_up_key)
    old_key = [read_signing_key(job.old.old_key)] if job.old.old_key.exists() else []
    return (given_up, *(one for one in old_key if one.seed != given_up.seed))
