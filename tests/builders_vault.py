"""A small log that proves what it says, a vault in two folders, and disks that fail: for tests of the key vault."""

import errno
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from contracts.receipt import LogReceipt
from contracts.signature import SigningKey
from governance.adapters.signatures import ed25519_verifies, ml_dsa_44_verifies
from governance.audit.base64_strict import encode64
from governance.audit.checkpoint import Checkpoint, signed_note
from governance.audit.cosignature import Verifiers, cosign
from governance.audit.leaf import Compartment, KeyRange, KeyRef, Leaf
from governance.audit.merkle import consistency_proof, inclusion_proof, leaf_hash, node_hash, tree_root
from governance.audit.note import COSIGNATURE_ED25519, VerifierKey
from governance.audit.policy import Group, Policy, Witness
from governance.vault.disk import Disk
from governance.vault.keys import KeyStore
from governance.vault.pair import Pair
from governance.vault.rules import Terms
from governance.vault.vault import KeyVault

ORIGIN: Final = "insyn.invalid/vault/2026"
LOG_KEY: Final = SigningKey.from_seed(b"\x21" * 32)
NOON: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
NOON_MS: Final = int(NOON.timestamp() * 1000)
TODAY: Final = NOON_MS // 86_400_000
CANDIDATE: Final = ("candidate", TODAY + 1)
SUBJECT: Final = ("log-subject", TODAY + 183)


class SmallLog:
    """Leaves, receipts and consistency proofs, in memory."""

    def __init__(self, leaves: Sequence[bytes] = (), key: SigningKey = LOG_KEY, origin: str = ORIGIN) -> None:
        self.leaves = list(leaves)
        self.key, self.origin = key, origin

    def append(self, event: str, *, time_ms: int = NOON_MS, body: Mapping[str, object] | None = None) -> int:
        leaf = Leaf(event=event, src="governance", sn=len(self.leaves) + 1, time_ms=time_ms, body=body or {})
        self.leaves.append(leaf.to_bytes())
        return len(self.leaves) - 1

    def opens(self, *keys: KeyRef, time_ms: int = NOON_MS) -> int:
        ranges = sorted(map(one_key, set(keys)), key=KeyRange.order)
        return self.append("object.read", time_ms=time_ms, body={"opens": [one.to_json() for one in ranges]})

    def intends(self, *ranges: KeyRange, reason: str = "decision", time_ms: int = NOON_MS) -> int:
        listed = [one.to_json() for one in sorted(ranges, key=KeyRange.order)]
        return self.append("erasure.intend", time_ms=time_ms, body={"keys": listed, "reason": reason})

    def checkpoint(self, size: int | None = None) -> str:
        leaves = self.leaves[: len(self.leaves) if size is None else size]
        head = Checkpoint(origin=self.origin, size=len(leaves), root=tree_root(leaves))
        return signed_note(head, public_key=self.key.public, sign=self.key.private.sign)

    def receipt(self, index: int, size: int | None = None) -> LogReceipt:
        size = len(self.leaves) if size is None else size
        proof = inclusion_proof(self._node, index=index, size=size)
        return LogReceipt(index=index, leaf=self.leaves[index], proof=proof, checkpoint=self.checkpoint(size))

    def consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        new = len(self.leaves) if new is None else new
        return () if old in (0, new) else consistency_proof(self._node, old=old, new=new)

    def _node(self, level: int, position: int) -> bytes:
        if level == 0:
            return leaf_hash(self.leaves[position])
        return node_hash(self._node(level - 1, 2 * position), self._node(level - 1, 2 * position + 1))


class Organisations:
    """Three witnesses, two of which make the quorum."""

    def __init__(self) -> None:
        self.keys = {name: SigningKey.from_seed(bytes([number]) * 32) for number, name in enumerate("abc", 60)}
        self.verifiers = {
            name: VerifierKey(name=f"witness.invalid/{name}", algorithm=COSIGNATURE_ED25519, public_key=key.public)
            for name, key in self.keys.items()
        }
        witnesses = tuple(Witness(name=name, key=key) for name, key in self.verifiers.items())
        self.policy = Policy(
            witnesses=witnesses, groups=(Group(name="most", threshold=2, members=("a", "b", "c")),), quorum="most"
        )

    def cosigned(self, note: str, **times_s: int) -> str:
        body = note.partition("\n\n")[0] + "\n"
        lines = [
            cosign(body, time_s=time_s, key=self.verifiers[name], sign=self.keys[name].private.sign)
            for name, time_s in times_s.items()
        ]
        return note + "".join(lines)


def the_terms(policy: Policy | None = None) -> Terms:
    return Terms(
        origin=ORIGIN,
        log_keys=(LOG_KEY.public,),
        policy=policy,
        verify=Verifiers(ed25519=ed25519_verifies, ml_dsa_44=ml_dsa_44_verifies),
    )


