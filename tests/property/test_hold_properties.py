"""B15: whoever they are, three of the police hold nothing by themselves, and nobody holds a face."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.domain.accounts import Account
from governance.domain.holds import HOLDABLE, WATCHERS, may_be_held, may_be_set
from governance.domain.identifiers import AccountId
from governance.domain.organisations import BELONGS, Organisation
from governance.domain.retention import DataClass
from governance.domain.roles import Role
from tests.builders_contracts import NOON

pytestmark = pytest.mark.law("B15")


def an_account(number: int, role: Role, *, in_force: bool) -> Account:
    return Account(
        account_id=AccountId(f"account-{number}"),
        login=f"login-{number}",
        organisation=BELONGS[role],
        password_hash="",
        opening_hash=None,
        known_failures=0,
        known_locked_until=None,
        roles=frozenset({role}),
        demo=False,
        on_shift_until=None,
        certified_until=None,
        failures=0,
        locked_until=None,
        proposed_by=AccountId("somebody"),
        confirmed_by=AccountId("another") if in_force else None,
        confirmed_at=NOON if in_force else None,
        withdrawn_at=None,
        created_at=NOON,
        expires_at=NOON + timedelta(days=1),
    )


ROLES = st.sampled_from([Role.LEGAL_OFFICER, Role.AUDITOR, Role.DATA_PROTECTION_OFFICER])
HOUSES = st.lists(st.tuples(ROLES, st.booleans()), min_size=3, max_size=7).map(
    lambda drawn: [an_account(number, role, in_force=there) for number, (role, there) in enumerate(drawn)]
)


@given(HOUSES)
def test_somebody_who_watches_from_elsewhere_approves_wherever_there_is_one(house: Sequence[Account]) -> None:
    asks, *approvers = house[:3]
    watching = [one for one in house[1:] if one.is_in_force and one.roles & WATCHERS]
    elsewhere = [one for one in watching if one.organisation is not asks.organisation]
    allowed = may_be_set(approvers=approvers, asked_by=asks, everybody=house).allowed
    assert allowed is any(one in (elsewhere or watching) for one in approvers)
    # Where there is an auditor in force, the police alone set nothing.
    everyone_of_the_police = all(one.organisation is Organisation.POLICE for one in house[:3])
    assert not (allowed and everyone_of_the_police and elsewhere)


@given(st.sampled_from(list(DataClass)), st.booleans())
def test_nothing_with_a_face_is_held(data_class: DataClass, crop: bool) -> None:  # noqa: FBT001 (drawn)
    assert may_be_held(data_class, crop=crop).allowed is (data_class in HOLDABLE and not crop)
    assert DataClass.REFERENCE not in HOLDABLE
