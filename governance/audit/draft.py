"""An entry before it has a place and a time, and the answer that gives it both."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from governance.audit.leaf import Compartment, KeyRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a producer hands to the sequencer: everything of a leaf but `t`, and the sealed payloads to keep beside it.

    `sn` is the producer's own number, one more than its last. `boxes` are opened with keys the sequencer never has.
    """

    event: str
    src: str
    sn: int
    body: Mapping[str, object] = field(default_factory=dict)
    compartments: tuple[Compartment, ...] = ()
    boxes: tuple[tuple[KeyRef, bytes], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """The place of a request's first entry, the leaves as they stand, and a signed checkpoint that covers them all."""

    first: int
    leaves: tuple[bytes, ...]
    checkpoint: str
