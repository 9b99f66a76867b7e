"""What the commands that end a log need of a home: where the next one lies, records, vault, and the one switch."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.clock import read_clocks
from contracts.errors import ContractError
from contracts.fields import Fields
from governance.adapters.data_folder import DataFolder
from governance.adapters.db.database import open_engine, sqlite_url
from governance.adapters.db.new_log import Records
from governance.adapters.log.anchors import Anchors
from governance.adapters.log.ended_log import EndedLog
from governance.adapters.log.guard import write_durably
from governance.adapters.log.log_file import open_log_file
from governance.adapters.log.place import LogPlace, destroy_seed
from governance.adapters.log.succession import Handover
from governance.adapters.log.witness_http import WitnessHttp
from governance.adapters.log.witnessing import Witnessing
from governance.adapters.signatures import VERIFIERS
from governance.application.ports import Log
from governance.audit.accepted import accept
from governance.audit.errors import LogError, LogUnavailable
from governance.audit.leaf import Leaf
from governance.audit.policy import NONE, KnownLog, Policy, parse_policy
from governance.audit.succession import CLOSE as LOG_CLOSE
from governance.vault.succession import Succession
from insyn.errors import InsynError
from insyn.home import Home
from insyn.system import System, log_origin, pinned_origin

CLOSE: Final = "close"
FORK: Final = "fork"

_ORIGIN: Final = re.compile(r"[!-*,-~]{1,200}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What was begun: which log ends, how, and in which folder the next one grows. Kept until it is finished."""

    kind: str
    old_folder: str
    old_origin: str
    new_folder: str
    new_origin: str

    def to_bytes(self) -> bytes:
        """Return the file's bytes."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__}, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> "Plan":
        """Read the file.

        Raises:
            InsynError: it is not one.
        """
        try:
            fields = Fields(json.loads(data), "plan of a succession")
            return cls(**{name: fields.text(name) for name in cls.__slots__})
        except (ValueError, ContractError) as error:
            raise InsynError("The file log-next in this folder is damaged; see what happened to it.") from error


def planned(home: Home, kind: str, origin: str) -> Plan:
    """Return what was begun, or begin it.

    Raises:
        InsynError: something else was begun, or the origin cannot be one.
    """
    if not _ORIGIN.fullmatch(origin):
        raise InsynError("A log's origin is 1 to 200 ASCII characters without blanks and '+', such as an address.")
    if home.log_next.exists():
        plan = Plan.from_bytes(home.log_next.read_bytes())
        if (plan.kind, plan.new_origin) != (kind, origin):
            return _instead(home, plan, kind, origin)
        return plan
    return _begun(home, kind, origin)


def _begun(home: Home, kind: str, origin: str) -> Plan:
    if not home.log.is_dir():
        raise InsynError("There is no log in this folder; name the folder of the system with --home.")
    if origin == log_origin(home):
        raise InsynError("The new log needs another origin than the old one, such as the next year's.")
    plan = Plan(
        kind=kind,
        old_folder=home.log_name,
        old_origin=log_origin(home),
        new_folder=_unused(home),
        new_origin=origin,
    )
    write_durably(home.log_next, plan.to_bytes())
    return plan


def _instead(home: Home, plan: Plan, kind: str, origin: str) -> Plan:
    """Begin something else where what was begun came to nothing: the old log is not closed yet, or is given up now."""
    how = "close-year" if plan.kind == CLOSE else "declare-fork"
    gives_way = plan.kind == CLOSE and (kind == FORK or not _is_closed(old_place(home, plan)))
    if gives_way and not is_switched(home, plan):
        destroy_seed(new_place(home, plan).key)
        return _begun(home, kind, origin)
    raise InsynError(
        f"A succession to {plan.new_origin} was begun; finish it with `insyn log {how} --origin {plan.new_origin}`."
    )


def _is_closed(place: LogPlace) -> bool:
    with open_log_file(place.database) as log:
        last = log.entries(first=log.size - 1, count=1) if log.size else ()
    return bool(last) and Leaf.from_bytes(last[0]).event == LOG_CLOSE


def _unused(home: Home) -> str:
    number = 2
    while (home.root / f"log.{number}").exists() or (home.guard_of(f"log.{number}")).exists():
        number += 1
    return f"log.{number}"


def is_switched(home: Home, plan: Plan) -> bool:
    """Say whether the new log is the running one, so that only the old one's remains are to be removed."""
    return home.log_name == plan.new_folder


def old_place(home: Home, plan: Plan) -> LogPlace:
    """Return where the old log lies."""
    return _place(home, plan.old_folder, plan.old_origin)


def new_place(home: Home, plan: Plan) -> LogPlace:
    """Return where the new log lies."""
    return _place(home, plan.new_folder, plan.new_origin)


def archive_of(home: Home, plan: Plan) -> Path:
    """Return the folder that the old log becomes."""
    return home.log_archive / re.sub(r"[^A-Za-z0-9.]+", "-", plan.old_origin)


def running_place(home: Home) -> LogPlace:
    """Return where the running log lies."""
    return _place(home, home.log_name, log_origin(home))


def _place(home: Home, folder: str, origin: str) -> LogPlace:
    return LogPlace(folder=home.root / folder, guard=home.guard_of(folder) / "log.guard", origin=origin)


