"""A disclosure: one entry with its proof, and the keys and boxes of those of its compartments that are opened.

Each compartment is opened alone: what opens `operator` does not open `subject`. Reading verifies nothing; the verifier
holds proof, box and payload against the signed root and the commitments.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from governance.audit.base64_strict import decode64, encode64
from governance.audit.canonical import LARGEST, canonical, parse_canonical
from governance.audit.commitment import KEY_BYTES, entry_context, object_context
from governance.audit.errors import CanonicalRefused, DisclosureRefused, EntryRefused
from governance.audit.leaf import Compartment, Leaf
from governance.audit.vault_keys import KeyRef

_OBJECT = "object"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What opens one compartment: its key's name, the key itself (DEK, 32 bytes) and the sealed box."""

    group: str
    key: KeyRef
    dek: bytes = field(repr=False)
    box: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """An entry's place, its bytes, its proof (the text of a tlog-proof) and what is opened of it. Not verified."""

    index: int
    leaf: bytes
    proof: str
    compartments: tuple[Opened, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the disclosure as canonical JSON."""
        return canonical(
            {
                "compartments": [
                    {"box": encode64(one.box), "dek": encode64(one.dek), "group": one.group, "key": one.key.text}
                    for one in self.compartments
                ],
                "index": self.index,
                "leaf": encode64(self.leaf),
                "proof": self.proof,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Disclosed":
        """Read a disclosure strictly.

        Raises:
            DisclosureRefused: it is not one.
        """
        try:
            value = parse_canonical(data)
        except CanonicalRefused as error:
            raise DisclosureRefused(f"A disclosure is canonical JSON. {error}") from error
        if not isinstance(value, dict) or set(value) != {"compartments", "index", "leaf", "proof"}:
            raise DisclosureRefused("A disclosure holds exactly compartments, index, leaf and proof.")
        index, leaf, proof, parts = value["index"], _binary(value["leaf"]), value["proof"], value["compartments"]
        if type(index) is not int or not 0 <= index <= LARGEST or not isinstance(proof, str):
            raise DisclosureRefused("A disclosure's index is a whole number, and its proof a text.")
        if not isinstance(parts, list):
            raise DisclosureRefused("A disclosure's compartments are a list.")
        return cls(index=index, leaf=leaf, proof=proof, compartments=tuple(map(_opened, parts)))


def committed(leaf: Leaf, opened: Opened) -> tuple[Compartment, bytes]:
    """Return what the entry says of an opened compartment, and the context that its payload is bound to.

    Raises:
        DisclosureRefused: the entry has no such compartment under this key.
    """
    found = [one for one in leaf.compartments if (one.group, one.key) == (opened.group, opened.key)]
    if len(found) != 1:
        raise DisclosureRefused(f"The entry has no compartment '{opened.group}' under key {opened.key.text}.")
    if opened.group == _OBJECT:
        return found[0], object_context(opened.key)
    return found[0], entry_context(leaf.event, opened.group, leaf.src, leaf.sn)


def fields_of(payload: bytes) -> Mapping[str, object]:
    """Return the fields of an opened group of an entry.

    Raises:
        DisclosureRefused: the payload is no JSON object in canonical form.
    """
    try:
        value = parse_canonical(payload)
    except CanonicalRefused as error:
        raise DisclosureRefused("An opened payload is not canonical JSON.") from error
    if not isinstance(value, dict):
        raise DisclosureRefused("An opened payload is no JSON object.")
    return value


def _opened(value: object) -> Opened:
    if not isinstance(value, dict) or set(value) != {"box", "dek", "group", "key"}:
        raise DisclosureRefused("An opened compartment holds exactly box, dek, group and key.")
    group, key, dek = value["group"], value["key"], _binary(value["dek"])
    if not isinstance(group, str) or not isinstance(key, str) or len(dek) != KEY_BYTES:
        raise DisclosureRefused("An opened compartment names its group and its key, and has a key of 32 bytes.")
    try:
        return Opened(group=group, key=KeyRef.parse(key), dek=dek, box=_binary(value["box"]))
    except EntryRefused as error:
        raise DisclosureRefused(str(error)) from error


def _binary(value: object) -> bytes:
    data = decode64(value) if isinstance(value, str) else None
    if data is None:
        raise DisclosureRefused("A disclosure holds something that is not canonical base64.")
    return data
