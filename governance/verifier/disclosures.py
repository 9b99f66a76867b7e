"""What an export opens: each disclosure held against the log's root, its boxes and payloads against the commitments."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from governance.audit.disclosure import Disclosed, Opened, committed, fields_of
from governance.audit.erasures import Erasures
from governance.audit.errors import DisclosureRefused, EntryRefused, ProofRefused
from governance.audit.leaf import Leaf
from governance.audit.problems import Layer, Problems
from governance.audit.proof import parse_proof
from governance.audit.vault_keys import KeyRange
from governance.audit.verify import verify_inclusion
from governance.verifier.opening import opened_payload
from governance.verifier.seen import Readings, Seen

FOLDER: Final = "disclosures/"
SUFFIX: Final = ".json"
OBJECT: Final = "object"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenEntry:
    """An entry that stands in a signed log, and the payloads of its compartments that were opened.

    `fields` are those of opened groups, `objects` the bytes of opened objects by the name of their key.
    """

    file: str
    index: int
    leaf: Leaf
    seen: Seen
    keys: tuple[Opened, ...]
    fields: Mapping[str, Mapping[str, object]]
    objects: Mapping[str, bytes]


def prove(file: str, data: bytes, readings: Readings) -> ProvenEntry | None:
    """Return the entry that a disclosure proves; nothing where the checkpoint in its proof is not believed.

    Raises:
        DisclosureRefused: it is malformed, proves nothing, or opens something else than was committed to.
    """
    disclosed = Disclosed.from_bytes(data)
    try:
        proof = parse_proof(disclosed.proof)
        leaf = Leaf.from_bytes(disclosed.leaf)
    except (ProofRefused, EntryRefused) as error:
        raise DisclosureRefused(str(error)) from error
    seen = readings.note(file, proof.checkpoint.encode())
    if seen is None:
        return None
    if proof.index != disclosed.index:
        raise DisclosureRefused("Its proof is of another entry.")
    try:
        verify_inclusion(
            leaf=disclosed.leaf,
            index=proof.index,
            size=seen.checkpoint.size,
            proof=proof.hashes,
            root=seen.checkpoint.root,
        )
    except ProofRefused as error:
        raise DisclosureRefused(f"Its entry is not proven to stand in the log. {error}") from error
    fields, objects = _opened(leaf, disclosed)
    return ProvenEntry(
        file=file,
        index=disclosed.index,
        leaf=leaf,
        seen=replace(seen, layer=Layer.DISCLOSURE, time_ms=None),
        keys=disclosed.compartments,
        fields=fields,
        objects=objects,
    )


def _opened(leaf: Leaf, disclosed: Disclosed) -> tuple[dict[str, Mapping[str, object]], dict[str, bytes]]:
    fields: dict[str, Mapping[str, object]] = {}
    objects: dict[str, bytes] = {}
    for one in disclosed.compartments:
        compartment, context = committed(leaf, one)
        try:
            payload = opened_payload(compartment, context, dek=one.dek, box=one.box)
        except DisclosureRefused as error:
            raise DisclosureRefused(f"Its compartment '{one.group}' under key {one.key.text}: {error}") from error
        if one.group == OBJECT:
            objects[one.key.text] = payload
        else:
            fields[one.group] = fields_of(payload)
    return fields, objects


class Disclosures:
    """The disclosures of one export."""

    def __init__(
        self, read: Callable[[str], bytes | None], paths: Iterable[str], readings: Readings, problems: Problems
    ) -> None:
        self._problems = problems
        self.proven: list[ProvenEntry] = []
        for path in sorted(path for path in paths if path.startswith(FOLDER)):
            self._load(path, read(path), readings)

    @property
    def seen(self) -> tuple[Seen, ...]:
        """The checkpoints in their proofs: each must be of the audited log."""
        return tuple(one.seen for one in self.proven)

    @property
    def opened(self) -> tuple[str, ...]:
        """What was opened, in words."""
        return tuple(f"entry {one.index}: {key.group} ({key.key.text})" for one in self.proven for key in one.keys)

    def finish(self, erasures: Erasures) -> None:
        """Name the keys that still open something, though an entry says that they were destroyed."""
        for one in self.proven:
            for opened in one.keys:
                key = opened.key
                part = KeyRange(data_class=key.data_class, day=key.day, first=key.number, last=key.number)
                by = erasures.gone_by(part)
                if by is not None:
                    sentence = (
                        f"Key {key.text} opens a compartment of entry {one.index} here, and entry {by} says that it "
                        "was destroyed: a copy of it was kept."
                    )
                    self._problems.wrong(Layer.ERASURE, one.file, f"key {key.text}", sentence)

    def _load(self, path: str, data: bytes | None, readings: Readings) -> None:
        if not path.endswith(SUFFIX):
            self._problems.finding(Layer.DISCLOSURE, path, "file", f"{path} is none of an export's disclosures.")
            return
        if data is None:
            self._problems.wrong(Layer.DISCLOSURE, path, "file", f"{path} is missing or cannot be read.")
            return
        try:
            proven = prove(path, data, readings)
        except DisclosureRefused as error:
            self._problems.wrong(Layer.DISCLOSURE, path, "disclosure", f"{path} is not believed. {error}")
            return
        if proven is not None:
            self.proven.append(proven)
