"""Organisations, and accounts and certificates by two persons (B14, E7)."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.domain.accounts import (
    OPENING_TIME,
    Account,
    is_certified,
    may_act,
    may_confirm,
    may_withdraw,
    supervisor_is_there,
)
from governance.domain.certificates import Certificate, may_confirm_certificate, may_propose_certificate
from governance.domain.identifiers import AccountId, CertificateId
from governance.domain.organisations import BELONGS, Organisation, may_belong, organisation_of
from governance.domain.roles import CONFIRMS, MAY, WITHDRAWS, Action, Role, may_hold
from tests.builders_contracts import NOON

pytestmark = pytest.mark.law("B14")
YEAR = timedelta(days=365)
roles = st.sampled_from(list(Role))


def one(name: str, role: Role, *, in_force: bool = True, by: str = "somebody") -> Account:
    return Account(
        account_id=AccountId(name),
        login=name,
        organisation=BELONGS[role],
        roles=frozenset({role}),
        password_hash="",
        opening_hash=None,
        demo=False,
        failures=0,
        locked_until=None,
        known_failures=0,
        known_locked_until=None,
        on_shift_until=None,
        certified_until=None,
        proposed_by=AccountId(by),
        confirmed_by=AccountId("another") if in_force else None,
        confirmed_at=NOON if in_force else None,
        withdrawn_at=None,
        created_at=NOON,
        expires_at=NOON + YEAR,
    )


@pytest.mark.law("B6", "B14")
def test_each_role_has_one_organisation_and_the_region_has_the_site_manager_alone() -> None:
    """The known answer of the issue: region, police, issuing authority, supervisory authority, witness."""
    assert set(BELONGS) == set(Role)
    assert [role for role, owner in BELONGS.items() if owner is Organisation.REGION] == [Role.SITE_MANAGER]
    assert [role for role, owner in BELONGS.items() if owner is Organisation.SUPERVISORY_AUTHORITY] == [Role.AUDITOR]
    assert not {Organisation.ISSUING_AUTHORITY, Organisation.WITNESS} & set(BELONGS.values())
    assert len(Organisation) == 5


def test_roles_of_two_organisations_are_nobodys() -> None:
    for first, second in combinations(Role, 2):
        if BELONGS[first] is not BELONGS[second]:
            assert organisation_of({first, second}) is None
            assert not may_hold({first, second}).allowed
    assert organisation_of(()) is None


@given(st.frozensets(roles), st.sampled_from(list(Organisation)))
def test_an_account_has_roles_of_its_own_organisation_alone(held: Collection[Role], organisation: Organisation) -> None:
    lawful = bool(held) and all(BELONGS[role] is organisation for role in held)
    assert may_belong(organisation, held).allowed is lawful


def test_the_region_may_nothing_but_its_own() -> None:
    region = {action for action in Action if Role.SITE_MANAGER in MAY[action]}
    assert region == {
        Action.CAMERA_LIST,
        Action.CAMERA_REGISTER,
        Action.DOCUMENT_FILE,
        Action.EVIDENCE_IMPORT,
        Action.SITE_REGISTER,
        Action.STREAMS_READ,
    }


def test_the_administrator_has_keys_and_machines_and_no_content() -> None:
    administrator = {action for action in Action if Role.ADMINISTRATOR in MAY[action]}
    assert administrator == {
        Action.ACCOUNT_CONFIRM,
        Action.ACCOUNT_CREATE,
        Action.ACCOUNT_LIST,
        Action.ACCOUNT_WITHDRAW,
        Action.CERTIFICATE_PROPOSE,
    }


def test_two_administrators_alone_make_nobody_for_a_case() -> None:
    assert set(CONFIRMS) == set(WITHDRAWS) == set(Role)
    for role in (Role.APPLICANT, Role.OPERATOR, Role.SENIOR_OPERATOR):
        assert Role.ADMINISTRATOR not in CONFIRMS[role]


def test_nobody_of_the_controller_makes_or_ends_the_supervisors_accounts() -> None:
    assert CONFIRMS[Role.AUDITOR] == WITHDRAWS[Role.AUDITOR] == {Role.AUDITOR}
    first = one("ola", Role.AUDITOR, in_force=False)
    second = one("roy", Role.ADMINISTRATOR)
    assert may_confirm(first, second, supervisor_there=False).allowed
    assert not may_confirm(first, second, supervisor_there=True).allowed
    assert not may_withdraw(one("ola", Role.AUDITOR), second).allowed


def test_no_administrator_stands_for_whoever_watches_and_the_auditor_for_the_first_of_the_police() -> None:
    watching = (Role.AUDITOR, Role.DATA_PROTECTION_OFFICER, Role.LEGAL_OFFICER)
    assert all(Role.ADMINISTRATOR not in CONFIRMS[role] for role in watching)
    assert all(Role.AUDITOR in CONFIRMS[role] for role in watching)
    # Nobody else of the table begins with two administrators alone but their own kind and the region's.
    assert {role for role in Role if Role.ADMINISTRATOR in CONFIRMS[role]} == {Role.ADMINISTRATOR, Role.SITE_MANAGER}


def an_auditor(*, opened: bool, withdrawn: bool) -> Account:
    """Return an auditor's account, confirmed at noon."""
    gone = NOON if withdrawn else None
    return replace(one("ola", Role.AUDITOR), opening_hash=None if opened else "x", withdrawn_at=gone)


