"""What an audit finds: one sentence each that an auditor can quote, with file, object, and the layer that saw it.

Two severities. `wrong`: the log is not what it was signed to be, or a promise was broken. `finding`: something that a
person should ask about. No sentence says anything about a person: entries, keys and files have numbers here.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

KEPT_PER_LAYER: Final = 200
"""So many problems of one layer and severity are kept word for word; the rest is counted."""

EntryFile = Callable[[int], str]
"""The index of an entry -> the path of the bundle that holds it."""


class Severity(StrEnum):
    """How bad it is."""

    WRONG = "wrong"
    FINDING = "finding"


class Layer(StrEnum):
    """Which part of the audit saw it."""

    MANIFEST = "manifest"
    """The signed list of the export's files."""
    POLICY = "policy"
    """The policy and the keys that travel with the export, against the pinned ones."""
    SIGNATURE = "signature"
    """The log's signature on its checkpoints."""
    KEYS = "keys"
    """The chain of the log's signing keys."""
    TREE = "tree"
    """Entries, tiles and the signed root."""
    FORMAT = "format"
    """The strict form of an entry."""
    WITNESS = "witness"
    """Checkpoints that others cosigned."""
    TIME_STAMP = "time-stamp"
    """RFC 3161 time-stamps over checkpoints."""
    TIME = "time"
    """The entries' times: their order, and the brackets between confirmed times."""
    NUMBERS = "numbers"
    """Each producer's own numbers, without a gap."""
    SILENCE = "silence"
    """The heartbeat."""
    CHANGES = "changes"
    """Changes that were announced: carried out or voided."""
    CLOSURE = "closure"
    """The watched tables against what the log says of them."""
    ERASURE = "erasure"
    """Keys that were destroyed, and what was said of them afterwards."""
    RETENTION = "retention"
    """What had to be destroyed by when."""
    DISCLOSURE = "disclosure"
    """What was opened: payloads against their commitments."""
    BUNDLE = "bundle"
    """The links of a proof bundle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is not as it should be. `file` is its path within the export, `what` the object in it."""

    severity: Severity
    layer: Layer
    file: str
    what: str
    sentence: str

    def to_json(self) -> dict[str, object]:
        """Return the problem as a JSON object."""
        return {
            "file": self.file,
            "layer": self.layer.value,
            "object": self.what,
            "sentence": self.sentence,
            "severity": self.severity.value,
        }


class Problems:
    """The problems of one audit, in the order in which they were found."""

    def __init__(self) -> None:
        self._kept: list[Problem] = []
        self._counted: Counter[tuple[Severity, Layer]] = Counter()

    def wrong(self, layer: Layer, file: str, what: str, sentence: str) -> None:
        """Take note that the log is not what it was signed to be, or that a promise was broken."""
        self.add(Problem(severity=Severity.WRONG, layer=layer, file=file, what=what, sentence=sentence))

    def finding(self, layer: Layer, file: str, what: str, sentence: str) -> None:
        """Take note of something that a person should ask about."""
        self.add(Problem(severity=Severity.FINDING, layer=layer, file=file, what=what, sentence=sentence))

    def add(self, problem: Problem) -> None:
        """Take note of a problem; beyond `KEPT_PER_LAYER` it is only counted."""
        kind = (problem.severity, problem.layer)
        self._counted[kind] += 1
        if self._counted[kind] <= KEPT_PER_LAYER:
            self._kept.append(problem)

    def of(self, severity: Severity) -> tuple[Problem, ...]:
        """Return the problems of this severity that were kept word for word."""
        return tuple(one for one in self._kept if one.severity is severity)

    def count(self, severity: Severity) -> int:
        """Return how many of this severity there are, those that were only counted too."""
        return sum(count for (kind, _), count in self._counted.items() if kind is severity)

    @property
    def uncounted(self) -> dict[str, int]:
        """How many of each layer were counted and not kept, by `severity layer`."""
        return {
            f"{severity.value} {layer.value}": count - KEPT_PER_LAYER
            for (severity, layer), count in sorted(self._counted.items())
            if count > KEPT_PER_LAYER
        }


def entry_name(index: int) -> str:
    """Return how a problem names an entry."""
    return f"entry {index}"
