"""The two processes that governance leans on, inside a test: a real sequencer and a real key vault on a folder.

centre = a_centre(folder, keys, clock)
centre.log, centre.vault        # what the ports ask for
centre.opened(leaf)             # what an entry is about, past the vault's rules: for a test's eyes alone
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from contracts.canonical import decode
from governance.adapters.compartment_sealer import open_box
from governance.adapters.log.guard import GuardFile
from governance.adapters.log.place import LogPlace
from governance.adapters.log.sequencer import Sequencer
from governance.adapters.log.signing import HeadSigner
from governance.adapters.log.sqlite_store import SqliteStore
from governance.adapters.signatures import ed25519_verifies, ml_dsa_44_verifies
from governance.application.ports import Clock
from governance.audit.commitment import entry_context
from governance.audit.cosignature import Verifiers
from governance.audit.leaf import Leaf
from governance.vault.keys import KeyStore
from governance.vault.pair import Pair
from governance.vault.rules import Terms
from governance.vault.vault import KeyVault
from tests.builders_contracts import LOG_ORIGIN, TrustedSite

_OPENED: Final[list["OwnSequencer"]] = []
"""Every sequencer of the file of tests that runs; each has a thread, and most tests leave it to the end."""


def end_sequencers() -> None:
    """End whatever a file of tests left running."""
    while _OPENED:
        _OPENED.pop().stop()


@dataclass(frozen=True, kw_only=True)
class OpenedEntry:
    """An entry with everything that it says, sealed or not."""

    event: str
    leaf: Leaf
    fields: Mapping[str, Any]


class OwnSequencer(Sequencer):
    """A sequencer that ends when its client is closed, since both are one here."""

    def close(self) -> None:
        """End."""
        self.stop()


@dataclass(kw_only=True)
class Centre:
    """A sequencer and a vault on one folder."""

    log: OwnSequencer
    vault: KeyVault
    store: KeyStore

    def opened(self, leaf: Leaf) -> OpenedEntry:
        """Open whatever the entry seals and the vault still has keys for."""
        fields: dict[str, Any] = dict(leaf.body)
        sealed = [one for one in leaf.compartments if one.group != "object"]
        keys = self.store.derive([one.key for one in sealed])
        boxes = self.log.boxes([one.key for one in sealed])
        for one in sealed:
            if one.key in keys and one.key in boxes:
                context = entry_context(leaf.event, one.group, leaf.src, leaf.sn)
                fields.update(decode(open_box(keys[one.key], context, one.commitment, boxes[one.key])))
        return OpenedEntry(event=leaf.event, leaf=leaf, fields=fields)

    def close(self) -> None:
        """End both, as processes do that are stopped."""
        self.log.close()
        self.vault.close()


def lay_log_key(folder: Path, keys: TrustedSite) -> None:
    """Put the log's key where the sequencer looks for it."""
    path = folder / "log" / "log.key"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(keys.log.seed)
    path.chmod(0o600)


def first_log(folder: Path) -> LogPlace:
    """Return where a folder's first log lies."""
    return LogPlace(folder=folder / "log", guard=folder / "log-guard" / "log.guard", origin=LOG_ORIGIN)


def a_centre(folder: Path, keys: TrustedSite, clock: Clock, *, place: LogPlace | None = None) -> Centre:
    """Open both on a folder, laid out as the system lays it out, as their processes do when they start.

    `place` is where a later log lies, with its own keys.
    """
    if place is None:
        lay_log_key(folder, keys)
        place = first_log(folder)
    signer = HeadSigner(place.origin, place.signing_keys())
    log = OwnSequencer(
        store=SqliteStore(place.database),
        guard=GuardFile(place.guard, signer),
        signer=signer,
        now=clock.now,
    )
    _OPENED.append(log)
    store = KeyStore(Pair(folder / "vault", folder / "vault-twin"))
    verify = Verifiers(ed25519=ed25519_verifies, ml_dsa_44=ml_dsa_44_verifies)
    log_keys = tuple(key.public for key in place.signing_keys())
    terms = Terms(origin=place.origin, log_keys=log_keys, policy=None, verify=verify)
    return Centre(log=log, vault=KeyVault(store, terms, clock.now), store=store)
