"""What the vault gives out and destroys, and for whose word: each rule with an example on either side."""

from datetime import timedelta
from pathlib import Path

import pytest

from contracts.signature import SigningKey
from governance.audit.leaf import KeyRange, KeyRef
from governance.vault.errors import VaultRefused
from governance.vault.keys import MOST_AT_ONCE
from governance.vault.rules import Ruling
from governance.vault.vault import KeyVault
from tests.builders_vault import (
    CANDIDATE,
    NOON,
    NOON_MS,
    SUBJECT,
    TODAY,
    Organisations,
    SmallLog,
    VaultHouse,
    one_key,
)

LAST = 2**32 - 1


@pytest.fixture
def house(tmp_path: Path) -> VaultHouse:
    return VaultHouse(tmp_path)


def two_keys(vault: KeyVault) -> tuple[KeyRef, KeyRef]:
    (one, _), (other, _) = vault.allot([CANDIDATE, SUBJECT])
    return one, other


def test_a_key_comes_out_again_for_an_entry_that_lists_it(house: VaultHouse) -> None:
    with house.vault() as vault:
        given = dict(vault.allot([CANDIDATE, SUBJECT, CANDIDATE]))
        assert house.release(vault, *given) == given


def test_one_entry_lets_one_key_out_once(house: VaultHouse) -> None:
    with house.vault() as vault:
        one, other = two_keys(vault)
        index = house.log.opens(one, other)
        receipt = house.log.receipt(index)
        assert set(vault.release([one], receipt, ())) == {one}
        assert set(vault.release([other], receipt, ())) == {other}
        for again in ([one], [other], [one, other]):
            with pytest.raises(VaultRefused, match="used"):
                vault.release(again, receipt, ())
        with pytest.raises(VaultRefused, match="used"):
            house.release(vault, one, one)


def test_a_key_that_the_entry_does_not_list_stays_where_it_is(house: VaultHouse) -> None:
    with house.vault() as vault:
        one, other = two_keys(vault)
        receipt = house.log.receipt(house.log.opens(one))
        for keys in ([other], [one, other], []):
            with pytest.raises(VaultRefused, match="permit"):
                vault.release(keys, receipt, ())


def test_an_entry_without_a_list_of_keys_opens_nothing(house: VaultHouse) -> None:
    with house.vault() as vault:
        one, _ = two_keys(vault)
        for index in (house.log.append("candidate.view"), house.log.intends(one_key(one))):
            with pytest.raises(VaultRefused):
                vault.release([one], house.log.receipt(index), house.log.consistency(vault.seen()[0]))


@pytest.mark.parametrize(("seconds", "good"), [(0, True), (60, True), (-60, True), (61, False), (-61, False)])
def test_an_entry_is_good_for_sixty_seconds(house: VaultHouse, seconds: int, good: bool) -> None:  # noqa: FBT001
    with house.vault() as vault:
        one, _ = two_keys(vault)
        receipt = house.log.receipt(house.log.opens(one))
        house.now = NOON + timedelta(seconds=seconds)
        if good:
            assert set(vault.release([one], receipt, ())) == {one}
        else:
            with pytest.raises(VaultRefused, match="60 seconds"):
                vault.release([one], receipt, ())


def test_after_a_restart_no_entry_from_before_it_is_good(house: VaultHouse) -> None:
    with house.vault() as vault:
        one, _ = two_keys(vault)
        receipt = house.log.receipt(house.log.opens(one))
        vault.release([one], receipt, ())
    with house.vault() as vault:
        with pytest.raises(VaultRefused, match="used"):
            vault.release([one], receipt, ())
        assert set(house.release(vault, one)) == {one}


def test_entries_too_old_to_be_used_are_forgotten_and_stay_used(house: VaultHouse) -> None:
    with house.vault() as vault:
        one, _ = two_keys(vault)
        old = house.log.receipt(house.log.opens(one))
        vault.release([one], old, ())
        house.now = NOON + timedelta(minutes=10)
        house.release(vault, one)
        house.now = NOON  # somebody sets the clock back
        with pytest.raises(VaultRefused):
            vault.release([one], house.log.receipt(0), house.log.consistency(vault.seen()[0]))


