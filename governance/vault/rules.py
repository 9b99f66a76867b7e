"""The vault's rules, pure: what an entry of the log permits it to give out or to destroy (law.md P3, F3; invariant 4).

Each rule takes what was proven and what the clock says, touches nothing, and answers with a ruling. Numbers of rules:
V1 the log's word, V2 release, V3 destruction, V4 the witnesses' word; V5 and V6, how it follows one log to the next,
stand in `succession.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Never

from contracts.errors import ReceiptRefused
from contracts.receipt import LogReceipt, verify_receipt
from governance.audit.checkpoint import Checkpoint, parse_body, verified_checkpoint
from governance.audit.cosignature import Verifiers, verified_cosignatures
from governance.audit.errors import LogError
from governance.audit.leaf import KeyRange, KeyRef, Leaf
from governance.audit.note import ED25519, VerifierKey, parse_note
from governance.audit.policy import NONE, Policy
from governance.audit.verify import verify_consistency
from governance.vault.errors import VaultRefused
from governance.vault.state import Head

RELEASE_WITHIN_MS: Final = 60_000
"""A key is released within a minute of its entry, or needs another entry."""
WITNESSED_WITHIN_S: Final = 900
"""Where witnesses are asked for, one checkpoint that they cosigned must be younger than a quarter of an hour."""
SECONDS_A_DAY: Final = 86_400
INTENT: Final = "erasure.intend"
RETENTION: Final = "retention"

Consistency = Sequence[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A rule's answer. It has no truth value, so that a denial is never mistaken for a yes: ask `.allowed`."""

    allowed: bool
    rule: str
    reason: str

    def __bool__(self) -> Never:
        raise TypeError("a Ruling has no truth value; ask .allowed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Whom the vault believes: the log of this origin under these keys, and the policy's witnesses where it has any."""

    origin: str
    log_keys: tuple[bytes, ...]
    policy: Policy | None
    verify: Verifiers

    @property
    def asks_witnesses(self) -> bool:
        """Whether anything depends on witnesses."""
        return self.policy is not None and self.policy.quorum != NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """An entry that stands in the log, and the log's head that says so, which extends every one seen before."""

    index: int
    leaf: Leaf
    head: Head


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """A head of the log that the quorum cosigned, and the latest time (seconds since 1970) that all of one state."""

    head: Head
    time_s: int


def proven(receipt: LogReceipt, consistency: Consistency, *, seen: Head, terms: Terms) -> Proven:
    """V1: believe an entry only with its receipt, under the pinned key, in a log that extends the one seen last.

    Raises:
        VaultRefused: it is not proven.
    """
    try:
        leaf = Leaf.from_bytes(_verified(receipt, terms))
        checkpoint = parse_body(receipt.checkpoint.partition("\n\n")[0] + "\n")
    except (LogError, ReceiptRefused) as error:
        raise VaultRefused(f"The vault does not believe the entry: {error}") from error
    head = Head(size=checkpoint.size, root=checkpoint.root, era=seen.era)
    require_extends(seen, head, consistency)
    return Proven(index=receipt.index, leaf=leaf, head=head)


def may_release(
    entry: Proven, keys: Iterable[KeyRef], *, now_ms: int, used: "UsedEntries", witnessed_at_s: int | None, terms: Terms
) -> Ruling:
    """V2: give a key out if a fresh entry lists it under `opens`, and was not used for it before."""
    wanted = tuple(keys)
    listed = entry.leaf.ranges("opens")
    if not wanted or not all(any(key in one for one in listed) for key in wanted):
        return _deny("V2", "The log entry does not permit these keys to be opened.")
    if abs(now_ms - entry.leaf.time_ms) > RELEASE_WITHIN_MS:
        return _deny("V2", "The log entry is not of the last 60 seconds; write another.")
    if len(set(wanted)) != len(wanted) or used.has(entry.index, wanted):
        return _deny("V2", "This log entry was used for one of these keys already; write another.")
    if terms.asks_witnesses and not _is_fresh(witnessed_at_s, now_ms):
        return _deny("V4", "The witnesses have cosigned no checkpoint within 15 minutes; see that they run.")
    return _allow("V2")


def may_destroy(entry: Proven, ranges: Iterable[KeyRange], *, now_s: int, confirmed_s: int | None) -> Ruling:
    """V3: destroy keys that an `erasure.intend` lists; for the reason `retention` only once their day has begun.

    That the day has begun is confirmed by witnesses where they are asked for (`confirmed_s`), else by the clock.
    """
    wanted = tuple(ranges)
    if entry.leaf.event != INTENT:
        return _deny("V3", "The log entry does not intend an erasure.")
    listed = entry.leaf.ranges("keys")
    if not wanted or not all(any(one.covers(each) for one in listed) for each in wanted):
        return _deny("V3", "The log entry does not intend to erase these keys.")
    reason = entry.leaf.body.get("reason")
    if reason is None:
        return _deny("V3", "The log entry does not say why the keys are erased.")
    time_s = now_s if confirmed_s is None else confirmed_s
    if reason == RETENTION and any(time_s < one.day * SECONDS_A_DAY for one in wanted):
        return _deny("V3", "The time of these keys is not over yet, as far as it is confirmed.")
    return _allow("V3")


def witnessed(note: str, consistency: Consistency, *, seen: Head, terms: Terms) -> Witnessed:
    """V4: believe the witnesses' time only from a quorum, over a checkpoint of the very log that the vault sees.

    `consistency` proves that the smaller of the two extends to the larger, whichever that is.

    Raises:
        VaultRefused: it is not cosigned as it must be, or belongs to another branch.
    """
    stated = confirmed_time(note, terms=terms)
    head = replace(stated.head, era=seen.era)
    older, newer = sorted((seen, head), key=_size)
    require_extends(older, newer, consistency)
    return replace(stated, head=head)


def confirmed_time(note: str, *, terms: Terms) -> Witnessed:
    """Return the latest time that a whole quorum states on a checkpoint that the log's key signed.

    Raises:
        VaultRefused: no policy names witnesses, a signature is wrong, or there is no quorum.
    """
    if terms.policy is None or not terms.asks_witnesses:
        raise VaultRefused("This vault asks no witnesses, so it takes no cosigned checkpoint.")
    try:
        parsed = parse_note(note)
        keys = [VerifierKey(name=terms.origin, algorithm=ED25519, public_key=key) for key in terms.log_keys]
        checkpoint: Checkpoint = verified_checkpoint(parsed, keys=keys, verify=terms.verify.ed25519)
        cosignatures = verified_cosignatures(parsed, terms.policy.witness_keys, verify=terms.verify)
    except LogError as error:
        raise VaultRefused(f"The vault does not believe the cosigned checkpoint: {error}") from error
    time_s = terms.policy.time_at_least(cosignatures)
    if time_s is None:
        raise VaultRefused("Too few witnesses cosigned this checkpoint for the vault's policy.")
    return Witnessed(head=Head(size=checkpoint.size, root=checkpoint.root), time_s=time_s)


class UsedEntries:
    """Which entries were used for which keys since this process began. Entries from before it began are used up.

    `first` is the size of the log that the vault had seen by then: it is remembered durably before every release, so
    whatever was released before stands below it.
    """

    def __init__(self, first: int) -> None:
        self._first = first
        self._used: dict[int, tuple[int, set[KeyRef]]] = {}

    def has(self, index: int, keys: Iterable[KeyRef]) -> bool:
        """Say whether this entry was used for one of these keys, or may have been."""
        _, used = self._used.get(index, (0, set()))
        return index < self._first or not used.isdisjoint(keys)

    def add(self, entry: Proven, keys: Iterable[KeyRef], *, now_ms: int) -> None:
        """Note the use; forget entries too old to be used again, and whatever stands before them in the log."""
        _, used = self._used.setdefault(entry.index, (entry.leaf.time_ms, set()))
        used.update(keys)
        old = [index for index, (time_ms, _) in self._used.items() if now_ms - time_ms > 2 * RELEASE_WITHIN_MS]
        for index in old:
            del self._used[index]
            self._first = max(self._first, index + 1)


def _verified(receipt: LogReceipt, terms: Terms) -> bytes:
    refusal = ReceiptRefused("no log key is pinned here.")
    for key in terms.log_keys:
        try:
            return verify_receipt(receipt, origin=terms.origin, log_key=key)
        except ReceiptRefused as error:
            refusal = error
    raise refusal


def require_extends(seen: Head, head: Head, consistency: Consistency) -> None:
    """Accept a head that is at least as large as the one seen and begins as that one is.

    Raises:
        VaultRefused: it is not proven.
    """
    if head.size < seen.size:
        raise VaultRefused("The checkpoint is older than one that the vault has seen; take the newest.")
    try:
        verify_consistency(
            old=seen.size, old_root=seen.root, new=head.size, new_root=head.root, proof=tuple(consistency)
        )
    except LogError as error:
        raise VaultRefused(
            f"The log does not extend the one that the vault has seen: it was rolled back or forked. {error}"
        ) from error


def _is_fresh(witnessed_at_s: int | None, now_ms: int) -> bool:
    if witnessed_at_s is None:
        return False
    return abs(now_ms // 1000 - witnessed_at_s) <= WITNESSED_WITHIN_S


def _allow(rule: str) -> Ruling:
    return Ruling(allowed=True, rule=rule, reason="Nothing stands against it.")


def _deny(rule: str, reason: str) -> Ruling:
    return Ruling(allowed=False, rule=rule, reason=reason)


def _size(head: Head) -> int:
    return head.size