@given(
    st.lists(st.builds(an_auditor, opened=st.booleans(), withdrawn=st.booleans()), max_size=3),
    st.timedeltas(min_value=timedelta(0), max_value=2 * OPENING_TIME),
)
def test_the_founding_is_over_with_the_first_auditor_who_opened_or_still_can(
    auditors: list[Account], later: timedelta
) -> None:
    others = [one("lex", Role.LEGAL_OFFICER), one("olle", Role.AUDITOR, in_force=False)]
    over = any(
        auditor.opening_hash is None or (auditor.withdrawn_at is None and later < OPENING_TIME) for auditor in auditors
    )
    assert supervisor_is_there([*others, *auditors], NOON + later) is over


def test_an_account_that_nobody_opened_is_not_in_force_and_its_code_ends_after_a_day() -> None:
    waiting = replace(one("bea", Role.OPERATOR), opening_hash="x")
    assert not waiting.is_in_force
    assert not may_act(waiting).allowed
    assert waiting.may_still_be_opened(NOON + OPENING_TIME - timedelta(milliseconds=1))
    assert not waiting.may_still_be_opened(NOON + OPENING_TIME)
    assert not replace(waiting, withdrawn_at=NOON).may_still_be_opened(NOON)
    assert not one("bea", Role.OPERATOR).may_still_be_opened(NOON)
    assert not one("bea", Role.OPERATOR, in_force=False).may_still_be_opened(NOON)


@given(roles, roles, st.booleans())
def test_whoever_proposed_an_account_never_confirms_it(role: Role, second: Role, supervisor_there: bool) -> None:  # noqa: FBT001 (drawn)
    proposed = one("new", role, in_force=False, by="proposer")
    for actor in (one("proposer", second), one("new", second)):
        assert not may_confirm(proposed, actor, supervisor_there=supervisor_there).allowed


@given(roles, roles)
def test_only_the_roles_of_the_table_confirm(role: Role, second: Role) -> None:
    proposed = one("new", role, in_force=False)
    decided = may_confirm(proposed, one("second", second), supervisor_there=True)
    assert decided.allowed is (second in CONFIRMS[role])


def test_what_was_confirmed_or_withdrawn_is_not_confirmed_again() -> None:
    lex = one("lex", Role.LEGAL_OFFICER)
    assert not may_confirm(one("bea", Role.OPERATOR), lex, supervisor_there=True).allowed
    gone = replace(one("bea", Role.OPERATOR, in_force=False), withdrawn_at=NOON)
    assert not may_confirm(gone, lex, supervisor_there=True).allowed
    assert not may_withdraw(gone, lex).allowed
    assert may_withdraw(one("bea", Role.OPERATOR), lex).allowed


def test_an_account_acts_between_its_confirmation_and_its_withdrawal() -> None:
    account = one("bea", Role.OPERATOR)
    assert may_act(account).allowed
    assert not may_act(replace(account, confirmed_by=None)).allowed
    assert not may_act(replace(account, withdrawn_at=NOON)).allowed
    assert not account.came_after(NOON)
    assert account.came_after(NOON - timedelta(milliseconds=1))
    assert replace(account, confirmed_at=None).came_after(NOON)


@pytest.mark.law("E7")
def test_a_certificate_gates_the_shift_and_ends_at_its_instant() -> None:
    reviewer = replace(one("bea", Role.OPERATOR), certified_until=NOON + YEAR, on_shift_until=NOON + 2 * YEAR)
    last = NOON + YEAR - timedelta(milliseconds=1)
    assert is_certified(reviewer, now=last).allowed
    assert reviewer.is_on_shift(last)
    assert not is_certified(reviewer, now=NOON + YEAR).allowed
    assert not reviewer.is_on_shift(NOON + YEAR)
    assert not replace(reviewer, certified_until=None).is_on_shift(NOON)
    assert not replace(reviewer, confirmed_by=None).is_on_shift(NOON)
    assert not replace(reviewer, withdrawn_at=NOON).is_on_shift(NOON)


@pytest.mark.law("E7")
def test_a_certificate_takes_two_others_and_lasts_a_year_at_most() -> None:
    bea, actor = one("bea", Role.OPERATOR), AccountId("adam")
    for life, lawful in (
        (YEAR, True),
        (YEAR + timedelta(milliseconds=1), False),
        (timedelta(0), False),
        (-YEAR, False),
    ):
        assert may_propose_certificate(bea, actor, life=life, longest=YEAR).allowed is lawful
    assert not may_propose_certificate(bea, bea.account_id, life=YEAR, longest=YEAR).allowed
    assert not may_propose_certificate(one("ada", Role.APPLICANT), actor, life=YEAR, longest=YEAR).allowed
    assert not may_propose_certificate(replace(bea, withdrawn_at=NOON), actor, life=YEAR, longest=YEAR).allowed
    certificate = Certificate(
        certificate_id=CertificateId("c"),
        account_id=bea.account_id,
        ends_at=NOON + YEAR,
        proposed_by=actor,
        confirmed_by=None,
        created_at=NOON,
        expires_at=NOON + YEAR,
    )
    assert may_confirm_certificate(certificate, AccountId("lex"), now=NOON).allowed
    for who in (bea.account_id, actor):
        assert not may_confirm_certificate(certificate, who, now=NOON).allowed
    assert not may_confirm_certificate(certificate, AccountId("lex"), now=NOON + YEAR).allowed
    taken = replace(certificate, confirmed_by=AccountId("lex"))
    assert not may_confirm_certificate(taken, AccountId("dora"), now=NOON).allowed
