"""What each guard over the rights desk and what everybody may read refuses, and something like it that it lets pass."""

from collections.abc import Mapping
from typing import Final

from tests.builders_guards import AT, DAY, MINUTE, Case, case, change, row

_HOUR: Final = 60 * MINUTE
_DUE: Final = AT + 32 * DAY + _HOUR
_PUT_OFF: Final = _DUE + 62 * DAY + _HOUR
_RECORD: Final = row("publications", kind="deployment", about="x", created_at=AT + 1)


def _put_off(due: int, at: int) -> str:
    return change("rights_requests", due_at=str(due), extended_at=str(at), extended_by="'a'", extension="'e'")


OF_RIGHTS: Final[Mapping[str, tuple[Case, ...]]] = {
    # The rights desk: B13.
    "rights_requests_begin_open": (
        case(
            (),
            (
                row("rights_requests", due_at=_DUE, closed_at=AT),
                row("rights_requests", due_at=_DUE, extended_at=AT),
                row("rights_requests", due_at=_DUE + 1),
            ),
            row("rights_requests", due_at=_DUE),
        ),
    ),
    "rights_requests_are_put_off_once": (
        case(
            row("rights_requests", due_at=_DUE),
            (
                change("rights_requests", due_at=str(_DUE + 1)),
                _put_off(_PUT_OFF + 1, AT),
                _put_off(_PUT_OFF, _DUE),
                _put_off(_DUE, _DUE),
                (_put_off(_DUE + 1, AT), change("rights_requests", due_at=str(_DUE + 2))),
            ),
            _put_off(_PUT_OFF, _DUE - 1),
        ),
        case(
            row("rights_requests", due_at=_DUE, extended_at=AT, extended_by="a", extension="e"),
            (
                change("rights_requests", due_at="1"),
                change("rights_requests", extended_at="1"),
                change("rights_requests", extended_at="NULL"),
                change("rights_requests", extended_by="'b'"),
                change("rights_requests", extension="'f'"),
            ),
            change("rights_requests", closed_at="1", answer="'y'"),
        ),
    ),
    "rights_requests_are_closed_once": (
        case(
            row("rights_requests", closed_at=AT, closed_by="a", answer="y", outcome="o", intervention="i"),
            (
                change("rights_requests", closed_at="1"),
                change("rights_requests", closed_at="NULL"),
                change("rights_requests", closed_by="'b'"),
                change("rights_requests", answer="'z'"),
                change("rights_requests", outcome="'p'"),
                change("rights_requests", intervention="'j'"),
                change("rights_requests", intervention="NULL"),
                change("rights_requests", extended_at="1"),
            ),
            change("rights_requests", answer="'y'"),
        ),
        case(
            row("rights_requests", closed_at=AT, closed_by="a", answer="y", outcome="o"),
            change("rights_requests", intervention="'i'"),
            change("rights_requests", closed_by="'a'"),
        ),
    ),
    # What everybody may read: C6, C7, C15.
    "publications_of_what_is_over": (
        case(
            (row("deployments"), row("transitions", after="approved", created_at=AT)),
            (
                _RECORD,
                (change("transitions", after="'revoked'", created_at=str(AT + 1)), _RECORD),
                (change("transitions", after="'revoked'", warrant_id="'y'"), _RECORD),
                (change("transitions", after="'revoked'"), change("deployments", deployment_id="'y'"), _RECORD),
            ),
            (
                row("publications", publication_id="y", kind="year", about="y"),
                *(
                    step
                    for state in ("expired", "rejected", "revoked")
                    for step in (change("transitions", after=f"'{state}'"), _RECORD, "DELETE FROM publications")
                ),
            ),
        ),
    ),
    "model_announcements_are_counted": (
        case(
            row("model_announcements", number=4),
            tuple(row("model_announcements", number=one) for one in (3, 4, 6)),
            row("model_announcements", number=5),
        ),
        case(
            (),
            (
                (row("model_announcements", number=9), row("model_announcements", number=11)),
                (row("model_announcements", number=9), row("model_announcements", number=8)),
            ),
            tuple(row("model_announcements", number=one) for one in (9, 10)),
        ),
    ),
}
"""By the guard's name."""
