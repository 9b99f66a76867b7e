"""A new signing key for a log: named in an entry that the old key signs, and used beside the old one for some days.

First the keys are in place, then the entry: from that instant on both sign, so that whoever pinned either one goes on.
What a crash leaves between the two is completed when the command is given again.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from contracts.signature import SigningKey
from governance.adapters.key_files import read_signing_key
from governance.adapters.log.guard import synchronise_folder
from governance.adapters.log.place import LogPlace, Now, all_entries, destroy_seed, held, say, working, write_seed
from governance.audit.base64_strict import encode64
from governance.audit.errors import LogUnavailable
from governance.audit.key_chain import ROTATION, rotation_message
from governance.audit.leaf import Leaf
from governance.audit.note import VerifierKey

OVERLAP_DAYS: Final = 14
"""So long both keys sign, if nobody says otherwise: time to carry the new pin to every machine."""

_1970: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SOUGHT: Final = f'"e":"{ROTATION}"'.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """The entry that names both keys, and the last day (since 1970) on which the old one counts."""

    index: int
    old: VerifierKey
    new: VerifierKey
    until: int


def rotate(place: LogPlace, *, now: Now, days: int = OVERLAP_DAYS) -> Rotated:
    """Make a new key and let the log say so. To be called while the sequencer is stopped.

    Raises:
        DataFolderInUse: it is not.
        LogUnavailable: a rotation is under way already, or the log cannot be written.
        StorageFailed: a key cannot be read.
    """
    with held(place):
        known = _rotations_of(place, now=now)
        new, old = _keys_in_place(place, known)
        until = (now() - _1970).days + days
        with working(place, [new, old], now=now) as log:
            index = say(log, (ROTATION, _body(place, old, new, until))).first
    return Rotated(index=index, old=place.verifier(old), new=place.verifier(new), until=until)


def finish(place: LogPlace, *, pinned: Collection[bytes]) -> VerifierKey:
    """End the overlap: destroy the old key. Return the one that signs alone from now on.

    `pinned` are the public keys that this machine's people pinned for the log.

    Raises:
        DataFolderInUse: the sequencer runs.
        LogUnavailable: no rotation is under way, or the new key is not pinned yet.
    """
    with held(place):
        keys = place.signing_keys()
        if len(keys) == 1:
            raise LogUnavailable("No rotation of the log's key is under way; begin one with `insyn log rotate-key`.")
        if keys[0].public not in pinned:
            raise LogUnavailable(
                "The new key is not pinned here yet, so nothing would believe the log without the old one: "
                "pin what `insyn log vkey` prints (`insyn log pin`), on every machine, then finish."
            )
        destroy_seed(place.old_key)
    return place.verifier(keys[0])


def log_rotations(entries: Iterable[bytes]) -> tuple[tuple[int, Leaf], ...]:
    """Return the entries that change the log's key, with their indices."""
    return tuple((index, Leaf.from_bytes(entry)) for index, entry in enumerate(entries) if _SOUGHT in entry)


def chain_of(rotations: Iterable[tuple[int, Leaf]], newest: VerifierKey) -> tuple[VerifierKey, ...]:
    """Return every key of a log, the first one first, as its entries name them. Nothing is verified."""
    olds = tuple(VerifierKey.parse(str(leaf.body["old"])) for _, leaf in rotations)
    return (*olds, newest)


def _rotations_of(place: LogPlace, *, now: Now) -> tuple[tuple[int, Leaf], ...]:
    with working(place, place.signing_keys(), now=now) as log:
        return log_rotations(all_entries(log))


def _keys_in_place(place: LogPlace, known: tuple[tuple[int, Leaf], ...]) -> tuple[SigningKey, SigningKey]:
    """Return the new key and the old one, each under its name."""
    keys = place.signing_keys()
    if len(keys) == 1:
        _put_new_key(place)
        keys = place.signing_keys()
    elif place.verifier(keys[0]).text in {leaf.body.get("key") for _, leaf in known}:
        raise LogUnavailable(
            "A rotation of the log's key is under way: pin the new key, then end it with "
            "`insyn log rotate-key --finish`."
        )
    return keys[0], keys[1]


def _put_new_key(place: LogPlace) -> None:
    """Put the key aside under its second name, then a new one under the first, in one rename."""
    fresh = place.folder / "log.new.key"
    if not fresh.exists():
        write_seed(fresh, SigningKey.generate().seed)
    read_signing_key(fresh)
    if not place.old_key.exists():
        place.old_key.hardlink_to(place.key)
    synchronise_folder(place.folder)
    fresh.replace(place.key)
    synchronise_folder(place.folder)


def _body(place: LogPlace, old: SigningKey, new: SigningKey, until: int) -> dict[str, object]:
    keys = place.verifier(old), place.verifier(new)
    signature = old.private.sign(rotation_message(old=keys[0], new=keys[1], until=until))
    return {"key": keys[1].text, "old": keys[0].text, "signature": encode64(signature), "until": until}
