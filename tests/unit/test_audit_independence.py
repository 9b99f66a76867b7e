"""The controller's own witness never counts, however a policy is written and changed."""

from datetime import date
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.signature import SigningKey
from governance.audit.errors import PolicyRefused
from governance.audit.independence import (
    dated,
    organisations_policy,
    require_independent,
    with_witness,
    without_witness,
)
from governance.audit.note import COSIGNATURE_ED25519, VerifierKey
from governance.audit.policy import NONE, Group, Policy, Witness, parse_policy
from tests.builders_tiles import LOG_VKEY


def key(number: int) -> VerifierKey:
    public = SigningKey.from_seed(bytes([number]) * 32).public
    return VerifierKey(name=f"witness.example/{number}", algorithm=COSIGNATURE_ED25519, public_key=public)


def organisations(**numbers: tuple[int, ...]) -> list[tuple[str, tuple[tuple[VerifierKey, str | None], ...]]]:
    return [(name, tuple((key(number), None) for number in found)) for name, found in numbers.items()]


def two_of_three() -> Policy:
    return organisations_policy(
        [LOG_VKEY],
        organisations(dpo=(1,), council=(2,), auditor=(3,), police=(4, 5)),
        quorum=2,
        controllers=["police"],
    )


def test_two_of_three_organisations_and_never_the_controller() -> None:
    policy = two_of_three()
    assert policy.is_satisfied(["dpo", "council"])
    assert policy.is_satisfied(["council", "auditor"])
    assert not policy.is_satisfied(["dpo"])
    assert not policy.is_satisfied(["dpo", "police-1", "police-2", "police"])
    require_independent(policy, ["police", "police-1", "police-2"])
    assert parse_policy(policy.to_text()) == policy


def test_an_organisation_counts_once_however_many_witnesses_it_has() -> None:
    policy = organisations_policy([LOG_VKEY], organisations(dpo=(1, 2, 3), council=(4,)), quorum=2, controllers=[])
    assert not policy.is_satisfied(["dpo-1", "dpo-2", "dpo-3"])
    assert policy.is_satisfied(["dpo-2", "council"])


@pytest.mark.parametrize("quorum", [0, 4, 5])
def test_a_quorum_that_the_controller_would_be_needed_for_is_refused(quorum: int) -> None:
    with pytest.raises(PolicyRefused, match="the controller's own never counts"):
        organisations_policy(
            [LOG_VKEY],
            organisations(dpo=(1,), council=(2,), auditor=(3,), police=(4,)),
            quorum=quorum,
            controllers=["police"],
        )


def test_a_misspelt_controller_is_refused_and_not_passed_over() -> None:
    with pytest.raises(PolicyRefused, match="none of the organisations"):
        organisations_policy([LOG_VKEY], organisations(dpo=(1,), police=(4,)), quorum=1, controllers=["polis"])


def test_one_key_under_two_names_is_refused() -> None:
    with pytest.raises(PolicyRefused, match="twice"):
        organisations_policy([LOG_VKEY], organisations(dpo=(1,), police=(1,)), quorum=1, controllers=["police"])
    with pytest.raises(PolicyRefused, match="has no witness"):
        organisations_policy([LOG_VKEY], organisations(dpo=()), quorum=1, controllers=[])