def test_a_destroyed_key_is_missing_from_the_answer(house: VaultHouse) -> None:
    with house.vault() as vault:
        one, other = two_keys(vault)
        house.log.intends(one_key(one))
        vault.destroy([one_key(one)], house.log.receipt(0), (), None)
        assert set(house.release(vault, one, other)) == {other}


def test_a_key_that_was_never_given_out_is_not_released(house: VaultHouse) -> None:
    with house.vault() as vault:
        one, _ = two_keys(vault)
        later = KeyRef(data_class=one.data_class, day=one.day, number=one.number + 1)
        assert house.release(vault, later) == {}


# -- the log's word ---------------------------------------------------------------------------------------------------


def test_a_receipt_of_another_log_or_key_is_not_believed(house: VaultHouse) -> None:
    with house.vault() as vault:
        one, _ = two_keys(vault)
        for log in (SmallLog(key=SigningKey.from_seed(b"\x44" * 32)), SmallLog(origin="insyn.invalid/other")):
            with pytest.raises(VaultRefused, match="believe"):
                vault.release([one], log.receipt(log.opens(one)), ())
        assert vault.seen()[0] == 0


def test_an_entry_that_was_changed_is_not_believed(house: VaultHouse) -> None:
    with house.vault() as vault:
        one, other = two_keys(vault)
        honest, forged = SmallLog(), SmallLog()
        index, _ = honest.opens(one), forged.opens(other)
        receipt = honest.receipt(index)
        with pytest.raises(VaultRefused, match="believe"):
            vault.release(
                [other],
                type(receipt)(index=0, leaf=forged.leaves[0], proof=receipt.proof, checkpoint=receipt.checkpoint),
                (),
            )


def test_a_log_that_does_not_extend_the_one_seen_last_is_refused(house: VaultHouse) -> None:
    with house.vault() as vault:
        one, _ = two_keys(vault)
        for _ in range(5):
            house.log.append("log.beat")
        house.release(vault, one)
        fork = SmallLog(house.log.leaves[:3])
        for _ in range(6):
            fork.append("log.stop")
        index = fork.opens(one)
        for proof in ((), fork.consistency(6), house.log.consistency(3)):
            with pytest.raises(VaultRefused, match="rolled back or forked"):
                vault.release([one], fork.receipt(index), proof)


def test_the_log_is_remembered_across_a_restart(house: VaultHouse) -> None:
    with house.vault() as vault:
        one, _ = two_keys(vault)
        house.release(vault, one)
        house.release(vault, one)
        seen = vault.seen()
    short = SmallLog()
    fork = SmallLog()
    fork.append("log.stop")
    fork.append("log.stop")
    with house.vault() as vault:
        assert vault.seen() == seen
        with pytest.raises(VaultRefused, match="older"):
            vault.release([one], short.receipt(short.opens(one)), ())
        with pytest.raises(VaultRefused, match="rolled back or forked"):
            vault.release([one], fork.receipt(fork.opens(one)), fork.consistency(2))


def test_two_logs_of_one_size_are_told_apart(house: VaultHouse) -> None:
    with house.vault() as vault:
        one, other = two_keys(vault)
        house.release(vault, one)
        twin = SmallLog()
        with pytest.raises(VaultRefused, match="rolled back or forked"):
            vault.release([other], twin.receipt(twin.opens(other)), ())


# -- destruction ------------------------------------------------------------------------------------------------------


def test_only_an_intent_destroys_and_only_what_it_lists(house: VaultHouse) -> None:
    with house.vault() as vault:
        one, other = two_keys(vault)
        opens, intends = house.log.opens(one), house.log.intends(one_key(one))
        with pytest.raises(VaultRefused, match="intend an erasure"):
            vault.destroy([one_key(one)], house.log.receipt(opens), (), None)
        wider = KeyRange(data_class=one.data_class, day=one.day, first=0, last=one.number + 1)
        for ranges in ([one_key(other)], [wider], [one_key(one), one_key(other)], []):
            with pytest.raises(VaultRefused, match="these keys"):
                vault.destroy(ranges, house.log.receipt(intends), (), None)
        assert vault.destroy([one_key(one)], house.log.receipt(intends), (), None).count == 1


