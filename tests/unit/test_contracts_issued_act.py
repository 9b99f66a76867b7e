"""Who must have signed a warrant, and from when to when it then holds (A3, A6, A7, A8)."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.issued_act import ActPapers, IssuedAct, believed_act
from contracts.model_profile import ProfileClass
from contracts.refusals import AuthorisationRefused, RefusalReason
from contracts.signature import Purpose
from contracts.trust import TrustedKeys, TrustedRole
from contracts.vocabulary import IssuerType, SlotId, WarrantId, WarrantType
from contracts.warrant_acts import ApplicationReceipt, Countersignature
from tests.builders_acts import an_amendment, an_urgent_warrant
from tests.builders_contracts import (
    NOON,
    OFFICERS,
    PHOTOGRAPH_SHA256,
    a_hash,
    a_listed_issuer,
    a_signing_key,
    a_slot,
    a_trusted_site,
    a_warrant,
    an_issuer_list,
)

pytestmark = pytest.mark.law("A3", "A6", "A7")

SITE = a_trusted_site()
HOUR, A_MILLISECOND = timedelta(hours=1), timedelta(milliseconds=1)


def urgent(*, trusted: TrustedKeys = SITE.trusted, now: datetime = NOON, **parts: Any) -> IssuedAct:
    _, papers = an_urgent_warrant(SITE, **parts)
    return believed_act(ActPapers(**papers), trusted, now)


def test_without_the_issuers_receipt_an_urgent_warrant_ends_after_24_hours() -> None:
    act = urgent()
    assert (act.begins_at, act.ends_at) == (NOON, NOON + 24 * HOUR)


def test_with_the_receipt_it_ends_with_its_window_and_after_72_hours_at_most() -> None:
    assert urgent(received_at=NOON + HOUR, now=NOON + HOUR).ends_at == NOON + timedelta(hours=70)
    longest = urgent(
        received_at=NOON, not_before=NOON - HOUR, not_after=NOON + 71 * HOUR, signed_at=NOON - HOUR, now=NOON
    )
    assert longest.ends_at == NOON + 71 * HOUR


@given(
    signed=st.integers(-3600, 3600),
    received=st.none() | st.integers(-3600, 100 * 3600),
    begin=st.integers(-7200, 7200),
    length=st.integers(1, 80 * 3600),
)
def test_no_urgent_warrant_outlives_its_times(signed: int, received: int | None, begin: int, length: int) -> None:
    at = {name: NOON + timedelta(seconds=value) for name, value in (("signed", signed), ("begin", begin))}
    received_at = None if received is None else NOON + timedelta(seconds=received)
    end = at["begin"] + timedelta(seconds=length)
    times = {"signed_at": at["signed"], "not_before": at["begin"], "not_after": end}
    with suppress(AuthorisationRefused):
        act = urgent(**times, received_at=received_at, now=NOON + 200 * HOUR)
        in_time = received_at is not None and received_at < at["signed"] + 24 * HOUR
        assert act.begins_at == max(at["begin"], at["signed"])
        assert act.ends_at <= min(end, at["signed"] + (72 if in_time else 24) * HOUR)
        assert end - at["begin"] <= 72 * HOUR
        assert at["signed"] - at["begin"] <= HOUR


def countersigned(key: Any = SITE.officers[1], **changes: Any) -> ActPapers:
    """Return an urgent warrant's papers, the second signature otherwise."""
    _, papers = an_urgent_warrant(SITE)
    said = Countersignature.from_bytes(papers["countersignature"].payload)
    again = key.sign(Purpose.COUNTERSIGNATURE, replace(said, **changes).to_bytes())
    return ActPapers(**{**papers, "countersignature": again})


def received(key: Any = SITE.issuer, **changes: Any) -> ActPapers:
    """Return an urgent warrant's papers, the receipt otherwise."""
    _, papers = an_urgent_warrant(SITE, received_at=NOON)
    said = ApplicationReceipt.from_bytes(papers["receipt"].payload)
    again = key.sign(Purpose.APPLICATION_RECEIPT, replace(said, **changes).to_bytes())
    return ActPapers(**{**papers, "receipt": again})


def amended(*photographs: str, key: Any = SITE.issuer, slots: tuple[str, ...] = (), **changes: Any) -> ActPapers:
    warrant = a_warrant() if not slots else a_warrant(slots=tuple(a_slot(one, a_hash(one)) for one in slots))
    signed = an_amendment(SITE, warrant, *photographs, **changes)
    return ActPapers(
        warrant=SITE.issuer.sign(Purpose.WARRANT, warrant.to_bytes()),
        amendments=(key.sign(Purpose.AMENDMENT, signed.payload),),
    )


