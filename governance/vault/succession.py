"""How the vault follows one log to the next, pure: a year that was closed (V5), a key that was compromised (V6).

A vault believes one log and only what extends it; that another log takes its place is never taken from the log's key
alone. At a year's end the old log itself names the new one in its last entry, and the new one names the old one's last
checkpoint in its first. After a compromise the people who keep the vault pin the new key by hand, and the vault holds
what the new log names as trusted against its witnesses, or against what it saw itself.
"""

from dataclasses import dataclass
from typing import Final

from contracts.canonical import decode, encode
from contracts.errors import Malformed, ReceiptRefused
from contracts.fields import Fields, format_bytes
from contracts.receipt import LogReceipt, verify_receipt
from governance.audit.base64_strict import encode64
from governance.audit.checkpoint import Checkpoint, parse_body
from governance.audit.cosignature import verified_cosignatures
from governance.audit.errors import LogError
from governance.audit.leaf import Leaf
from governance.audit.note import ED25519, VerifierKey, parse_note
from governance.vault.errors import VaultRefused
from governance.vault.rules import Terms, confirmed_time, proven, require_extends
from governance.vault.state import Head

CLOSE: Final = "log.close"
BEGIN: Final = "log.begin"
FORK: Final = "log.fork"
_KIND: Final = "insyn/succession/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """What is carried to a vault so that it follows: proofs, and nothing secret.

    `opening` is the receipt of the new log's first entry. `closing` is that of the old log's last entry; a fork has
    none, and a `trusted` checkpoint instead. `consistency` leads from what the vault saw last to the old log's end, or,
    for a fork, between the two in whichever order they stand.
    """

    opening: LogReceipt
    closing: LogReceipt | None = None
    trusted: str | None = None
    consistency: tuple[bytes, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the canonical JSON of the file that people carry."""
        return encode(
            {
                "closing": None if self.closing is None else self.closing.to_json(),
                "consistency": [format_bytes(node) for node in self.consistency],
                "kind": _KIND,
                "opening": self.opening.to_json(),
                "trusted": self.trusted,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Succession":
        """Read the file.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "file about a log's succession")
        fields.kind(_KIND)
        one = cls(
            opening=fields.record("opening", LogReceipt.from_json),
            closing=fields.record("closing", _closing),
            trusted=fields.record("trusted", _note),
            consistency=fields.items("consistency", _node),
        )
        fields.end()
        return one


def after_closing(told: Succession, *, seen: Head, terms: Terms) -> Head:
    """V5: follow to the log that the old one's last entry names, if that log's first entry names this very end.

    `terms` are those of the old log. Where witnesses are asked for, their quorum has cosigned the end.

    Raises:
        VaultRefused: one of the two does not name the other, or is not proven.
    """
    if told.closing is None:
        raise VaultRefused("The file does not hold the old log's last entry.")
    last = proven(told.closing, told.consistency, seen=seen, terms=terms)
    if last.leaf.event != CLOSE or last.index != last.head.size - 1:
        raise VaultRefused("The old log does not end in an entry that closes it.")
    if terms.asks_witnesses:
        confirmed_time(told.closing.checkpoint, terms=terms)
    key = _named_key(last.leaf)
    if key.name == terms.origin:
        raise VaultRefused("The old log names itself as the new one.")
    first, head = _opened(told.opening, key)
    end = Checkpoint(origin=terms.origin, size=last.head.size, root=last.head.root)
    if first.event != BEGIN or not _names(first, end):
        raise VaultRefused("The new log's first entry does not name the end of the old log.")
    return Head(size=head.size, root=head.root, era=seen.era + 1)


def after_fork(told: Succession, *, seen: Head, terms: Terms) -> Head:
    """V6: follow to a log that was begun because the old one's key is not trusted any more.

    `terms` are those of the new log: its key was pinned by the people who keep this vault. What it names as the trusted
    part of the old log was cosigned by the vault's witnesses; where it asks none, it is of the branch the vault saw.

    Raises:
        VaultRefused: the key is not pinned, or the trusted part is not confirmed.
    """
    keys = [VerifierKey(name=terms.origin, algorithm=ED25519, public_key=key) for key in terms.log_keys]
    first, head = _opened(told.opening, *keys)
    named = _named(first)
    if first.event != FORK or named is None or named.origin == terms.origin:
        raise VaultRefused("The new log's first entry does not declare a fork of another log.")
    if terms.asks_witnesses:
        _require_cosigned(told.trusted, named, terms)
    else:
        trusted = Head(size=named.size, root=named.root, era=seen.era)
        older, newer = sorted((trusted, seen), key=Head.order)
        require_extends(older, newer, told.consistency)
    return Head(size=head.size, root=head.root, era=seen.era + 1)


def _require_cosigned(note: str | None, named: Checkpoint, terms: Terms) -> None:
    """The old log's own signature is worth nothing here: whoever has its key made it as well as its owner."""
    if note is None or terms.policy is None:
        raise VaultRefused("The file holds no checkpoint that the witnesses cosigned.")
    try:
        parsed = parse_note(note)
        cosignatures = verified_cosignatures(parsed, terms.policy.witness_keys, verify=terms.verify)
        checkpoint = parse_body(parsed.text)
    except LogError as error:
        raise VaultRefused(f"The vault does not believe the cosigned checkpoint: {error}") from error
    if checkpoint != named:
        raise VaultRefused("The cosigned checkpoint is not the one that the new log names as trusted.")
    if terms.policy.time_at_least(cosignatures) is None:
        raise VaultRefused("Too few witnesses cosigned the checkpoint that the new log names as trusted.")


def _opened(opening: LogReceipt, *keys: VerifierKey) -> tuple[Leaf, Head]:
    """Return the first entry of a log that one of these keys signed, and the head that proves it."""
    refusal: LogError | ReceiptRefused = VaultRefused("no key of the new log is pinned here.")
    for key in keys:
        try:
            leaf = Leaf.from_bytes(verify_receipt(opening, origin=key.name, log_key=key.public_key))
            checkpoint = parse_body(opening.checkpoint.partition("\n\n")[0] + "\n")
        except (LogError, ReceiptRefused) as error:
            refusal = error
            continue
        if opening.index != 0:
            raise VaultRefused("What the file gives of the new log is not its first entry.")
        return leaf, Head(size=checkpoint.size, root=checkpoint.root)
    raise VaultRefused(f"The vault does not believe the new log: {refusal}")


def _named_key(leaf: Leaf) -> VerifierKey:
    try:
        key = VerifierKey.parse(str(leaf.body.get("key", "")))
    except LogError as error:
        raise VaultRefused("The old log's last entry does not name the new log's key.") from error
    if key.algorithm != ED25519 or key.name != leaf.body.get("origin"):
        raise VaultRefused("The old log's last entry names a key of another log than the new one.")
    return key


def _named(leaf: Leaf) -> Checkpoint | None:
    """Return the checkpoint of another log that an entry names."""
    match dict(leaf.body):
        case {"origin": str(origin), "size": int(size), "root": str(root)}:
            return parse_body(f"{origin}\n{size}\n{root}\n")
        case _:
            return None


def _names(leaf: Leaf, end: Checkpoint) -> bool:
    body = leaf.body
    return (body.get("origin"), body.get("size"), body.get("root")) == (end.origin, end.size, encode64(end.root))


def _closing(value: object) -> LogReceipt | None:
    return None if value is None else LogReceipt.from_json(value)


def _note(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise Malformed("A checkpoint is a text.")
    return value


def _node(value: object) -> bytes:
    return Fields({"node": value}, "proof").binary("node", length=32)
