"""A small system that writes an honest log: cases, leases, reviews, erasures, heartbeats, counts, crashes, witnesses.

Everything is as the specification of the log has it, sealed with real keys, so what an audit says of it must be good.
Tests then change one thing. Times are milliseconds since 1970; chance comes from a seed.
"""

import hashlib
import hmac
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from governance.adapters.compartment_sealer import seal
from governance.adapters.log.export import Beside, export_files
from governance.audit.base64_strict import encode64
from governance.audit.canonical import canonical
from governance.audit.checkpoint import Checkpoint, signed_note
from governance.audit.commitment import entry_context, object_context
from governance.audit.cosignature import cosign
from governance.audit.disclosure import Disclosed, Opened
from governance.audit.key_chain import rotation_message
from governance.audit.leaf import Compartment, KeyRef, Leaf
from governance.audit.merkle import EMPTY, Frontier, inclusion_proof, leaf_hash, range_root, tree_root
from governance.audit.note import (
    COSIGNATURE_ED25519,
    ED25519,
    Note,
    NoteSignature,
    VerifierKey,
    format_note,
    parse_note,
    parse_signature_lines,
)
from governance.audit.policy import Group, KnownLog, Policy, Witness
from governance.audit.proof import LogProof, format_proof
from governance.audit.state_root import state_root
from governance.audit.vault_keys import LAST_NUMBER

ORIGIN: Final = "audit.insyn.invalid/test/2026"
DAY_MS: Final = 86_400_000
FIRST_MS: Final = 20_453 * DAY_MS + 600_000  # 2025-12-31, ten minutes past midnight
DAYS: Final = {
    "log-context": 9,
    "log-operator": 20,
    "log-subject": 2,
    "candidate": 1,
    "reference": 6,
    "review": 4,
    "warrant": 12,
}
"""In how many days the keys of each class are due, much shorter than the law has it."""


def a_private_key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def a_log_key(name: str = "log") -> tuple[Ed25519PrivateKey, VerifierKey]:
    key = a_private_key(name)
    return key, VerifierKey(name=ORIGIN, algorithm=ED25519, public_key=key.public_key().public_bytes_raw())


def a_witness_key(name: str) -> tuple[Ed25519PrivateKey, VerifierKey]:
    key = a_private_key(f"witness {name}")
    public = key.public_key().public_bytes_raw()
    return key, VerifierKey(name=f"{name}.insyn.invalid", algorithm=COSIGNATURE_ED25519, public_key=public)


WITNESSES: Final = ("court", "works-council", "inspector")


def a_policy(*, quorum: int = 2, witnesses: Sequence[str] = WITNESSES) -> Policy:
    if not quorum:
        return Policy(logs=(KnownLog(key=a_log_key()[1]),), quorum="none")
    return Policy(
        logs=(KnownLog(key=a_log_key()[1]),),
        witnesses=tuple(Witness(name=name, key=a_witness_key(name)[1]) for name in witnesses),
        groups=(Group(name="quorum", threshold=quorum, members=tuple(witnesses)),),
        quorum="quorum",
    )


def cosigned(note: str, names: Iterable[str], *, time_s: int) -> str:
    """The note with the cosignatures of these witnesses at this time."""
    parsed = parse_note(note)
    lines = []
    for name in names:
        private, public = a_witness_key(name)
        lines.append(cosign(parsed.text, time_s=time_s, key=public, sign=private.sign))
    return format_note(parsed.with_signatures(parse_signature_lines("".join(lines))))


def note_line(text: str, private: Ed25519PrivateKey, public: VerifierKey) -> str:
    """The log's signature line over a text."""
    return NoteSignature(name=public.name, key_id=public.id, signature=private.sign(text.encode())).line


@dataclass(frozen=True, kw_only=True)
class Sealed:
    key: KeyRef
    dek: bytes
    box: bytes


