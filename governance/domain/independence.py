"""Who decides does not lead the investigation: the case-leading prosecutor issues nothing in that case (0.4)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from governance.domain.decisions import Decision, allow, deny
from governance.domain.warrants import Application

NOBODY: Final = "none"
"""The case leader of a case that no prosecutor leads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLeader:
    """One prosecutor who led one case. `case_tag` means nothing without governance's key."""

    case_tag: str
    leader: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLeaderKey:
    """Under which key a leader's case tag was made, by the key's hash; it ends with the leader's record."""

    case_tag: str
    leader: str
    key_check: str
    created_at: datetime
    expires_at: datetime


def has_independent_issuer(application: Application, former_leaders: Collection[str]) -> Decision:
    """0.4: the issuer neither leads the case nor ever led it."""
    if not application.case_leader.strip():
        return deny("0.4", f"Say who leads the case: the prosecutor's identifier, or {NOBODY}.")
    issuer = _plain(application.issuer)
    if issuer == _plain(application.case_leader):
        return deny("0.4", "The prosecutor who leads the case cannot issue a warrant in it.")
    if issuer in map(_plain, former_leaders):
        return deny("0.4", "This prosecutor led the case before, and stays barred from issuing in it.")
    return allow("0.4")


def _plain(name: str) -> str:
    """Return an identifier without what typing adds: large letters and spaces make nobody somebody else."""
    return "".join(name.casefold().split())
