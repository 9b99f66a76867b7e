"""Where a photograph comes from, as the enrolment form sends it. What it is worth, the rules say (A19, C2)."""

from datetime import date

from starlette.datastructures import FormData

from governance.application.errors import BadInput
from governance.domain.provenance import Origin, Release
from governance.web.forms import text


def read_origin(form: FormData) -> Origin:
    """Return the origin of a form; what is missing is unknown, and refused by its rule.

    Raises:
        BadInput: a field is not a day where it must be one.
    """
    return Origin(
        provenance=text(form, "provenance"),
        release=text(form, "release") or Release.NONE.value,
        source=text(form, "source"),
        taken_on=_day(text(form, "taken_on")),
        born_on=_day(text(form, "born_on")),
    )


def _day(given: str) -> date | None:
    try:
        return date.fromisoformat(given) if given else None
    except ValueError as error:
        raise BadInput("Give each day as year, month and day, such as 2026-03-02.") from error