@dataclass
class HonestLog:
    """The simulated system. Each method does what the real one does, in the order in which it does it."""

    seed: int = 0
    signers: list[str] = field(default_factory=lambda: ["log"])
    now_ms: int = FIRST_MS
    leaves: list[bytes] = field(default_factory=list)
    anchors: dict[str, bytes] = field(default_factory=dict)
    rows: set[bytes] = field(default_factory=set)
    sealed: dict[int, dict[str, Sealed]] = field(default_factory=dict)
    seals: bool = True
    """Whether payloads are really sealed; large logs only state commitments."""
    weights: tuple[int, ...] = (30, 6, 6, 6, 8, 2, 1, 2, 6, 1)
    """How often each thing happens: see `step`."""

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311  # a seeded story: the same in every run
        self.numbers: dict[str, int] = {}
        self.given: dict[tuple[str, int], int] = {}
        self.gone_days: set[tuple[str, int]] = set()
        self.settled: dict[str, int] = {}
        self.objects: list[KeyRef] = []
        self.intents: list[tuple[int, list[object]]] = []
        self.counted: dict[str, int] = {}
        self.last_beat_ms = self.now_ms
        self.runs = False
        self.inventories = 0
        self._state: str | None = None
        self._frontier: Frontier = EMPTY

    # -- what an export reads -----------------------------------------------------------------------------------------

    def size(self) -> int:
        return len(self.leaves)

    def checkpoint(self) -> str:
        return self.checkpoint_at(len(self.leaves))

    def entries(self, *, first: int, count: int) -> tuple[bytes, ...]:
        return tuple(self.leaves[first : first + count])

    def checkpoint_at(self, size: int) -> str:
        root = self._frontier.root if size == self._frontier.size else tree_root(self.leaves[:size])
        head = Checkpoint(origin=ORIGIN, size=size, root=root)
        note: Note | None = None
        for signer in self.signers[-2:]:
            private, public = a_log_key(signer)
            signed = parse_note(signed_note(head, public_key=public.public_key, sign=private.sign))
            note = signed if note is None else note.with_signatures(signed.signatures)
        return format_note(note) if note is not None else ""

    def sign_note(self, text: str) -> str:
        return note_line(text, *a_log_key(self.signers[-1]))

    def files(
        self, *, folder: Path, policy: Policy, disclosures: Mapping[str, bytes] | None = None
    ) -> dict[str, bytes]:
        """The export as a mapping of paths to bytes; `folder` is where the anchors lie meanwhile."""
        anchors = folder / "anchors"
        anchors.mkdir(parents=True, exist_ok=True)
        for name, data in self.anchors.items():
            (anchors / name).write_bytes(data)
        beside = Beside(
            vkeys=[a_log_key(signer)[1] for signer in self.signers],
            policy=policy.to_text(),
            anchors=anchors,
            disclosures=disclosures or {},
        )
        return dict(export_files(self, beside, sign_note=self.sign_note))

    # -- writing ------------------------------------------------------------------------------------------------------

    def write(
        self,
        event: str,
        body: Mapping[str, object] | None = None,
        *,
        groups: Mapping[str, Mapping[str, object]] | None = None,
        objects: Mapping[str, bytes] | None = None,
        src: str = "governance",
    ) -> int:
        """One entry, as the sequencer would place it. Return its index."""
        number = self.numbers.get(src, 0) + 1
        self.numbers[src] = number
        index = len(self.leaves)
        kept: dict[str, Sealed] = {}
        compartments = []
        for group, payload in (groups or {}).items():
            context = entry_context(event, group, src, number)
            compartments.append(self._seal(f"log-{group}", group, lambda _key, c=context: c, canonical(payload), kept))
        for data_class, payload in (objects or {}).items():
            compartments.append(self._seal(data_class, "object", object_context, payload, kept))
        leaf = Leaf(
            event=event,
            src=src,
            sn=number,
            time_ms=self.now_ms,
            body=body or {},
            compartments=tuple(sorted(compartments, key=Compartment.order)),
        )
        self.put(leaf.to_bytes())
        self.sealed[index] = kept
        return index

    def put(self, leaf: bytes) -> None:
        """Append bytes as they are."""
        self.leaves.append(leaf)
        self._frontier = self._frontier.append(leaf).frontier

    def rebuild(self, leaves: Sequence[bytes]) -> None:
        """Put other leaves in place of all, and hash the tree anew: what a thief of the log's key would do."""
        self.leaves = list(leaves)
        self._frontier = EMPTY
        for leaf in self.leaves:
            self._frontier = self._frontier.append(leaf).frontier

    def dek_of(self, key: KeyRef) -> bytes:
        return hmac.digest(str(self.seed).encode(), key.text.encode(), "sha256")

    def _seal(
        self,
        data_class: str,
        group: str,
        context_of: Callable[[KeyRef], bytes],
        payload: bytes,
        kept: dict[str, Sealed],
    ) -> Compartment:
        day = self.now_ms // DAY_MS + DAYS[data_class]
        number = self.given.get((data_class, day), -1) + 1
        self.given[data_class, day] = number
        key = KeyRef(data_class=data_class, day=day, number=number)
        if data_class in {"candidate", "reference", "review", "warrant"}:
            self.objects.append(key)
        if not self.seals:
            # As large as a real one, and as little to be guessed.
            digest = hashlib.sha512(key.text.encode()).digest()
            return Compartment(group=group, key=key, commitment=digest[:32], box_sha256=digest[32:])
        dek = self.dek_of(key)
        box = seal(dek, context_of(key), payload)
        kept[f"{group}:{key.text}"] = Sealed(key=key, dek=dek, box=box.box)
        return Compartment(group=group, key=key, commitment=box.commitment, box_sha256=box.box_sha256)

    # -- time ---------------------------------------------------------------------------------------------------------

    def wait(self, seconds: float) -> None:
        """Let time pass; while the system runs, a beat comes every minute."""
        until = self.now_ms + int(seconds * 1000)
        while self.runs and until - self.last_beat_ms >= 60_000:
            self.now_ms = max(self.now_ms, self.last_beat_ms + 60_000)
            self.beat()
        self.now_ms = until

    def begin(self) -> None:
        self.write("log.begin", self._state_body() if self.rows else None)
        self.runs, self.last_beat_ms = True, self.now_ms

    def beat(self) -> None:
        self.write("log.beat", {**self._state_body(), "settled": self.settled.get("governance", 0)})
        self.last_beat_ms = self.now_ms

    def stop(self) -> None:
        self.write("log.stop")
        self.runs = False

    # -- what the system does -----------------------------------------------------------------------------------------

    def _state_body(self) -> dict[str, object]:
        if self._state is None:
            self._state = encode64(state_root(self.rows))
        return {"state": self._state}

    def change(
        self,
        event: str,
        *,
        adds: int = 0,
        drops: int = 0,
        fails: bool = False,
        groups: Mapping[str, Mapping[str, object]] | None = None,
        objects: Mapping[str, bytes] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> int:
        """Announce a change of the watched tables, and carry it out; or fail to, and say so."""
        new = {self.chance.randbytes(32) for _ in range(adds)}
        old = set(self.chance.sample(sorted(self.rows), min(drops, len(self.rows))))
        told: dict[str, object] = {**(body or {}), "settled": self.settled.get("governance", 0)}
        told |= {"adds": sorted(map(encode64, new))} if new else {}
        told |= {"drops": sorted(map(encode64, old))} if old else {}
        index = self.write(event, told, groups=groups, objects=objects)
        if fails:
            self.write("change.void", {"of": [index]})
            return index
        if new or old:
            self.rows = (self.rows | new) - old
            self._state = None
        self.settled["governance"] = self.numbers["governance"]
        return index

    def somebody(self) -> dict[str, object]:
        return {"actor": self.chance.randbytes(16).hex()}

    def warrant(self, *, fails: bool = False) -> int:
        return self.change(
            "warrant.import",
            adds=2,
            fails=fails,
            groups={"context": {"warrant": self.chance.randbytes(16).hex()}, "operator": self.somebody()},
            objects={"warrant": b"the act"},
        )

    def lease(self) -> int:
        body = {**self._state_body(), "settled": self.settled.get("governance", 0)}
        index = self.write("lease.issue", body, groups={"context": {"lease": self.chance.randbytes(16).hex()}})
        self.settled["governance"] = self.numbers["governance"]
        return index

    def alert(self) -> int:
        return self.change(
            "candidate.accept",
            groups={"context": {"camera": "cam-1"}, "subject": {"alert": self.chance.randbytes(16).hex()}},
            objects={"candidate": b"crops"},
        )

    def view(self) -> int:
        keys = [key for key in self.objects if (key.data_class, key.day) not in self.gone_days]
        if not keys:
            return -1
        key = self.chance.choice(keys)
        return self.write(
            "object.read",
            {"opens": [[key.data_class, key.day, key.number, key.number]]},
            groups={"operator": self.somebody(), "subject": {"object": key.text}},
        )

    def counts(self) -> int:
        session = self.chance.choice(("site-1.cam-1.s1", "site-1.cam-2.s1", "site-2.cam-1.s7"))
        self.counted[session] = self.counted.get(session, 0) + 1
        return self.write("counts.accept", {"from": session, "n": self.counted[session]})

    def erase_object(self) -> int:
        """Erase one object early, because people ended something."""
        live = [key for key in self.objects if (key.data_class, key.day) not in self.gone_days]
        if not live:
            return -1
        key = self.chance.choice(live)
        self.objects.remove(key)
        ranges: list[object] = [[key.data_class, key.day, key.number, key.number]]
        return self._erase(ranges, "decision")

    def erase_days(self) -> None:
        """Destroy all keys of the days that are over."""
        today = self.now_ms // DAY_MS
        for data_class, day in sorted(self.given):
            if day < today and (data_class, day) not in self.gone_days:
                self.gone_days.add((data_class, day))
                self.objects = [key for key in self.objects if (key.data_class, key.day) != (data_class, day)]
                self._erase([[data_class, day, 0, LAST_NUMBER]], "retention")

    def inventory_root(self) -> str:
        return encode64(hashlib.sha256(f"{self.seed} {self.inventories}".encode()).digest())

    def _erase(self, ranges: list[object], reason: str) -> int:
        intent = self.write("erasure.intend", {"keys": ranges, "reason": reason})
        before = self.inventory_root()
        self.inventories += 1
        body = {"after": self.inventory_root(), "before": before, "count": 1, "keys": ranges, "of": [intent]}
        return self.change("erasure.complete", body={**body, "reason": reason})

    def hold(self, key: KeyRef, *, days: int) -> int:
        until = self.now_ms // DAY_MS + days
        keys = [[key.data_class, key.day, key.number, key.number]]
        return self.write("hold.set", {"basis": "court-order", "keys": keys, "until": until})

    def rotate(self, name: str, *, until: int | None = None) -> int:
        """A new signing key from here on; old and new sign together."""
        old_private, old = a_log_key(self.signers[-1])
        new = a_log_key(name)[1]
        last_day = self.now_ms // DAY_MS + 7 if until is None else until
        signature = old_private.sign(rotation_message(old=old, new=new, until=last_day))
        body = {"key": new.text, "old": old.text, "signature": encode64(signature), "until": last_day}
        index = self.write("key.rotate", body, src="sequencer")
        self.signers.append(name)
        return index

    def anchor(self, names: Sequence[str] | None = None) -> str:
        """Let witnesses cosign the newest checkpoint. Return the note."""
        chosen = self.chance.sample(WITNESSES, self.chance.choice((2, 3))) if names is None else names
        note = cosigned(self.checkpoint(), chosen, time_s=self.now_ms // 1000 + self.chance.randrange(5))
        self.anchors[f"{self.size()}.note"] = note.encode()
        return note

    # -- whole stories ------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """One thing that may happen on a day, chosen by chance."""
        does = self.chance.choices(
            (
                self.lease,
                self.warrant,
                self.alert,
                self.view,
                self.counts,
                self.erase_object,
                lambda: self.warrant(fails=True),
                lambda: self.change("deployment.end", drops=1),
                lambda: self.write("session.open", {"allowed": True}, groups={"operator": self.somebody()}),
                lambda: self.write("vault.inventory", {"root": self.inventory_root()}),
            ),
            weights=self.weights,
        )[0]
        does()
        self.wait(self.chance.uniform(0, 30))

    def live(self, steps: int) -> "HonestLog":
        """Begin, let things happen, with nights between, anchors, and in the end a stop."""
        self.begin()
        for _ in range(steps):
            self.step()
            if self.chance.random() < 0.03:
                self.anchor()
            if self.chance.random() < 0.02:
                self.night()
        self.beat()
        self.anchor()
        return self

    def night(self) -> None:
        """Stop in the evening, begin the next morning and erase what is over."""
        self.stop()
        self.now_ms = (self.now_ms // DAY_MS + 1) * DAY_MS + self.chance.randrange(10, 7200) * 1000
        self.begin()
        self.erase_days()

    def disclosure(self, index: int, *groups: str, size: int | None = None) -> bytes:
        """One entry with its proof, and what opens these groups of it."""
        at = self.size() if size is None else size
        hashes = inclusion_proof(self._nodes, index=index, size=at)
        proof = format_proof(LogProof(index=index, hashes=hashes, checkpoint=self.checkpoint_at(at)))
        opened = tuple(
            Opened(group=name.split(":")[0], key=one.key, dek=one.dek, box=one.box)
            for name, one in sorted(self.sealed[index].items())
            if name.split(":")[0] in groups
        )
        return Disclosed(index=index, leaf=self.leaves[index], proof=proof, compartments=opened).to_bytes()

    def _nodes(self, level: int, position: int) -> bytes:
        start = position << level
        if level == 0:
            return leaf_hash(self.leaves[start])
        half = level - 1
        return range_root(self._nodes, start, start + (1 << half)) if level == 0 else _pair(self, half, position)


def _pair(log: HonestLog, level: int, position: int) -> bytes:
    left, right = log._nodes(level, 2 * position), log._nodes(level, 2 * position + 1)
    return hashlib.sha256(b"\x01" + left + right).digest()