class VaultHouse:
    """A vault's two folders, its log and its clock; the vault can be stopped, killed and started."""

    def __init__(self, root: Path, *, policy: Policy | None = None) -> None:
        self.home, self.twin = root / "home", root / "twin"
        self.log = SmallLog()
        self.now = NOON
        self.terms = the_terms(policy)

    def pair(self, disk: Disk | None = None) -> Pair:
        return Pair(self.home, self.twin, disk=disk)

    @contextmanager
    def store(self, disk: Disk | None = None) -> Iterator[KeyStore]:
        """Run the keys; at the end they are as after a kill: nothing is given back."""
        pair = self.pair(disk)
        try:
            yield KeyStore(pair)
        finally:
            pair.close()

    @contextmanager
    def vault(self) -> Iterator[KeyVault]:
        with self.store() as store:
            yield KeyVault(store, self.terms, lambda: self.now)

    def release(self, vault: KeyVault, *keys: KeyRef) -> Mapping[KeyRef, bytes]:
        index = self.log.opens(*keys, time_ms=int(self.now.timestamp() * 1000))
        return vault.release(keys, self.log.receipt(index), self.log.consistency(vault.seen()[0]))


class FailingDisk(Disk):
    """Fails at the call with this number: before it is carried out or after; or at this write, half of it written."""

    def __init__(self, at: int, how: str) -> None:
        self.at, self.how, self.calls = at, how, 0

    def _call(self, carry_out: Callable[[], None], half: Callable[[], None]) -> None:
        self.calls += self.how != "half" or half is not _nothing
        if self.calls != self.at or (self.how == "half" and half is _nothing):
            carry_out()
            return
        if self.how == "after":
            carry_out()
        elif self.how == "half":
            half()
        raise OSError(errno.EIO, "Input/output error")

    def write(self, descriptor: int, data: bytes | bytearray | memoryview) -> None:
        def half() -> None:
            super(FailingDisk, self).write(descriptor, memoryview(data)[: len(data) // 2])

        self._call(lambda: super(FailingDisk, self).write(descriptor, data), half)

    def sync(self, descriptor: int) -> None:
        self._call(lambda: super(FailingDisk, self).sync(descriptor), _nothing)

    def link(self, source: Path, target: Path) -> None:
        self._call(lambda: super(FailingDisk, self).link(source, target), _nothing)

    def rename(self, source: Path, target: Path) -> None:
        self._call(lambda: super(FailingDisk, self).rename(source, target), _nothing)

    def unlink(self, path: Path) -> None:
        self._call(lambda: super(FailingDisk, self).unlink(path), _nothing)


class WatchedDisk(Disk):
    """Notes what is not durable yet, and refuses to overwrite an old file before the new one's place is."""

    def __init__(self) -> None:
        self.unsettled: set[tuple[int, int]] = set()
        self.failing_syncs: list[int] = []
        self._syncs = 0

    def write(self, descriptor: int, data: bytes | bytearray | memoryview) -> None:
        file = os.fstat(descriptor)
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if path.name == "keys.old":
            folder = path.parent.stat()
            assert (folder.st_dev, folder.st_ino) not in self.unsettled, "the old file may still be the one that counts"
        super().write(descriptor, data)
        self.unsettled.add((file.st_dev, file.st_ino))

    def sync(self, descriptor: int) -> None:
        self._syncs += 1
        if self._syncs in self.failing_syncs:
            raise OSError(errno.EIO, "Input/output error")
        super().sync(descriptor)
        file = os.fstat(descriptor)
        self.unsettled.discard((file.st_dev, file.st_ino))

    def link(self, source: Path, target: Path) -> None:
        super().link(source, target)
        self._changed(target.parent)

    def rename(self, source: Path, target: Path) -> None:
        super().rename(source, target)
        self._changed(target.parent)

    def unlink(self, path: Path) -> None:
        super().unlink(path)
        self._changed(path.parent)

    def _changed(self, folder: Path) -> None:
        entry = folder.stat()
        self.unsettled.add((entry.st_dev, entry.st_ino))


def _nothing() -> None:
    pass


def one_key(key: KeyRef) -> KeyRange:
    return KeyRange(data_class=key.data_class, day=key.day, first=key.number, last=key.number)


def a_compartment(group: str = "subject", data_class: str = "log-subject", number: int = 42) -> Compartment:
    return Compartment(
        group=group,
        key=KeyRef(data_class=data_class, day=20_460, number=number),
        commitment=b"\x01" * 32,
        box_sha256=b"\x02" * 32,
    )


HASH: Final = encode64(b"\x03" * 32)