@contextmanager
def handover(
    home: Home, plan: Plan, *, reached: Callable[[str], None], vault: "VaultHere | VaultElsewhere"
) -> Iterator[Handover]:
    """Put together what a succession works on. Governance's folder is held meanwhile.

    Raises:
        DataFolderInUse: governance runs.
    """
    old = old_place(home, plan)
    with _records(home) as records:
        yield Handover(
            old=old,
            new=new_place(home, plan),
            archive=archive_of(home, plan),
            policy=_policy_text(home, old),
            records=records,
            vault=vault,
            switch=lambda: write_durably(home.log_now, f"{plan.new_folder}\n".encode()),
            now=lambda: read_clocks().now,
            witness=lambda log: _have_cosigned(home, old, log),
            reached=reached,
        )


def finish(home: Home) -> None:
    """Forget the plan: everything is done."""
    home.log_next.unlink(missing_ok=True)


class NoRecords:
    """A home without governance's database."""

    def settle(self, log: Log) -> None:
        """There is nothing to settle."""

    def settled(self) -> Mapping[str, int]:
        """Nothing was announced."""
        return {}

    def begin_new_log(self) -> None:
        """There is nothing that remembers a place."""


@contextmanager
def _records(home: Home) -> Iterator[Records | NoRecords]:
    database = home.governance / "insyn.db"
    if not database.exists():
        yield NoRecords()
        return
    folder = DataFolder(home.governance)
    engine = open_engine(sqlite_url(database))
    try:
        yield Records(engine)
    finally:
        engine.dispose()
        folder.release()


class VaultHere:
    """The vault of this home, asked as a process of its own while it does not serve.

    `origin` is the log that its settings name: for a fork the new one, whose key its people pinned.
    """

    def __init__(self, home: Home, *, origin: str | None = None) -> None:
        self._home, self._origin = home, origin

    def seen(self) -> tuple[int, bytes]:
        """Return size and root of what it saw of the log last."""
        try:
            fields = Fields(json.loads(self.ask("seen")), "answer of the vault")
            return fields.integer("size", minimum=0, maximum=2**53), fields.binary("root", length=32)
        except (ValueError, ContractError) as error:
            raise LogUnavailable("The key vault answered something that it should not.") from error

    def follow(self, told: Succession) -> None:
        """Let it follow to the new log."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "succession.json"
            path.write_bytes(told.to_bytes())
            self.ask("follow", str(path))

    def ask(self, *words: str) -> str:
        """Give the vault's command these words and return its answer.

        Raises:
            LogUnavailable: it refused; the sentence is its own.
        """
        settings = dict(System(home=self._home, site_id="", cameras=(), port=0, profile="").vault().settings)
        settings["INSYN_VAULT_LOG_ORIGIN"] = self._origin or pinned_origin(self._home)
        surroundings = {name: value for name, value in os.environ.items() if not name.startswith("INSYN_")}
        ran = subprocess.run(  # noqa: S603 (our own module, by this interpreter)
            [sys.executable, "-m", "governance.vault_service", *words],
            env={**surroundings, **settings},
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise LogUnavailable(ran.stderr.strip().splitlines()[-1] if ran.stderr.strip() else "The vault ended.")
        return ran.stdout


class VaultElsewhere:
    """A vault that another organisation runs: what it must be told becomes a file that people carry to it.

    `size` is what that vault says it saw (`python -m governance.vault_service seen`), so that the proof begins there.
    """

    def __init__(self, file: Path, size: int) -> None:
        self._file, self._size = file, size

    def seen(self) -> tuple[int, bytes]:
        """Return the size that its people told; the root is its own affair."""
        return self._size, b""

    def follow(self, told: Succession) -> None:
        """Write the file."""
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_durably(self._file, told.to_bytes(), mode=0o644)


def _policy_text(home: Home, old: LogPlace) -> str:
    """Return the policy that goes into the archive, for information: the pinned one, or one without witnesses."""
    if home.log_policy.exists():
        return home.log_policy.read_text(encoding="utf-8")
    keys = old.signing_keys() if old.key.exists() else ()
    return Policy(logs=tuple(KnownLog(key=old.verifier(key)) for key in keys[:1]), quorum=NONE).to_text()


def _have_cosigned(home: Home, old: LogPlace, log: EndedLog) -> None:
    """Have the end of the old log cosigned, where the pinned policy asks for witnesses and they did not do it yet."""
    if not home.log_policy.exists():
        return
    policy, anchors = parse_policy(home.log_policy.read_bytes()), Anchors(old.folder)
    if policy.quorum == NONE or _is_accepted(anchors.note(log.head.size), policy):
        return
    Witnessing(
        policy=policy,
        log_source=log,
        anchors=anchors,
        verify=VERIFIERS,
        ask=WitnessHttp(),
        now=lambda: read_clocks().now,
    ).require_cosigned(log.head.size)


def last_accepted(home: Home, plan: Plan) -> str | None:
    """Return the last checkpoint of the old log that the pinned policy's witnesses cosigned, if there is one."""
    if not home.log_policy.exists():
        return None
    policy, anchors = parse_policy(home.log_policy.read_bytes()), Anchors(old_place(home, plan).folder)
    if policy.quorum == NONE:
        return None
    for size in reversed(anchors.sizes()):
        note = anchors.note(size)
        if _is_accepted(note, policy):
            return note
    return None


def _is_accepted(note: str | None, policy: Policy) -> bool:
    try:
        return note is not None and bool(accept(note, policy=policy, verify=VERIFIERS))
    except LogError:
        return False
