"""What holds for every tree of keys and every vault: what was destroyed is never derived again, all else stays."""

import hmac
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from governance.audit.errors import KeyRefused, LogError
from governance.audit.inventory import Inventory, inventory_of, require_only_shrinks, still_living
from governance.audit.leaf import KeyRange, KeyRef
from governance.audit.puncturable import KEYS, KeyTree, Seed, common, intersection, merged
from governance.vault.keys import KeyStore
from governance.vault.pair import Pair
from tests.builders_vault import CANDIDATE, SUBJECT

ROOT = bytes(range(32))
NEAR = st.integers(0, 40) | st.integers(KEYS - 40, KEYS - 1) | st.integers(0, KEYS - 1)
SPANS = st.lists(st.tuples(NEAR, NEAR).map(lambda ends: (min(ends), max(ends))), max_size=6)
POINTS = st.lists(NEAR.map(lambda number: (number, number)), max_size=12)


def derived_by_hand(number: int) -> bytes:
    """Walk down from the root as the specification says, with another code than the tree's."""
    secret = ROOT
    for bit in format(number, "032b"):
        label = b"insyn/vault/v1/left" if bit == "0" else b"insyn/vault/v1/right"
        secret = hmac.new(secret, label, "sha256").digest()
    return secret


def lies_in(number: int, spans: list[tuple[int, int]]) -> bool:
    return any(first <= number <= last for first, last in spans)


@given(NEAR)
def test_a_key_is_the_leaf_of_its_number(number: int) -> None:
    assert KeyTree.from_root(ROOT).derive(number) == derived_by_hand(number)


@given(SPANS | POINTS, POINTS, st.lists(NEAR, max_size=20))
def test_what_is_taken_out_is_gone_and_all_other_keys_stay(
    once: list[tuple[int, int]], again: list[tuple[int, int]], asked: list[int]
) -> None:
    tree = KeyTree.from_root(ROOT).puncture(once).puncture(again)
    gone = [*once, *again]
    for number in [*asked, *(end for span in gone for end in span), *(min(last + 1, KEYS - 1) for _, last in gone)]:
        assert tree.derive(number) == (None if lies_in(number, gone) else derived_by_hand(number))
    assert tree == KeyTree.from_root(ROOT).puncture(gone)
    assert tree.puncture(gone) == tree
    assert not common(tree.living, merged(gone))
    assert sum(last - first + 1 for first, last in (*tree.living, *merged(gone))) == KEYS


@given(SPANS | POINTS)
def test_no_seed_that_is_left_lies_above_a_key_that_is_gone(gone: list[tuple[int, int]]) -> None:
    tree = KeyTree.from_root(ROOT).puncture(gone)
    for seed in tree.seeds:
        assert not common(((seed.first, seed.last),), merged(gone))
        assert any(bytes(seed.secret))


@given(SPANS | POINTS, NEAR, st.integers(0, 60))
def test_keys_in_a_row_are_those_derived_one_by_one(gone: list[tuple[int, int]], first: int, count: int) -> None:
    tree = KeyTree.from_root(ROOT).puncture(gone)
    last = min(first + count, KEYS - 1)
    expected = [(number, tree.derive(number)) for number in range(first, last + 1)]
    assert list(tree.keys(first, last)) == [(number, key) for number, key in expected if key is not None]


@given(SPANS | POINTS, SPANS | POINTS)
def test_of_two_copies_only_what_both_hold_is_kept(here: list[tuple[int, int]], there: list[tuple[int, int]]) -> None:
    one, other = KeyTree.from_root(ROOT).puncture(here), KeyTree.from_root(ROOT).puncture(there)
    both = intersection(one, other)
    assert both.living == KeyTree.from_root(ROOT).puncture([*here, *there]).living
    for first, last in both.living:
        assert both.derive(first) == derived_by_hand(first)
        assert both.derive(last) == derived_by_hand(last)


@given(SPANS | POINTS)
def test_copies_with_other_secrets_have_nothing_in_common(gone: list[tuple[int, int]]) -> None:
    one, other = KeyTree.from_root(ROOT).puncture(gone), KeyTree.from_root(bytes(32))
    assert intersection(one, other).seeds == intersection(other, one).seeds == ()


@given(SPANS | POINTS, SPANS | POINTS)
def test_an_inventory_only_ever_shrinks(once: list[tuple[int, int]], again: list[tuple[int, int]]) -> None:
    before = KeyTree.from_root(ROOT).puncture(once)
    after = before.puncture(again)
    here, there = inventory_of({CANDIDATE: before}), inventory_of({CANDIDATE: after})
    require_only_shrinks(here, there)
    assert Inventory.from_bytes(there.to_bytes()).root == there.root
    if before == after:
        assert here.root == there.root
        return
    assert here.root != there.root
    try:
        require_only_shrinks(there, here)
    except LogError:
        return
    raise AssertionError("a key came back and nobody saw it")


