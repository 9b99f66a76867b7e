"""Whether this installation may be operated at all: not for real on a legal profile that is still a DRAFT (0.1)."""

from dataclasses import dataclass
from datetime import datetime

from governance.domain.decisions import Decision, allow, deny
from governance.domain.legal_profile import LegalProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """What a lawyer attested, under a key that is pinned here: which profile, for which kind of authority, when."""

    profile_sha256: str
    controller: str
    attested_at: datetime


def may_operate(legal: LegalProfile, attested: Attested | None, *, demo: bool, now: datetime) -> Decision:
    """law.md 0.1: real use needs a lawyer's attestation of exactly this profile; a demonstration or trial does not.

    What is real and what is not is told by the pinned keys alone: a trial runs under keys that are marked DEMO.
    """
    if demo:
        return allow("0.1", "The keys are marked DEMO: nothing here has legal force.")
    if attested is None:
        return deny(
            "0.1",
            f"The legal profile {legal.name} ({legal.version}) is a DRAFT: nobody operates on it, outside "
            "demonstration and trial, until a lawyer's attestation lies beside the pinned keys (`insyn law attest`).",
        )
    if attested.profile_sha256 != legal.sha256:
        return deny("0.1", "The lawyer attested another legal profile than the one in use; have this one attested.")
    if attested.controller not in legal.controllers:
        return deny("0.1", f"The legal profile {legal.name} lets no {attested.controller} operate.")
    if attested.attested_at > now:
        return deny("0.1", "The lawyer's attestation bears a time that is not yet; set the clock or ask for another.")
    return allow("0.1")
