"""The search of the log as a form sends it: everything stands in clear, so it may stand in an address too."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from governance.application.errors import BadInput
from governance.application.log_search import Wanted
from governance.domain.events import Event
from governance.web.forms import utc_of

FIELDS: Final = ("event", "rule", "producer", "first", "last", "since", "until")

_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_RULE: Final = re.compile(r"[A-Za-z0-9-]{1,32}", re.ASCII)
_PRODUCER: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}", re.ASCII)


def read_search(sent: Mapping[str, str]) -> Wanted:
    """Return what is searched for; an empty field asks nothing.

    Raises:
        BadInput: a field is not what it must be.
    """
    return Wanted(
        event=_one_of(sent.get("event", ""), [event.value for event in Event]),
        rule=_text(sent.get("rule", ""), _RULE, "A rule is written as in the list of refusals, such as A2."),
        producer=_text(sent.get("producer", ""), _PRODUCER, "A producer is written as an entry has it: governance."),
        first=read_number(sent.get("first", "")),
        last=read_number(sent.get("last", "")),
        since=_instant(sent.get("since", "")),
        until=_instant(sent.get("until", "")),
    )


def read_number(text: str) -> int | None:
    """Return the number of an entry, or nothing where none is given.

    Raises:
        BadInput: it is no number.
    """
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise BadInput("An entry's number is written in digits.")
    return int(text)


def _one_of(text: str, known: list[str]) -> str | None:
    if text and text not in known:
        raise BadInput("Choose an event from the list.")
    return text or None


def _text(text: str, pattern: re.Pattern[str], sentence: str) -> str | None:
    if text and not pattern.fullmatch(text):
        raise BadInput(sentence)
    return text or None


def _instant(text: str) -> datetime | None:
    return utc_of(text) if text else None