def test_a_destruction_can_be_repeated_long_after_and_changes_nothing_then(house: VaultHouse) -> None:
    with house.vault() as vault:
        one, _ = two_keys(vault)
        receipt = house.log.receipt(house.log.intends(one_key(one)))
        first = vault.destroy([one_key(one)], receipt, (), None)
        house.now = NOON + timedelta(days=30)
        second = vault.destroy([one_key(one)], receipt, (), None)
        assert (first.count, second.count) == (1, 0)
        assert first.before != first.after == second.before == second.after


def test_an_intent_without_a_reason_destroys_nothing(house: VaultHouse) -> None:
    with house.vault() as vault:
        one, _ = two_keys(vault)
        index = house.log.append("erasure.intend", body={"keys": [one_key(one).to_json()]})
        with pytest.raises(VaultRefused, match="why"):
            vault.destroy([one_key(one)], house.log.receipt(index), (), None)


@pytest.mark.parametrize("reason", ["decision", "request", "court"])
def test_people_s_reasons_need_no_time(house: VaultHouse, reason: str) -> None:
    with house.vault() as vault:
        _, other = two_keys(vault)
        index = house.log.intends(one_key(other), reason=reason)
        assert vault.destroy([one_key(other)], house.log.receipt(index), (), None).count == 1


def test_for_retention_the_day_must_have_begun_by_the_vault_s_clock(house: VaultHouse) -> None:
    with house.vault() as vault:
        one, _ = two_keys(vault)
        receipt = house.log.receipt(house.log.intends(one_key(one), reason="retention"))
        begins = NOON.replace(hour=0) + timedelta(days=1)
        house.now = begins - timedelta(seconds=1)
        with pytest.raises(VaultRefused, match="not over"):
            vault.destroy([one_key(one)], receipt, (), None)
        house.now = begins
        assert vault.destroy([one_key(one)], receipt, (), None).count == 1


def test_of_several_days_the_latest_counts(house: VaultHouse) -> None:
    with house.vault() as vault:
        one, other = two_keys(vault)
        index = house.log.intends(one_key(one), one_key(other), reason="retention")
        house.now = NOON + timedelta(days=2)
        with pytest.raises(VaultRefused, match="not over"):
            vault.destroy([one_key(one), one_key(other)], house.log.receipt(index), (), None)
        assert vault.destroy([one_key(one)], house.log.receipt(index), (), None).count == 1


def test_for_a_day_that_was_destroyed_no_key_is_made_any_more(house: VaultHouse) -> None:
    with house.vault() as vault:
        two_keys(vault)
        whole = [
            KeyRange(data_class=place[0], day=place[1], first=0, last=LAST) for place in (CANDIDATE, ("review", 7))
        ]
        index = house.log.intends(*whole)
        assert vault.destroy(whole, house.log.receipt(index), (), None).count == 1
        for place in (CANDIDATE, ("review", 7)):
            with pytest.raises(VaultRefused, match="destroyed"):
                vault.allot([place])
        assert vault.days() == (SUBJECT,)
        assert len(vault.inventory().days) == 3


# -- witnesses --------------------------------------------------------------------------------------------------------


@pytest.fixture
def witnesses() -> Organisations:
    return Organisations()


@pytest.fixture
def watched(tmp_path: Path, witnesses: Organisations) -> VaultHouse:
    return VaultHouse(tmp_path, policy=witnesses.policy)


