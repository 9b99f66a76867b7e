"""The vault's two copies: every call of the disk fails once, copies are lost, damaged, put back, and no key returns."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from governance.audit.inventory import require_only_shrinks, still_living
from governance.audit.leaf import KeyRange, KeyRef
from governance.vault.disk import Disk
from governance.vault.errors import VaultRefused, VaultUnusable
from governance.vault.keys import BLOCK, KeyStore
from governance.vault.pair import Pair
from governance.vault.seen_file import Memory, SeenFile
from governance.vault.state import Damaged, Head, decode
from tests.builders_vault import CANDIDATE, SUBJECT, FailingDisk, VaultHouse, WatchedDisk, one_key

Keys = dict[KeyRef, bytes]
HOWS = ["before", "after", "half"]


def failures(calls: int, writes: int) -> list[tuple[int, str]]:
    """Return every call that can fail, before or after it is carried out, and every write that can be half done."""
    return [
        *((at, how) for how in ("before", "after") for at in range(1, calls + 1)),
        *((at, "half") for at in range(1, writes + 1)),
    ]


MANY = [CANDIDATE, SUBJECT, CANDIDATE, CANDIDATE]


@pytest.fixture
def house(tmp_path: Path) -> VaultHouse:
    return VaultHouse(tmp_path)


def files(house: VaultHouse) -> Iterator[Path]:
    for folder in (house.home, house.twin):
        yield from (path for path in folder.iterdir() if path.name != "vault.lock")


def first_keys(house: VaultHouse) -> Keys:
    with house.store() as store:
        return dict(store.allot(MANY))


def calls_of_one_destruction(tmp_path: Path) -> int:
    house = VaultHouse(tmp_path / "counted")
    given = first_keys(house)
    disk = FailingDisk(0, "before")
    with house.store(disk) as store:
        store.destroy([one_key(next(iter(given)))])
    return disk.calls


def test_a_destruction_has_many_calls_that_can_fail(tmp_path: Path) -> None:
    # The table below goes a little further than this, so that it ends with destructions that succeed.
    assert 20 <= calls_of_one_destruction(tmp_path) <= 35


@pytest.mark.parametrize(("at", "how"), failures(37, 7))
def test_whatever_call_fails_a_destruction_is_done_or_not_and_once_confirmed_it_is_final(
    house: VaultHouse, at: int, how: str
) -> None:
    given = first_keys(house)
    victim = next(iter(given))
    rest = {key: secret for key, secret in given.items() if key != victim}
    seeds = seeds_above(house, victim)
    with house.store(FailingDisk(at, how)) as store:
        confirmed = False
        with suppress(VaultUnusable):
            confirmed = store.destroy([one_key(victim)]).count == 1
        # The same process goes on: it reads both copies anew, and holds the old state or the new one.
        again = store.derive(list(given))
        assert again == rest or (again == given and not confirmed)
    with house.store() as store:
        found = store.derive(list(given))
        assert found == rest or (found == given and not confirmed)
        store.destroy([one_key(victim)])
        assert store.derive(list(given)) == rest
    with house.store() as store:
        assert store.derive(list(given)) == rest
        assert not {key for key, _ in store.allot(MANY)} & given.keys()
    for path in files(house):
        assert not any(seed in path.read_bytes() for seed in seeds)
        assert path.name in {"keys", "seen"}


@pytest.mark.parametrize(("at", "how"), failures(29, 7))
def test_whatever_call_fails_no_number_is_given_out_twice(house: VaultHouse, at: int, how: str) -> None:
    given: Keys = {}
    for disk in (FailingDisk(at, how), FailingDisk(at // 2, how), Disk()):
        with suppress(VaultUnusable), house.store(disk) as store:
            for places in (MANY, [("review", 9)], MANY):
                with suppress(VaultUnusable):
                    fresh = dict(store.allot(places))
                    assert not fresh.keys() & given.keys()
                    given.update(fresh)
    with house.store() as store:
        assert store.derive(list(given)) == given
    assert len(given) >= 9


@pytest.mark.parametrize(("at", "how"), failures(5, 3))
def test_whatever_call_fails_the_log_is_remembered_as_it_was_or_as_it_is(house: VaultHouse, at: int, how: str) -> None:
    old, new = Head(size=5, root=b"\x05" * 32), Head(size=9, root=b"\x09" * 32)
    first_keys(house)
    with house.store() as store:
        store.see(old)
    with house.store(FailingDisk(at, how)) as store:
        told = True
        try:
            store.see(new)
        except VaultUnusable:
            told = False
        assert store.head in {old, new}
    with house.store() as store:
        assert store.head == new or (store.head == old and not told)


def test_what_is_confirmed_is_durable(house: VaultHouse) -> None:
    disk = WatchedDisk()
    with house.store(disk) as store:
        assert not disk.unsettled
        (key, _), *_ = store.allot(MANY)
        assert not disk.unsettled
        store.see(Head(size=5, root=b"\x05" * 32))
        assert not disk.unsettled
        store.destroy([one_key(key)])
        assert not disk.unsettled


@pytest.mark.parametrize("at", range(1, 16))
def test_no_old_file_is_overwritten_before_the_new_one_s_place_is_durable(house: VaultHouse, at: int) -> None:
    given = first_keys(house)
    disk = WatchedDisk()
    disk.failing_syncs = [at]
    with house.store(disk) as store:
        for _ in range(2):
            with suppress(VaultUnusable):
                store.destroy([one_key(next(iter(given)))])
        assert len(store.derive(list(given))) == len(given) - 1


def seeds_above(house: VaultHouse, victim: KeyRef) -> list[bytes]:
    """Return the seeds on the disk from which a key is derived: what may be in no file once it is destroyed."""
    state = decode(bytearray((house.home / "keys").read_bytes()))
    tree = state.days[victim.data_class, victim.day].tree
    return [bytes(seed.secret) for seed in tree.seeds if seed.first <= victim.number <= seed.last]


def test_old_blocks_are_overwritten_before_they_are_given_back(house: VaultHouse, tmp_path: Path) -> None:
    given = first_keys(house)
    for number, folder in enumerate((house.home, house.twin)):
        # A second name keeps the old blocks in sight.
        (tmp_path / f"old-{number}").hardlink_to(folder / "keys")
    with house.store() as store:
        store.destroy([one_key(next(iter(given)))])
    for number in range(2):
        old = (tmp_path / f"old-{number}").read_bytes()
        assert len(old) > 100
        assert not any(old)


def test_seeds_in_memory_are_overwritten_when_they_go(house: VaultHouse) -> None:
    given = first_keys(house)
    with house.store() as store:
        before = store._pair.current()
        root = before.days[CANDIDATE].tree.seeds[0].secret
        other = before.days[SUBJECT].tree.seeds[0].secret
        assert any(root)
        store.destroy([one_key(next(key for key in given if key.data_class == "candidate"))])
        assert not any(root)
        assert any(other)
    assert not any(other)


def test_both_copies_are_their_owner_s_alone(house: VaultHouse) -> None:
    first_keys(house)
    for folder in (house.home, house.twin):
        assert folder.stat().st_mode & 0o777 == 0o700
    for path in files(house):
        assert path.stat().st_mode & 0o777 == 0o600


def test_after_a_kill_numbers_that_were_promised_are_passed_over_and_after_a_stop_they_are_not(
    house: VaultHouse,
) -> None:
    with house.store() as store:
        assert store.allot([CANDIDATE])[0][0].number == 0
    with house.store() as store:
        assert store.allot([CANDIDATE])[0][0].number == BLOCK + 1
        store.close()
    with house.store() as store:
        assert store.allot([CANDIDATE])[0][0].number == BLOCK + 2


def test_numbers_end(house: VaultHouse) -> None:
    with house.store() as store:
        store.allot([CANDIDATE])
        almost_all = KeyRange(data_class=CANDIDATE[0], day=CANDIDATE[1], first=1, last=2**32 - 2)
        store.destroy([almost_all])
        assert store.allot([CANDIDATE])[0][0].number == 2**32 - 1
        with pytest.raises(VaultRefused, match="used up"):
            store.allot([CANDIDATE])


# -- copies that are lost, damaged or old -----------------------------------------------------------------------------


def refusal(house: VaultHouse) -> str:
    with pytest.raises(VaultUnusable) as caught, house.store():
        pass
    return str(caught.value)


def repair(house: VaultHouse) -> None:
    pair = house.pair()
    try:
        pair.repair()
    finally:
        pair.close()


@pytest.mark.parametrize(("which", "name"), [("home", "own copy"), ("twin", "twin")])
def test_a_copy_that_is_missing_stops_the_vault_and_is_made_anew_by_repair(
    house: VaultHouse, which: str, name: str
) -> None:
    given = first_keys(house)
    (getattr(house, which) / "keys").unlink()
    assert name in refusal(house)
    assert "missing" in refusal(house)
    repair(house)
    with house.store() as store:
        assert store.derive(list(given)) == given
    assert (house.home / "keys").read_bytes() == (house.twin / "keys").read_bytes()


@pytest.mark.parametrize("which", ["home", "twin"])
@pytest.mark.parametrize("harm", ["cut", "flip", "empty", "longer"])
def test_a_copy_that_is_damaged_stops_the_vault_and_is_made_anew_by_repair(
    house: VaultHouse, which: str, harm: str
) -> None:
    given = first_keys(house)
    path = getattr(house, which) / "keys"
    content = bytearray(path.read_bytes())
    if harm == "flip":
        content[60] ^= 1
    path.write_bytes({"cut": content[:-1], "flip": content, "empty": b"", "longer": content + b"\x00"}[harm])
    assert "damaged" in refusal(house)
    repair(house)
    with house.store() as store:
        assert store.derive(list(given)) == given


def test_both_copies_lost_stop_the_vault_and_nothing_is_made_in_their_place(house: VaultHouse) -> None:
    first_keys(house)
    (house.home / "keys").unlink()
    (house.twin / "keys").unlink()
    assert "Neither copy" in refusal(house)
    with pytest.raises(VaultUnusable, match="Neither copy"):
        repair(house)


@pytest.mark.parametrize("which", ["home", "twin"])
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_an_old_copy_brings_no_destroyed_key_back(house: VaultHouse, which: str, steps: int) -> None:
    given = first_keys(house)
    path = getattr(house, which) / "keys"
    with house.store() as store:
        for key in list(given)[: steps - 1]:
            store.destroy([one_key(key)])
        old = path.read_bytes()
        store.destroy([one_key(list(given)[-1])])
        for number in range(max(0, steps - 1)):
            store.allot([("review", 100 + number)])
    left = dict(list(given.items())[steps - 1 : -1])
    path.write_bytes(old)
    if steps > 1:
        # One step behind is what a write leaves that was cut off; further behind somebody must have been.
        assert "older" in refusal(house)
        repair(house)
    with house.store() as store:
        assert store.derive(list(given)) == left
        assert not {key for key, _ in store.allot(MANY)} & given.keys()
    assert (house.home / "keys").read_bytes() == (house.twin / "keys").read_bytes()


def test_both_copies_old_are_older_than_the_vault_remembers(house: VaultHouse) -> None:
    given = first_keys(house)
    saved = {path: path.read_bytes() for path in (house.home / "keys", house.twin / "keys")}
    with house.store() as store:
        store.destroy([one_key(next(iter(given)))])
    for path, content in saved.items():
        path.write_bytes(content)
    assert "older than the vault remembers" in refusal(house)
    with pytest.raises(VaultUnusable, match="older"):
        repair(house)
    assert "older than the vault remembers" in refusal(house)


def test_one_copy_lost_and_the_other_old_is_no_way_back_either(house: VaultHouse) -> None:
    given = first_keys(house)
    old = (house.twin / "keys").read_bytes()
    with house.store() as store:
        store.destroy([one_key(next(iter(given)))])
    (house.home / "keys").unlink()
    (house.twin / "keys").write_bytes(old)
    refusal(house)
    with pytest.raises(VaultUnusable, match="older"):
        repair(house)


def test_everything_restored_is_found_by_what_stands_in_the_log(house: VaultHouse) -> None:
    given = first_keys(house)
    saved = {path: path.read_bytes() for path in files(house)}
    victim = next(iter(given))
    with house.store() as store:
        store.destroy([one_key(victim)])
        logged = store.inventory()
    for path, content in saved.items():
        path.write_bytes(content)
    with house.store() as store:  # the vault itself cannot know: everything that it knew is old
        assert victim in store.derive([victim])
        now = store.inventory()
    assert now.root != logged.root
    with pytest.raises(Exception, match="are back"):
        require_only_shrinks(logged, now)
    assert still_living(now, [one_key(victim)]) == (one_key(victim),)


def test_copies_of_different_vaults_are_not_mixed(house: VaultHouse, tmp_path: Path) -> None:
    first_keys(house)
    other = VaultHouse(tmp_path / "other")
    first_keys(other)
    (house.twin / "keys").write_bytes((other.twin / "keys").read_bytes())
    assert "different vaults" in refusal(house)
    with pytest.raises(VaultUnusable, match="different vaults"):
        repair(house)


def test_two_states_of_one_generation_are_refused_and_repaired_to_what_both_hold(house: VaultHouse) -> None:
    given = first_keys(house)
    one, other = list(given)[:2]
    saved = {path: path.read_bytes() for path in files(house)}
    with house.store() as store:
        store.destroy([one_key(one)])
    apart = (house.twin / "keys").read_bytes()
    for path, content in saved.items():
        path.write_bytes(content)
    with house.store() as store:
        store.destroy([one_key(other)])
    (house.twin / "keys").write_bytes(apart)
    assert "differ" in refusal(house)
    repair(house)
    with house.store() as store:
        assert store.derive(list(given)) == {k: v for k, v in given.items() if k not in (one, other)}


@pytest.mark.parametrize("harm", ["missing", "damaged"])
def test_without_its_memory_of_the_log_the_vault_does_not_start(house: VaultHouse, harm: str) -> None:
    given = first_keys(house)
    with house.store() as store:
        store.see(Head(size=7, root=b"\x07" * 32))
        store.destroy([one_key(next(iter(given)))])
    path = house.home / "seen"
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(bytes(1024))
    assert "memory of the log" in refusal(house)
    if harm == "damaged":
        with pytest.raises(VaultUnusable, match="remove the file"):
            repair(house)
        path.unlink()
    repair(house)
    with house.store() as store:  # as far as the copies know it
        assert store.head == Head(size=7, root=b"\x07" * 32)
        assert len(store.derive(list(given))) == len(given) - 1


def test_a_torn_slot_leaves_the_one_before(tmp_path: Path) -> None:
    file = SeenFile(tmp_path, Disk())
    file.create(Memory())
    file.write(Memory(serial=1, generation=2, head=Head(size=3, root=b"\x03" * 32)))
    whole = (tmp_path / "seen").read_bytes()
    file.write(Memory(serial=2, generation=2, head=Head(size=4, root=b"\x04" * 32)))
    newer = (tmp_path / "seen").read_bytes()
    changed = [place for place in range(len(newer)) if newer[place] != whole[place]]
    torn = bytearray(newer)
    torn[changed[-1]] ^= 1
    (tmp_path / "seen").write_bytes(torn)
    remembered = file.read()
    assert remembered is not None
    assert remembered.head.size == 3


def test_the_two_copies_do_not_lie_in_one_folder(tmp_path: Path) -> None:
    with pytest.raises(VaultUnusable, match="one folder"):
        Pair(tmp_path, tmp_path)
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(VaultUnusable, match="one folder"):
        Pair(tmp_path, tmp_path / "link")


def test_one_vault_at_a_time(house: VaultHouse, tmp_path: Path) -> None:
    with house.store():
        for home, twin in ((house.home, tmp_path / "x"), (tmp_path / "x", house.twin)):
            with pytest.raises(VaultUnusable, match="Another vault"):
                Pair(home, twin)
    with house.store():
        pass


def test_a_first_start_that_was_cut_off_anywhere_begins_anew(house: VaultHouse) -> None:
    for how in HOWS:
        for at in range(1, 20):
            with suppress(VaultUnusable), house.store(FailingDisk(at, how)):
                pass
            with house.store() as store:
                assert store.days() == ()
            for path in files(house):
                path.unlink()


def test_a_folder_that_cannot_be_written_is_one_sentence(house: VaultHouse) -> None:
    house.home.parent.mkdir(parents=True, exist_ok=True)
    house.home.write_text("a file where a folder should be")
    sentence = refusal(house)
    assert str(house.home) not in sentence
    assert os.strerror(17) in sentence


@pytest.mark.parametrize("content", [b"", bytes(32), b"insyn/vault/1\n" + bytes(200), bytes(5000)])
def test_what_is_no_state_is_damaged(content: bytes) -> None:
    with pytest.raises(Damaged):
        decode(bytearray(content))


def test_a_state_is_read_back(house: VaultHouse) -> None:
    given = first_keys(house)
    with house.store() as store:
        store.destroy([one_key(next(iter(given)))])
    content = bytearray((house.home / "keys").read_bytes())
    assert decode(content).encode() == content


def test_a_store_that_was_closed_is_read_anew_by_another(house: VaultHouse) -> None:
    given = first_keys(house)
    store = KeyStore(house.pair())
    store.close()
    with house.store() as other:
        assert other.derive(list(given)) == given
