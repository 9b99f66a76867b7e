"""What goes over the sequencer's socket, as JSON: bytes as base64, keys by their names."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from governance.audit.base64_strict import decode64, encode64
from governance.audit.draft import Appended, Draft
from governance.audit.errors import (
    ClockWentBack,
    EntryRefused,
    LogError,
    LogFull,
    LogRolledBack,
    LogUnavailable,
)
from governance.audit.leaf import Compartment, KeyRange, KeyRef

ERRORS: Final[Mapping[str, type[LogError]]] = {
    kind.__name__: kind for kind in (ClockWentBack, EntryRefused, LogFull, LogRolledBack, LogUnavailable)
}
"""The errors that have a name on the wire. Every other error of the log goes as `LogUnavailable`."""

_NOT_UNDERSTOOD: Final = "This request to the sequencer, or its answer, is not as both sides agreed."


def name_of(error: LogError) -> str:
    """Return the name of the nearest error that both sides know."""
    return next((kind.__name__ for kind in type(error).__mro__ if kind.__name__ in ERRORS), LogUnavailable.__name__)


def draft_to_json(draft: Draft) -> dict[str, object]:
    """Return a draft as a JSON object."""
    return {
        "body": dict(draft.body),
        "boxes": [[key.text, encode64(box)] for key, box in draft.boxes],
        "compartments": [
            {
                "commitment": encode64(one.commitment),
                "group": one.group,
                "key": one.key.text,
                "sha256": encode64(one.box_sha256),
            }
            for one in draft.compartments
        ],
        "event": draft.event,
        "sn": draft.sn,
        "src": draft.src,
    }


def draft_from_json(value: Any) -> Draft:
    """Read a draft. Whether it belongs in the log is for `prepare` to say.

    Raises:
        EntryRefused: it is none.
    """
    try:
        return Draft(
            event=value["event"],
            src=value["src"],
            sn=value["sn"],
            body=value["body"],
            compartments=tuple(
                Compartment(
                    group=one["group"],
                    key=key_from_text(one["key"]),
                    commitment=bytes_from_text(one["commitment"]),
                    box_sha256=bytes_from_text(one["sha256"]),
                )
                for one in value["compartments"]
            ),
            boxes=tuple((key_from_text(key), bytes_from_text(box)) for key, box in value["boxes"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise EntryRefused(_NOT_UNDERSTOOD) from error


def appended_to_json(appended: Appended) -> dict[str, object]:
    """Return an answer as a JSON object."""
    return {
        "checkpoint": appended.checkpoint,
        "first": appended.first,
        "leaves": [encode64(leaf) for leaf in appended.leaves],
    }


def appended_from_json(value: Any) -> Appended:
    """Read an answer.

    Raises:
        LogUnavailable: it is none.
    """
    try:
        return Appended(
            first=number_from(value["first"]),
            leaves=bytes_list(value["leaves"]),
            checkpoint=text_from(value["checkpoint"]),
        )
    except (KeyError, TypeError) as error:
        raise LogUnavailable(_NOT_UNDERSTOOD) from error


def bytes_list(values: Any) -> tuple[bytes, ...]:
    """Read a list of base64 texts.

    Raises:
        EntryRefused: it is none.
    """
    if not isinstance(values, list):
        raise EntryRefused(_NOT_UNDERSTOOD)
    return tuple(bytes_from_text(one) for one in values)


def bytes_from_text(value: object) -> bytes:
    """Read a base64 text strictly.

    Raises:
        EntryRefused: it is none.
    """
    data = decode64(value) if isinstance(value, str) else None
    if data is None:
        raise EntryRefused(_NOT_UNDERSTOOD)
    return data


def key_from_text(value: object) -> KeyRef:
    """Read a key's name.

    Raises:
        EntryRefused: it is none.
    """
    return KeyRef.parse(text_from(value))


def ranges_from_json(values: Any) -> Sequence[KeyRange]:
    """Read ranges of keys.

    Raises:
        EntryRefused: they are none.
    """
    if not isinstance(values, list):
        raise EntryRefused(_NOT_UNDERSTOOD)
    return [KeyRange.from_json(one) for one in values]


def text_from(value: object) -> str:
    """Read a text.

    Raises:
        EntryRefused: it is none.
    """
    if not isinstance(value, str):
        raise EntryRefused(_NOT_UNDERSTOOD)
    return value


def number_from(value: object) -> int:
    """Read a whole number from zero on.

    Raises:
        EntryRefused: it is none.
    """
    if type(value) is not int or not 0 <= value < 2**53:
        raise EntryRefused(_NOT_UNDERSTOOD)
    return value
