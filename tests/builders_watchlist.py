"""Where photographs come from, for tests."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from contracts.enrolment import Enrolment
from contracts.look_alike import ListedReference, LookAlikeReport, Nearest
from contracts.signature import Purpose, Signed
from governance.application.approve_watchlist import (
    ApproveList,
    PrepareListReport,
    approve_list,
    prepare_list_report,
)
from governance.application.governance import Governance
from governance.domain.identifiers import AccountId, ListReportId, WarrantId
from governance.domain.provenance import Origin
from tests.builders_contracts import PROFILE_SHA256, TrustedSite


def an_origin(**changes: Any) -> Origin:
    """Return the origin of a lawful photograph: a custody photograph of last year."""
    origin = Origin(
        provenance="custody-photograph",
        release="none",
        source="Photograph 4711 of the custody register",
        taken_on=date(2025, 6, 1),
        born_on=None,
    )
    return replace(origin, **changes)


def a_look_alike_report(site: TrustedSite, listed: Sequence[ListedReference], *, near: bool = False) -> Signed:
    """Return what the viewer would sign: each beside the next one, apart or alike."""
    ids = [one.reference_id for one in listed]
    nearest = tuple(
        Nearest(reference_id=one, other=other, score=0.2 if near else 0.9, reaches_threshold=near, is_near=near)
        for one, other in zip(ids, [*ids[1:], ids[0]], strict=True)
        if one != other
    )
    report = LookAlikeReport(
        warrant_id=Enrolment.from_bytes(listed[0].enrolment.payload).warrant_id,
        profile_sha256=PROFILE_SHA256,
        threshold=0.45,
        margin=0.03,
        listed=tuple((one.reference_id, one.enrolment.sha256) for one in listed),
        nearest=nearest,
    )
    return site.viewer.sign(Purpose.LOOK_ALIKES, report.to_bytes())


def prepare_the_list(governance: Governance, officer: AccountId, warrant_id: WarrantId) -> ListReportId:
    """Have the report made."""
    command = PrepareListReport(actor=officer, warrant_id=warrant_id, passages_per_day=1000)
    return prepare_list_report(governance, command)


def approve_the_list(
    governance: Governance, officer: AccountId, warrant_id: WarrantId, reason: str = ""
) -> ListReportId:
    """Have the report made, and approve the list."""
    report_id = prepare_the_list(governance, officer, warrant_id)
    approve_list(governance, ApproveList(actor=officer, report_id=report_id, reason=reason))
    return report_id


def list_requests(governance: Governance, officer: AccountId, warrant_id: WarrantId) -> list[dict[str, Any]]:
    """Return what a legal officer asks of a list's pages, as calls (`tests.builders_calls`)."""
    path, route = f"/legal/warrants/{warrant_id}/list", "/legal/warrants/{warrant_id}/list"
    report = prepare_the_list(governance, officer, warrant_id)
    sent = {"method": "POST", "expected": 303}
    return [
        {"method": "GET", "path": path, "route": route},
        {**sent, "path": f"{path}/approve", "route": f"{route}/approve", "fields": {"report": report}},
        {**sent, "path": path, "route": route, "fields": {"passages": "1000"}},
    ]


ORIGIN: Final = {
    "provenance": "custody-photograph",
    "source": "Photograph 4711 of the custody register",
    "taken_on": "2025-06-01",
}
"""The same as the form sends it."""
