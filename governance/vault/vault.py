"""The vault as its callers see it: keys given out fresh, released for an entry of the log, destroyed for another."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from contracts.receipt import LogReceipt
from governance.audit.inventory import Destroyed, Inventory
from governance.audit.leaf import KeyRange, KeyRef
from governance.vault.errors import VaultRefused
from governance.vault.keys import KeyStore
from governance.vault.rules import (
    RETENTION,
    Proven,
    Ruling,
    Terms,
    UsedEntries,
    confirmed_time,
    may_destroy,
    may_release,
    proven,
    witnessed,
)
from governance.vault.succession import Succession, after_closing, after_fork


class KeyVault:
    """One vault, safe to be used by many threads.

    Every method raises `VaultUnusable` where its copies cannot be read or written; those that take an entry of the log
    raise `VaultRefused` where they do not believe it, or where it does not permit what is asked for.
    """

    def __init__(self, store: KeyStore, terms: Terms, now: Callable[[], datetime]) -> None:
        self._store = store
        self._terms = terms
        self._now = now
        self._lock = threading.Lock()
        self._used = UsedEntries(store.head.size)
        self._witnessed_at_s: int | None = None

    def allot(self, requests: Sequence[tuple[str, int]]) -> tuple[tuple[KeyRef, bytes], ...]:
        """Return a fresh key for each (class, due day), in order. Each number is durable first, and never given twice.

        Raises:
            VaultRefused: too many at once, a class that is not on the list, or a day whose keys were destroyed.
        """
        return self._store.allot(requests)

    def release(
        self, keys: Sequence[KeyRef], receipt: LogReceipt, consistency: Sequence[bytes]
    ) -> Mapping[KeyRef, bytes]:
        """Return the keys that an entry of the last minute lists under `opens`, each once. Destroyed ones are missing.

        `consistency` proves that the receipt's checkpoint extends what `seen` says.
        """
        with self._lock:
            entry = self._proven(receipt, consistency)
            now_ms = self._now_ms()
            _require(
                may_release(
                    entry,
                    keys,
                    now_ms=now_ms,
                    used=self._used,
                    witnessed_at_s=self._witnessed_at_s,
                    terms=self._terms,
                )
            )
            self._used.add(entry, keys, now_ms=now_ms)
            return self._store.derive(keys)

    def destroy(
        self, ranges: Sequence[KeyRange], receipt: LogReceipt, consistency: Sequence[bytes], cosigned: str | None
    ) -> Destroyed:
        """Destroy the keys that an `erasure.intend` lists, in both copies. Doing it again changes nothing.

        `cosigned` is a checkpoint with the witnesses' times; it is looked at for the reason `retention` only.
        """
        with self._lock:
            entry = self._proven(receipt, consistency)
            confirmed = self._confirmed(cosigned) if entry.leaf.body.get("reason") == RETENTION else None
            _require(may_destroy(entry, ranges, now_s=self._now_ms() // 1000, confirmed_s=confirmed))
            return self._store.destroy(ranges)

    def witnessed(self, note: str, consistency: Sequence[bytes] = ()) -> int:
        """Take a cosigned checkpoint, and return the time (seconds since 1970) that the quorum states.

        `consistency` proves that the smaller of it and what `seen` says extends to the larger.
        """
        with self._lock:
            stated = witnessed(note, consistency, seen=self._store.head, terms=self._terms)
            if stated.head.size > self._store.head.size:
                self._store.see(stated.head)
            self._witnessed_at_s = max(stated.time_s, self._witnessed_at_s or 0)
            return self._witnessed_at_s

    def follow(self, told: Succession) -> None:
        """Follow the log to the next one, durably: from then on only what extends that one is believed.

        To be done with nothing else running: the vault's settings name the other log from its next start on.

        Raises:
            VaultRefused: neither did the old log close in favour of the new one, nor is the new one's key pinned here
                and the trusted part of the old one confirmed.
        """
        with self._lock:
            rule = after_fork if told.closing is None else after_closing
            self._store.see(rule(told, seen=self._store.head, terms=self._terms))
            self._used = UsedEntries(self._store.head.size)
            self._witnessed_at_s = None

    def seen(self) -> tuple[int, bytes]:
        """Return size and root of the last checkpoint that the vault believed: what `consistency` must start from."""
        head = self._store.head
        return head.size, head.root

    def days(self) -> tuple[tuple[str, int], ...]:
        """Return every (class, due day) of which a key may still live."""
        return self._store.days()

    def inventory(self) -> Inventory:
        """Return what the vault holds, without a key in it."""
        return self._store.inventory()

    def inventory_root(self) -> bytes:
        """Return the root of the inventory, as it is now: 32 bytes."""
        return self._store.inventory_root()

    def close(self) -> None:
        """Overwrite what is in memory, and give the folders back."""
        self._store.close()

    def _proven(self, receipt: LogReceipt, consistency: Sequence[bytes]) -> Proven:
        """Believe an entry, and remember durably how far the log is: before anything is done for it."""
        entry = proven(receipt, consistency, seen=self._store.head, terms=self._terms)
        self._store.see(entry.head)
        return entry

    def _confirmed(self, cosigned: str | None) -> int | None:
        """Return the time that witnesses confirm; nothing where none are asked, and the year 1970 where none says."""
        if not self._terms.asks_witnesses:
            return None
        stated = 0 if cosigned is None else confirmed_time(cosigned, terms=self._terms).time_s
        return max(stated, self._witnessed_at_s or 0)

    def _now_ms(self) -> int:
        return int(self._now().timestamp() * 1000)


def _require(ruling: Ruling) -> None:
    if not ruling.allowed:
        raise VaultRefused(ruling.reason)