def one_key_twice() -> ActPapers:
    _, papers = an_urgent_warrant(SITE)
    said = Countersignature.from_bytes(papers["countersignature"].payload)
    first = SITE.officers[0]
    again = first.sign(Purpose.COUNTERSIGNATURE, replace(said, officer=OFFICERS[0]).to_bytes())
    return ActPapers(**{**papers, "countersignature": again})


def signed_by(key: Any, **changes: Any) -> ActPapers:
    return ActPapers(warrant=key.sign(Purpose.WARRANT, a_warrant(**changes).to_bytes()))


def urgent_papers(**parts: Any) -> ActPapers:
    return ActPapers(**an_urgent_warrant(SITE, **parts)[1])


def a_prior_act_with_papers(*names: str) -> ActPapers:
    _, papers = an_urgent_warrant(SITE, received_at=NOON)
    return replace(signed_by(SITE.issuer), **{name: papers[name] for name in names})


REFUSED: list[tuple[str, RefusalReason, Callable[[], ActPapers]]] = [
    # A7: two officers
    ("one officer alone", RefusalReason.SIGNATURE, lambda: replace(countersigned(), countersignature=None)),
    ("one officer's key twice", RefusalReason.SIGNATURE, one_key_twice),
    ("the issuer as second officer", RefusalReason.SIGNATURE, lambda: countersigned(SITE.issuer)),
    ("a stranger as second officer", RefusalReason.SIGNATURE, lambda: countersigned(a_signing_key("stranger"))),
    ("governance as second officer", RefusalReason.SIGNATURE, lambda: countersigned(SITE.governance)),
    (
        "a second officer under the first one's name",
        RefusalReason.SIGNATURE,
        lambda: countersigned(officer="officer-a"),
    ),
    ("a second signature for another warrant", RefusalReason.OTHER_RECORDS, lambda: countersigned(warrant_id="w-2")),
    ("over other bytes", RefusalReason.OTHER_RECORDS, lambda: countersigned(warrant_sha256=a_hash("x"))),
    ("for another first officer", RefusalReason.OTHER_RECORDS, lambda: countersigned(first_key=SITE.site.id)),
    ("a DEMO second signature", RefusalReason.DEMO_MIXED, lambda: countersigned(demo=True)),
    (
        "a second signature long after the window began",
        RefusalReason.URGENT_TIMES,
        lambda: countersigned(signed_at=NOON + timedelta(minutes=30) + A_MILLISECOND),
    ),
    (
        "an urgent warrant that the issuer signed alone",
        RefusalReason.SIGNATURE,
        lambda: signed_by(SITE.issuer, type=WarrantType.URGENT),
    ),
    ("a prior warrant that an officer signed", RefusalReason.SIGNATURE, lambda: signed_by(SITE.officers[0])),
    (
        "a prior warrant with a second officer",
        RefusalReason.MALFORMED,
        lambda: a_prior_act_with_papers("countersignature"),
    ),
    ("a prior warrant with a receipt", RefusalReason.MALFORMED, lambda: a_prior_act_with_papers("receipt")),
    (
        "more than 72 hours",
        RefusalReason.URGENT_TIMES,
        lambda: urgent_papers(not_after=NOON - timedelta(minutes=30) + 72 * HOUR + A_MILLISECOND),
    ),
    ("an issuer who is not listed", RefusalReason.SIGNATURE, lambda: urgent_papers(issuer="another-court")),
    ("another kind of issuer", RefusalReason.SIGNATURE, lambda: urgent_papers(issuer_type=IssuerType.PROSECUTOR)),
    # A7: the receipt
    ("a receipt of an officer", RefusalReason.SIGNATURE, lambda: received(SITE.officers[0])),
    ("a receipt of governance", RefusalReason.SIGNATURE, lambda: received(SITE.governance)),
    ("a receipt of another warrant", RefusalReason.OTHER_RECORDS, lambda: received(warrant_id=WarrantId("w-2"))),
    ("a receipt of other bytes", RefusalReason.OTHER_RECORDS, lambda: received(warrant_sha256=a_hash("x"))),
    ("a receipt in another's name", RefusalReason.OTHER_RECORDS, lambda: received(issuer="another-court")),
    ("a DEMO receipt", RefusalReason.OTHER_RECORDS, lambda: received(demo=True)),
    ("a receipt too late", RefusalReason.URGENT_TIMES, lambda: received(issued_at=NOON + 24 * HOUR)),
    (
        "a receipt of the future",
        RefusalReason.NOT_YET_VALID,
        lambda: received(issued_at=NOON + timedelta(seconds=5) + A_MILLISECOND),
    ),
    # the amendments of A3
    ("an amendment of governance", RefusalReason.SIGNATURE, lambda: amended(a_hash("x"), key=SITE.governance)),
    ("an amendment of an officer", RefusalReason.SIGNATURE, lambda: amended(a_hash("x"), key=SITE.officers[0])),
    (
        "an amendment of another warrant",
        RefusalReason.OTHER_RECORDS,
        lambda: amended(a_hash("x"), warrant_sha256=a_hash("y")),
    ),
    ("an amendment of no slot", RefusalReason.OTHER_RECORDS, lambda: amended(a_hash("x"), slot_id=SlotId("slot-9"))),
    ("an empty amendment", RefusalReason.MALFORMED, amended),
    ("one photograph twice", RefusalReason.MALFORMED, lambda: amended(a_hash("x"), a_hash("x"))),
    (
        "the photograph of somebody else",
        RefusalReason.MALFORMED,
        lambda: amended(a_hash("slot-2"), slots=("slot-1", "slot-2")),
    ),
]