def test_a_policy_that_asks_nobody_is_not_independent() -> None:
    with pytest.raises(PolicyRefused, match="asks for no witness"):
        require_independent(Policy(quorum=NONE), [])


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Any policy of up to five witnesses in a forest of groups."""
    count = draw(st.integers(1, 5))
    witnesses = tuple(Witness(name=f"w{n}", key=key(n + 1)) for n in range(count))
    free, groups = [one.name for one in witnesses], []
    for number in range(draw(st.integers(0, 4))):
        if not free:
            break
        members = draw(st.lists(st.sampled_from(free), min_size=1, max_size=4, unique=True))
        threshold = draw(st.integers(1, len(members)))
        groups.append(Group(name=f"g{number}", threshold=threshold, members=tuple(members)))
        free = [name for name in free if name not in members] + [f"g{number}"]
    names = [one.name for one in witnesses] + [group.name for group in groups]
    return Policy(witnesses=witnesses, groups=tuple(groups), quorum=draw(st.sampled_from(names)))


@settings(max_examples=300)
@given(policy=policies(), data=st.data())
def test_the_check_says_what_trying_every_combination_says(policy: Policy, data: st.DataObject) -> None:
    names = [witness.name for witness in policy.witnesses]
    own = data.draw(st.sets(st.sampled_from(names)))
    others = [name for name in names if name not in own]
    helps = any(
        policy.is_satisfied([*some, *own]) and not policy.is_satisfied(some)
        for count in range(len(others) + 1)
        for some in combinations(others, count)
    )
    if helps:
        with pytest.raises(PolicyRefused, match="controller's own witness"):
            require_independent(policy, own)
    else:
        require_independent(policy, own)


def test_a_lost_witness_gets_a_successor_and_what_it_cosigned_counts_on() -> None:
    policy = with_witness(two_of_three(), "dpo", name="dpo-2", key=key(9), url="http://127.0.0.1:1/")
    assert policy.is_satisfied(["dpo-1", "council"]), "the old key is dpo-1 now"
    assert policy.is_satisfied(["dpo-2", "council"])
    assert not policy.is_satisfied(["dpo-1", "dpo-2"]), "one organisation counts once"
    assert policy.witness_keys["dpo-1"] == key(1)
    again = with_witness(policy, "dpo", name="dpo-3", key=key(10))
    assert again.is_satisfied(["dpo-3", "auditor"])
    assert not again.is_satisfied(["dpo-1", "dpo-2", "dpo-3"])
    require_independent(again, ["police", "police-1", "police-2"])
    assert parse_policy(again.to_text()) == again


def test_a_key_in_other_hands_is_taken_out_and_the_quorum_stays_as_it_was() -> None:
    policy = without_witness(with_witness(two_of_three(), "dpo", name="dpo-2", key=key(9)), "dpo-1")
    assert not policy.is_satisfied(["dpo-1", "council"])
    assert policy.is_satisfied(["dpo-2", "council"])
    fewer = without_witness(two_of_three(), "dpo")
    assert not fewer.is_satisfied(["council"])
    assert fewer.is_satisfied(["council", "auditor"])
    with pytest.raises(PolicyRefused, match="add another organisation's witness first"):
        without_witness(fewer, "council")


def test_what_is_not_there_cannot_be_changed() -> None:
    policy = two_of_three()
    with pytest.raises(PolicyRefused, match="names no witness"):
        without_witness(policy, "nobody")
    with pytest.raises(PolicyRefused, match="names no organisation"):
        with_witness(policy, "nobody", name="n", key=key(9))
    with pytest.raises(PolicyRefused, match="no group of one organisation"):
        with_witness(policy, policy.quorum, name="n", key=key(9))
    with pytest.raises(PolicyRefused, match="twice"):
        with_witness(policy, "dpo", name="council", key=key(9))
    with pytest.raises(PolicyRefused, match="twice"):
        with_witness(policy, "dpo", name="dpo-2", key=key(3))
    alone = Policy(witnesses=(Witness(name="w", key=key(1)),), quorum="w")
    with pytest.raises(PolicyRefused, match="all that the quorum has"):
        without_witness(alone, "w")


def test_every_change_is_dated_and_the_text_is_still_the_policy() -> None:
    policy = two_of_three()
    text = dated(policy, date(2026, 6, 1), "made; run by police")
    changed = with_witness(policy, "dpo", name="dpo-2", key=key(9))
    text = dated(changed, date(2026, 7, 2), "witness dpo-2 of dpo added", before=text)
    assert text.split("\n")[:2] == ["# 2026-06-01: made; run by police", "# 2026-07-02: witness dpo-2 of dpo added"]
    assert parse_policy(text) == changed
    for remark in ("two\nlines", "a\x00b"):
        with pytest.raises(PolicyRefused, match="one line"):
            dated(policy, date(2026, 6, 1), remark)