@given(st.integers(0, KEYS), st.integers(0, 33), st.integers(0, 40))
def test_a_seed_is_a_node_or_is_refused(first: int, height: int, length: int) -> None:
    right = first < KEYS and height <= 32 and first % 2**height == 0 and length == 32
    try:
        Seed(first=first, height=height, secret=bytearray(length))
    except KeyRefused:
        assert not right
    else:
        assert right


class Vault(RuleBasedStateMachine):
    """Keys given out and destroyed, and the vault stopped, killed, repaired, and handed old copies, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.root = Path(self.folder.name)
        self.given: dict[KeyRef, bytes] = {}
        self.gone: set[KeyRef] = set()
        self.ranges: list[KeyRange] = []
        self.saved: dict[str, bytes] = {}
        self.inventory = Inventory(days=())

    @initialize()
    def begin(self) -> None:
        self.start()

    def start(self) -> None:
        self.pair = Pair(self.root / "home", self.root / "twin")
        self.store = KeyStore(self.pair)

    @rule(places=st.lists(st.sampled_from([CANDIDATE, SUBJECT, ("review", 3)]), min_size=1, max_size=5))
    def allot(self, places: list[tuple[str, int]]) -> None:
        try:
            keys = self.store.allot(places)
        except LogError:
            whole = [KeyRange(data_class=place[0], day=place[1], first=0, last=KEYS - 1) for place in places]
            assert any(one in self.ranges for one in whole), (
                "nothing but a whole day destroyed keeps a key from being made"
            )
            return
        assert [(key.data_class, key.day) for key, _ in keys] == places
        assert not {key for key, _ in keys} & self.given.keys(), "a number was given out twice"
        assert not any(key in one for key, _ in keys for one in self.ranges)
        self.given.update(dict(keys))

    @rule(place=st.sampled_from([CANDIDATE, SUBJECT, ("review", 3)]), first=st.integers(0, 30), count=st.integers(1, 5))
    def destroy(self, place: tuple[str, int], first: int, count: int) -> None:
        self._destroy(KeyRange(data_class=place[0], day=place[1], first=first, last=first + count - 1))

    @rule(place=st.sampled_from([CANDIDATE, ("review", 3)]))
    def destroy_a_day(self, place: tuple[str, int]) -> None:
        self._destroy(KeyRange(data_class=place[0], day=place[1], first=0, last=KEYS - 1))

    def _destroy(self, span: KeyRange) -> None:
        known = (span.data_class, span.day) in {(one.data_class, one.day) for one in self.store.inventory().days}
        living = {key for key in self.given.keys() - self.gone if key in span}
        before = self.store.inventory_root()
        done = self.store.destroy([span])
        assert done.before == before
        assert done.after == self.store.inventory_root()
        assert done.count >= len(living)
        self.gone |= living
        if known or (span.first, span.last) == (0, KEYS - 1):
            self.ranges.append(span)

    @rule()
    def stop_and_start(self) -> None:
        self.store.close()
        self.start()

    @rule()
    def kill_and_start(self) -> None:
        self.pair.close()
        self.start()

    @rule(which=st.sampled_from(["home", "twin"]))
    def save_a_copy(self, which: str) -> None:
        self.saved[which] = (self.root / which / "keys").read_bytes()

    @precondition(lambda self: self.saved)
    @rule(data=st.data())
    def put_an_old_copy_in_place_and_repair(self, data: st.DataObject) -> None:
        which = data.draw(st.sampled_from(sorted(self.saved)))
        self.pair.close()
        (self.root / which / "keys").write_bytes(self.saved[which])
        self._start_or_repair()

    @rule(which=st.sampled_from(["home", "twin"]))
    def lose_a_copy_and_repair(self, which: str) -> None:
        self.pair.close()
        (self.root / which / "keys").unlink()
        self._start_or_repair()

    def _start_or_repair(self) -> None:
        try:
            self.start()
        except LogError:
            self.pair.close()
            self.pair = Pair(self.root / "home", self.root / "twin")
            self.pair.repair()
            self.store = KeyStore(self.pair)

    @invariant()
    def what_was_destroyed_is_gone_and_all_else_is_as_it_was(self) -> None:
        found = self.store.derive(list(self.given))
        assert found == {key: secret for key, secret in self.given.items() if key not in self.gone}

    @invariant()
    def the_inventory_only_shrinks(self) -> None:
        inventory = self.store.inventory()
        require_only_shrinks(self.inventory, inventory)
        assert not still_living(inventory, self.ranges)
        assert inventory.root == self.store.inventory_root()
        self.inventory = inventory

    def teardown(self) -> None:
        self.pair.close()
        self.folder.cleanup()


Vault.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestVault = Vault.TestCase