@pytest.mark.parametrize(("what", "reason", "papers"), REFUSED, ids=[what for what, _, _ in REFUSED])
def test_refused(what: str, reason: RefusalReason, papers: Callable[[], ActPapers]) -> None:
    now = NOON + 100 * HOUR if what == "a receipt too late" else NOON
    with pytest.raises(AuthorisationRefused) as refusal:
        believed_act(papers(), SITE.trusted, now)
    assert refusal.value.reason is reason, what


def test_what_the_builders_make_is_believed_otherwise() -> None:
    for papers in (countersigned(), received(), amended(a_hash("x")), signed_by(SITE.issuer)):
        assert believed_act(papers, SITE.trusted, NOON).ends_at > NOON


def test_two_keys_of_one_officer_are_one_officer() -> None:
    keys = tuple(
        replace(key, name="officer-b") if key.role is TrustedRole.OFFICER else key for key in SITE.trusted.keys
    )
    with pytest.raises(AuthorisationRefused, match="two different officers"):
        urgent(trusted=replace(SITE.trusted, keys=keys))


@pytest.mark.law("P4")
def test_two_officers_whose_keys_are_for_different_uses_begin_nothing() -> None:
    keys = [replace(key, trial=key.name == "officer-b") for key in SITE.trusted.keys]
    with pytest.raises(AuthorisationRefused) as caught:
        urgent(trusted=replace(SITE.trusted, keys=tuple(keys)))
    assert caught.value.reason is RefusalReason.DEMO_MIXED
    with pytest.raises(AuthorisationRefused):
        urgent(trusted=replace(SITE.trusted, issuers_use=ProfileClass.TRIAL))
    assert urgent(trusted=replace(SITE.trusted, issuers_use=ProfileClass.OPERATIONAL))


def test_the_issuer_of_an_urgent_warrant_is_on_the_list_now() -> None:
    gone = an_issuer_list(a_listed_issuer(SITE.issuer, valid_to=NOON))
    with pytest.raises(AuthorisationRefused, match="not on the list"):
        urgent(trusted=replace(SITE.trusted, issuers=gone))


def test_an_amendment_adds_photographs_of_the_same_person_only() -> None:
    act = believed_act(amended(a_hash("another picture")), SITE.trusted, NOON)
    assert act.photographs == {SlotId("slot-1"): frozenset({PHOTOGRAPH_SHA256, a_hash("another picture")})}


def test_every_changed_byte_of_what_is_about_a_warrant_is_refused() -> None:
    _, papers = an_urgent_warrant(SITE, received_at=NOON)
    for name in ("countersignature", "receipt"):
        signed = papers[name]
        for place in range(len(signed.payload)):
            changed = signed.payload[:place] + bytes([signed.payload[place] ^ 1]) + signed.payload[place + 1 :]
            with pytest.raises(AuthorisationRefused):
                believed_act(ActPapers(**{**papers, name: replace(signed, payload=changed)}), SITE.trusted, NOON)