def seconds(**after_noon: int) -> dict[str, int]:
    return {name: NOON_MS // 1000 + later for name, later in after_noon.items()}


def test_without_a_fresh_word_of_the_witnesses_nothing_is_released(
    watched: VaultHouse, witnesses: Organisations
) -> None:
    with watched.vault() as vault:
        one, _ = two_keys(vault)
        with pytest.raises(VaultRefused, match="15 minutes"):
            watched.release(vault, one)
        note = witnesses.cosigned(watched.log.checkpoint(), **seconds(a=0, b=1))
        assert vault.witnessed(note) == NOON_MS // 1000
        assert set(watched.release(vault, one)) == {one}
        watched.now = NOON + timedelta(minutes=15, seconds=1)
        with pytest.raises(VaultRefused, match="15 minutes"):
            watched.release(vault, one)


def test_the_witnesses_time_is_one_that_a_whole_quorum_states(watched: VaultHouse, witnesses: Organisations) -> None:
    with watched.vault() as vault:
        watched.log.append("log.begin")
        note = witnesses.cosigned(watched.log.checkpoint(), **seconds(a=-50, b=5_000_000, c=-70))
        assert vault.witnessed(note) == NOON_MS // 1000 - 50
        for few in ({}, seconds(a=0)):
            with pytest.raises(VaultRefused, match="Too few"):
                vault.witnessed(witnesses.cosigned(watched.log.checkpoint(), **few))
        bent = witnesses.cosigned(watched.log.checkpoint(), **seconds(a=0, b=0)).replace(
            f"{witnesses.verifiers['a'].name} ", f"{witnesses.verifiers['c'].name} "
        )
        with pytest.raises(VaultRefused):
            vault.witnessed(bent)


def test_witnesses_of_another_branch_do_not_count(watched: VaultHouse, witnesses: Organisations) -> None:
    with watched.vault() as vault:
        for _ in range(5):
            watched.log.append("log.beat")
        vault.witnessed(witnesses.cosigned(watched.log.checkpoint(), **seconds(a=0, b=0)))
        fork = SmallLog(watched.log.leaves[:3])
        for _ in range(4):
            fork.append("log.stop")
        for size, proof in ((3, ()), (7, fork.consistency(5)), (4, fork.consistency(4, 5))):
            note = witnesses.cosigned(fork.checkpoint(size), **seconds(a=1, b=1))
            with pytest.raises(VaultRefused, match="rolled back or forked"):
                vault.witnessed(note, proof)
        older = witnesses.cosigned(watched.log.checkpoint(3), **seconds(a=2, b=2))
        assert vault.witnessed(older, watched.log.consistency(3, 5)) == NOON_MS // 1000 + 2
        assert vault.seen()[0] == 5
        watched.log.append("log.beat")
        newer = witnesses.cosigned(watched.log.checkpoint(), **seconds(a=3, b=3))
        assert vault.witnessed(newer, watched.log.consistency(5)) == NOON_MS // 1000 + 3
        assert vault.seen()[0] == 6


def test_where_witnesses_are_asked_the_vault_s_clock_alone_ends_no_retention(
    watched: VaultHouse, witnesses: Organisations
) -> None:
    with watched.vault() as vault:
        one, _ = two_keys(vault)
        receipt = watched.log.receipt(watched.log.intends(one_key(one), reason="retention"))
        watched.now = NOON + timedelta(days=900)
        early = witnesses.cosigned(watched.log.checkpoint(), **seconds(a=0, b=86_400, c=0))
        for cosigned in (None, early):
            with pytest.raises(VaultRefused, match="not over"):
                vault.destroy([one_key(one)], receipt, (), cosigned)
        with pytest.raises(VaultRefused):
            vault.destroy([one_key(one)], receipt, (), watched.log.checkpoint())
        late = witnesses.cosigned(watched.log.checkpoint(), **seconds(a=43_200, b=43_201))
        assert (NOON_MS // 1000 + 43_200) // 86_400 == TODAY + 1
        assert vault.destroy([one_key(one)], receipt, (), late).count == 1


def test_where_no_witnesses_are_asked_a_cosigned_checkpoint_is_not_taken(
    house: VaultHouse, witnesses: Organisations
) -> None:
    with house.vault() as vault:
        house.log.append("log.begin")
        note = witnesses.cosigned(house.log.checkpoint(), **seconds(a=0, b=0))
        with pytest.raises(VaultRefused, match="asks no witnesses"):
            vault.witnessed(note)


# -- keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [("person", 1), ("candidate", -1), ("candidate", 2_932_897), ("account", 5)])
def test_keys_are_made_for_the_closed_list_of_classes_alone(house: VaultHouse, place: tuple[str, int]) -> None:
    with house.vault() as vault, pytest.raises(VaultRefused):
        vault.allot([place])


def test_a_request_has_a_bound(house: VaultHouse) -> None:
    with house.vault() as vault:
        assert vault.allot([]) == ()
        with pytest.raises(VaultRefused):
            vault.allot([CANDIDATE] * (MOST_AT_ONCE + 1))


def test_a_ruling_has_no_truth_value() -> None:
    with pytest.raises(TypeError):
        bool(Ruling(allowed=True, rule="V2", reason=""))
