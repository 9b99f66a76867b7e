"""What worker and decoder say to each other over their socket pair: small JSON packets, and one descriptor."""

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum, unique
from typing import Any, Final, Self

from contracts.vocabulary import SourceKind
from edge.stream_state import StreamNote

#: What the worker sends: it is done with the frame it holds, and takes the newest.
NEXT_FRAME: Final = b"next"

MAX_PACKET: Final = 16 * 1024


@unique
class Pace(StrEnum):
    """Who sets the pace of a recording. A live source knows only its own."""

    CONSUMER = "consumer"
    """Every frame waits until it is taken; none is dropped."""
    REAL_TIME = "real-time"
    """Frames come by their time stamps; what is not taken in time is dropped and counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderOrder:
    """What the decoder is to open. The location travels here, never in the arguments that `ps` shows."""

    kind: SourceKind
    location: str = field(repr=False)
    pace: Pace
    open_timeout_ms: int
    read_timeout_ms: int
    images_per_second: float

    def to_bytes(self) -> bytes:
        """Write the order as one packet."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, packet: bytes) -> Self:
        """Read an order that this same program wrote."""
        fields: dict[str, Any] = json.loads(packet)
        fields["kind"] = SourceKind(fields["kind"])
        fields["pace"] = Pace(fields["pace"])
        return cls(**fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class RingMade:
    """A new ring; its descriptor travels with the packet."""

    height: int
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameReady:
    """A slot now belongs to the worker, until it asks for the next frame."""

    slot: int
    number: int
    stream_time_s: float
    dropped: int
    """How many frames of this stream were dropped so far because nobody took them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOver:
    """No further frame will come, and why."""

    note: StreamNote


DecoderMessage = RingMade | FrameReady | StreamOver


def encode_message(message: DecoderMessage) -> bytes:
    """Write one message of the decoder as one packet."""
    return json.dumps({"is": type(message).__name__, **asdict(message)}).encode()


def decode_message(packet: bytes) -> DecoderMessage | None:
    """Read one message of the decoder; None for anything else, which ends the decoder."""
    try:
        fields: dict[str, Any] = json.loads(packet)
        match fields.pop("is"):
            case "RingMade":
                return RingMade(**fields)
            case "FrameReady":
                return FrameReady(**fields)
            case "StreamOver":
                return StreamOver(note=StreamNote(fields["note"]))
            case _:
                return None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
