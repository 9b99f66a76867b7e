"""The folder of a small system whose log has a life behind it, for tests of what ends a log or changes its key.

home = a_home(folder)                       # closed: nothing runs
with running(home) as world:                # governance on the log that runs now
    ...
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from typer.testing import CliRunner

from contracts.clock import read_clocks
from contracts.trust import TrustedKeys
from governance.adapters.log.log_file import open_log_file
from governance.adapters.log.place import LogPlace
from governance.adapters.signatures import ed25519_verifies, ml_dsa_44_verifies
from governance.application import heartbeat
from governance.audit.checkpoint import parse_body
from governance.audit.cosignature import Verifiers
from governance.audit.note import VerifierKey, parse_note
from governance.audit.policy import NONE, KnownLog, Policy
from governance.audit.succession import Whole
from governance.audit.tiles import parse_entry_bundle
from governance.vault.keys import KeyStore
from governance.vault.pair import Pair
from governance.vault.rules import Terms
from governance.vault.succession import Succession
from governance.vault.vault import KeyVault
from governance.verifier.exported import Question, audit_export
from governance.verifier.report import Report
from governance.verifier.sources import FolderSource
from insyn.command_line import app
from insyn.home import Home
from insyn.log_succession import CLOSE, Plan, new_place, old_place, running_place
from tests.builders_contracts import LOG_ORIGIN, NOON, a_trusted_site
from tests.builders_governance import SetClock, World, a_governance, reopen

ROOT: Final = Path(__file__).parents[1]
NEXT: Final = "insyn.invalid/tests/2027"
LATER: Final = NOON + timedelta(hours=2)


def _nothing(_world: World) -> None:
    """Let nothing more happen."""


def a_home(folder: Path, *, live: Callable[[World], None] = _nothing) -> Home:
    """Lay a home with accounts, a site and cameras in its database and log, stopped in good order.

    `live` lets more happen there, by people who have accounts.
    """
    world = a_governance(folder)
    heartbeat.begin(world.governance)
    live(world)
    heartbeat.stop(world.governance)
    world.close()
    (folder / "governance").symlink_to(".")
    a_trusted_site().pin_in(folder)
    home = Home(folder)
    (home.log / "origin").write_text(f"{LOG_ORIGIN}\n")
    home.pinned_log.write_text(f"{LOG_ORIGIN}\n")
    return home


@contextmanager
def running(home: Home, clock: SetClock | None = None) -> Iterator[World]:
    """Open governance on the log that runs now, as a server that starts and stops does."""
    world = reopen(home.root, a_trusted_site(), clock or now(), place=running_place(home))
    try:
        heartbeat.begin(world.governance)
        yield world
        heartbeat.stop(world.governance)
    finally:
        world.close()


def now() -> SetClock:
    """Return a clock that stands at this moment: the commands have written by the machine's own."""
    return SetClock(read_clocks().now)


def newest_key(place: LogPlace) -> VerifierKey:
    """Return the key that signs a log now, as others pin it."""
    return place.verifier(place.signing_keys()[0])


def pinned_keys(home: Home) -> TrustedKeys:
    """Return what the home believes."""
    return TrustedKeys.from_bytes(home.trust.read_bytes())


def audited(export: Path, *keys: VerifierKey, now_ms: int) -> Report:
    """Return what the auditor's tool says of an export, with these log keys pinned and no witness asked for."""
    policy = Policy(logs=tuple(KnownLog(key=key) for key in keys), quorum=NONE)
    return audit_export(FolderSource(export), Question(policy=policy, now_ms=now_ms))


def whole(files: Path, key: VerifierKey) -> Whole:
    """Read an export."""
    head = parse_body(parse_note((files / "checkpoint").read_text()).text)
    return Whole(head=head, entries=tuple(_bundled(files)), key=key)


def _bundled(files: Path) -> Iterator[bytes]:
    for path in sorted((files / "tile" / "entries").rglob("*")):
        if path.is_file():
            width = int(path.name) if path.parent.name.endswith(".p") else 256
            yield from parse_entry_bundle(path.read_bytes(), width=width)


def running_log(home: Home) -> Whole:
    """Read the log that runs now."""
    place = running_place(home)
    with open_log_file(place.database) as log:
        head = parse_body(parse_note(log.checkpoint()).text)
        return Whole(head=head, entries=log.entries(first=0, count=log.size), key=newest_key(place))


@dataclass(frozen=True)
class Told:
    """What a command said, and how it ended."""

    status: int
    out: str
    err: str


def insyn(*words: str) -> Told:
    """Give `insyn` these words."""
    result = CliRunner().invoke(app, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Told(result.exit_code, result.stdout, result.stderr)


def make_removable(home: Home) -> None:
    """Give back the right to remove what lies in the archives."""
    for path in [home.log_archive, *home.log_archive.rglob("*")]:
        if path.is_dir():
            path.chmod(0o700)


def at_ms(clock: SetClock) -> int:
    """Return a set clock's time in milliseconds since 1970."""
    return int(clock.at.timestamp() * 1000)


def as_json(text: str) -> object:
    """Read what a command printed."""
    return json.loads(text)


class VaultInside:
    """The home's vault without a process of its own. For a fork it pins the new log's key, as its people do."""

    def __init__(self, home: Home, plan: Plan) -> None:
        self._home, self._plan = home, plan

    def seen(self) -> tuple[int, bytes]:
        """Say what it saw last."""
        with self._vault() as vault:
            return vault.seen()

    def follow(self, told: Succession) -> None:
        """Follow."""
        with self._vault() as vault:
            vault.follow(told)

    @contextmanager
    def _vault(self) -> Iterator[KeyVault]:
        store = KeyStore(Pair(self._home.vault, self._home.vault_twin))
        place = old_place(self._home, self._plan) if self._plan.kind == CLOSE else new_place(self._home, self._plan)
        verify = Verifiers(ed25519=ed25519_verifies, ml_dsa_44=ml_dsa_44_verifies)
        keys = tuple(key.public for key in place.signing_keys())
        vault = KeyVault(
            store, Terms(origin=place.origin, log_keys=keys, policy=None, verify=verify), lambda: read_clocks().now
        )
        try:
            yield vault
        finally:
            vault.close()
