"""Searching afterwards: one photograph against recorded material or the list, never live, never untargeted (A12)."""

from datetime import datetime
from typing import Final

from governance.domain.decisions import Decision, allow, deny, refuse_where
from governance.domain.legal_profile import LegalProfile
from governance.domain.review import Alert
from governance.domain.warrants import Application, Warrant, WarrantType


def has_one_probe(application: Application, legal: LegalProfile, *, now: datetime) -> Decision:
    """A12: one photograph of one person, in a named case, for a specific offence, in recordings closed long enough."""
    closed, photographs = application.recorded_until, [one for slot in application.slots for one in slot.photographs]
    return refuse_where(
        "A12",
        (len(application.slots) != 1, "A12", "A search afterwards is for one person; ask for each by itself."),
        (len(photographs) != 1, "A12", "A search afterwards has exactly one photograph to search with."),
        (not application.case_reference.strip(), "A12", "A search afterwards belongs to a case; name it."),
        (not application.offence_code.strip() or not application.statute.strip(), "A12", "Name the specific offence."),
        (closed is None, "A12", "Say when the recordings end that are to be searched."),
        (
            closed is not None and closed > now - legal.post_remote_age and not application.first_identification,
            "A12",
            "The recordings ended less than 24 hours ago: so short a delay is still real-time use.",
        ),
        (closed is not None and closed > now, "A12", "The recordings have not ended yet."),
    )


AFTERWARDS: Final = "afterwards"
"""How an entry of the log says, in clear, that it is about a search afterwards and no real-time use (A11)."""


def method_of(about: Warrant | Alert) -> dict[str, str]:
    """A11: return what an entry about a warrant or an alert says of its method; of real-time use it says nothing."""
    if isinstance(about, Alert):
        return {} if about.search_id is None else {"method": AFTERWARDS}
    return {"method": AFTERWARDS} if about.type is WarrantType.POST_REMOTE else {}


def is_live_type(warrant: Warrant) -> Decision:
    """A12: a warrant for searching afterwards never goes into live use."""
    if warrant.type is WarrantType.POST_REMOTE:
        return deny("A12", "A warrant for searching afterwards is never used live.")
    return allow("A12")
