"""What officers and the issuer sign about a warrant, for tests: say what matters, the rest fits together."""

import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from contracts.canonical import sha256_hex
from contracts.signature import Purpose, Signed
from contracts.vocabulary import WarrantType
from contracts.warrant import Warrant
from contracts.warrant_acts import Amendment, ApplicationReceipt, Countersignature, Rejection, Revocation
from matcher.stopped import StoppedWarrants
from tests.builders_contracts import NOON, OFFICERS, TrustedSite, a_hash, a_warrant


def an_urgent_warrant(
    site: TrustedSite, *, signed_at: datetime = NOON, received_at: datetime | None = None, **changes: Any
) -> tuple[Warrant, dict[str, Any]]:
    """Return an urgent warrant, and what two officers (and the issuer, where it received it) sign about it.

    The papers go into `an_authorisation`, whose own envelope of the warrant they replace.
    """
    window = {"not_before": NOON - timedelta(minutes=30), "not_after": NOON + timedelta(hours=70)}
    warrant = a_warrant(**{"type": WarrantType.URGENT, "demo": site.demo, **window, **changes})
    first, second = site.officers
    act = first.sign(Purpose.WARRANT, warrant.to_bytes())
    about = {"warrant_id": warrant.warrant_id, "warrant_sha256": act.sha256, "demo": warrant.demo}
    agreed = Countersignature(**about, first_key=first.id, officer=OFFICERS[1], signed_at=signed_at)
    papers = {"warrant": act, "countersignature": second.sign(Purpose.COUNTERSIGNATURE, agreed.to_bytes())}
    if received_at is not None:
        receipt = ApplicationReceipt(**about, issuer=warrant.issuer, issued_at=received_at, diary_number="B-1-26")
        papers["receipt"] = site.issuer.sign(Purpose.APPLICATION_RECEIPT, receipt.to_bytes())
    return warrant, papers


def an_amendment(site: TrustedSite, warrant: Warrant, *photographs: str, **changes: Any) -> Signed:
    """Return the issuer's amendment that adds photographs to the warrant's first slot."""
    amendment = Amendment(
        warrant_id=warrant.warrant_id,
        warrant_sha256=sha256_hex(warrant.to_bytes()),
        issuer=warrant.issuer,
        issued_at=NOON,
        demo=warrant.demo,
        slot_id=warrant.slots[0].slot_id,
        photographs=photographs,
    )
    return site.issuer.sign(Purpose.AMENDMENT, replace(amendment, **changes).to_bytes())


def an_ending(
    site: TrustedSite, warrant: Warrant, kind: type[Revocation | Rejection] = Revocation, **changes: Any
) -> Signed:
    """Return the issuer's revocation (or rejection) of a warrant."""
    record = kind(
        warrant_id=warrant.warrant_id,
        warrant_sha256=sha256_hex(warrant.to_bytes()),
        issuer=warrant.issuer,
        issued_at=NOON,
        demo=warrant.demo,
        not_after=warrant.not_after,
        decision_sha256=a_hash("decision"),
    )
    key = changes.pop("key", site.issuer)
    purpose = changes.pop("purpose", Purpose.REJECTION if kind is Rejection else Purpose.REVOCATION)
    return cast("Signed", key.sign(purpose, replace(record, **changes).to_bytes()))


def nothing_stopped(site: TrustedSite) -> StoppedWarrants:
    """Return an empty memory of stopped warrants, in a folder of its own."""
    return StoppedWarrants(Path(tempfile.mkdtemp()) / "stopped-warrants.json", site.trusted)


def of_the_version_before(warrant: Warrant) -> Warrant:
    """Return the warrant as an act that names its cameras by their ids alone."""
    return replace(warrant, cameras=tuple(replace(one, record_sha256=None) for one in warrant.cameras))
