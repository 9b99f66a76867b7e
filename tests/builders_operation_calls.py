"""Calls about what use came to, and what must lie ready for them (A18)."""

from typing import Final

from governance.application.explain_drift import ExplainMonth, explain_month
from governance.domain.operation_limit import Explanation
from tests.builders_call import Call, a_get, a_post
from tests.builders_web import WebHouse

_PAGE: Final = "/running/operation"


def operation_calls(web: WebHouse) -> list[Call]:
    """Return a call of each route."""
    said = ExplainMonth(actor=web.people["lisa"], month="2026-01", explanation=Explanation.CROWD_CHANGED)
    explain_month(web.running.governance, said)
    return [
        a_get("arne", _PAGE),
        a_post("lisa", f"{_PAGE}/explain", f"{_PAGE}/explain", {"month": "2026-02", "explanation": "list-length"}),
        a_post("arne", f"{_PAGE}/explained", f"{_PAGE}/explained", {"month": "2026-01"}),
    ]
