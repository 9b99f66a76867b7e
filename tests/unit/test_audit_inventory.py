"""A vault's inventory tells of no key, and whoever compares two of them sees a key that came back."""

from dataclasses import replace

import pytest

from governance.audit.errors import InventoryRefused, KeyRefused
from governance.audit.inventory import DayHeld, Held, Inventory, inventory_of, require_only_shrinks, still_living
from governance.audit.leaf import KeyRange
from governance.audit.merkle import EMPTY_ROOT, tree_root
from governance.audit.puncturable import KeyTree, Seed, common, merged

PLACE = ("candidate", 20_460)


def a_tree(root: int = 1) -> KeyTree:
    return KeyTree.from_root(bytes([root]) * 32)


def a_range(first: int, last: int, place: tuple[str, int] = PLACE) -> KeyRange:
    return KeyRange(data_class=place[0], day=place[1], first=first, last=last)


def test_an_inventory_is_read_back_and_holds_no_seed() -> None:
    inventory = inventory_of({PLACE: a_tree().puncture([(5, 9)]), ("review", 3): a_tree(2)})
    data = inventory.to_bytes()
    assert Inventory.from_bytes(data) == inventory
    assert Inventory.from_bytes(data).root == inventory.root == tree_root(one.leaf() for one in inventory.days)
    for tree in (a_tree(), a_tree(2), a_tree().puncture([(5, 9)])):
        for seed in tree.seeds:
            assert bytes(seed.secret).hex() not in data.hex()


def test_an_empty_inventory_has_the_root_of_the_empty_tree() -> None:
    assert Inventory(days=()).root == EMPTY_ROOT


def test_the_order_of_classes_and_days_is_one() -> None:
    one, other = DayHeld.of("candidate", 2, a_tree()), DayHeld.of("candidate", 1, a_tree())
    with pytest.raises(InventoryRefused):
        Inventory(days=(one, other))
    with pytest.raises(InventoryRefused):
        Inventory(days=(one, one))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b'{"days":[],"kind":"insyn/vault-inventory/2"}',
        b'{"days":[],"kind":"insyn/vault-inventory/1","x":1}',
        b'{"days": [],"kind":"insyn/vault-inventory/1"}',
        b'{"days":[["person",1,[]]],"kind":"insyn/vault-inventory/1"}',
        b'{"days":[["candidate",-1,[]]],"kind":"insyn/vault-inventory/1"}',
        b'{"days":[["candidate",1,[[0,2,"AAAA"]]]],"kind":"insyn/vault-inventory/1"}',
        b'{"days":[["candidate",1,[[1,2,"AAAA"]]]],"kind":"insyn/vault-inventory/1"}',
        b'{"days":[["candidate",1,[[0,1,"AAAA"]]]],"kind":"insyn/vault-inventory/1"}',
        b'{"days":[["candidate",1,[[0,1]]]],"kind":"insyn/vault-inventory/1"}',
    ],
)
def test_what_is_no_inventory_is_refused(data: bytes) -> None:
    with pytest.raises(InventoryRefused):
        Inventory.from_bytes(data)


def test_keys_may_go_and_days_may_begin() -> None:
    before = inventory_of({PLACE: a_tree()})
    after = inventory_of({PLACE: a_tree().puncture([(5, 9)]), ("review", 3): a_tree(2)})
    require_only_shrinks(before, after)
    require_only_shrinks(after, inventory_of({PLACE: KeyTree(seeds=()), ("review", 3): KeyTree(seeds=())}))


@pytest.mark.parametrize("back", [(5, 9), (9, 9), (5, 5)])
def test_a_key_that_was_gone_and_is_back_is_seen(back: tuple[int, int]) -> None:
    gone = [(5, 9)]
    left = [span for span in [(5, back[0] - 1), (back[1] + 1, 9)] if span[0] <= span[1]]
    before = inventory_of({PLACE: a_tree().puncture(gone)})
    after = inventory_of({PLACE: a_tree().puncture(left)})
    with pytest.raises(InventoryRefused, match="candidate, day 20460"):
        require_only_shrinks(before, after)
    assert still_living(after, [a_range(5, 9)]) == (a_range(*back),)
    assert still_living(before, [a_range(5, 9)]) == ()


def test_a_whole_day_that_is_back_is_seen() -> None:
    before, after = inventory_of({PLACE: KeyTree(seeds=())}), inventory_of({PLACE: a_tree()})
    with pytest.raises(InventoryRefused, match="are back"):
        require_only_shrinks(before, after)
    assert still_living(after, [a_range(0, 2**32 - 1)]) == (a_range(0, 2**32 - 1),)


def test_a_day_that_is_forgotten_is_seen() -> None:
    with pytest.raises(InventoryRefused, match="forgotten"):
        require_only_shrinks(inventory_of({PLACE: KeyTree(seeds=())}), inventory_of({}))


def test_keys_that_were_exchanged_are_seen() -> None:
    with pytest.raises(InventoryRefused, match="exchanged"):
        require_only_shrinks(inventory_of({PLACE: a_tree(1)}), inventory_of({PLACE: a_tree(2)}))


def test_what_the_log_says_was_destroyed_is_looked_for_in_its_own_class_and_day_alone() -> None:
    inventory = inventory_of({PLACE: a_tree()})
    assert still_living(inventory, [a_range(1, 2, ("candidate", 20_461)), a_range(1, 2, ("review", 20_460))]) == ()


def test_spans_are_checked() -> None:
    held = Held(first=0, last=1, commitment=bytes(32))
    with pytest.raises(InventoryRefused):
        DayHeld(data_class="candidate", day=1, held=(held, held))
    with pytest.raises(InventoryRefused):
        DayHeld(data_class="candidate", day=1, held=(replace(held, last=2**32),))
    with pytest.raises(InventoryRefused):
        DayHeld(data_class="candidate", day=1, held=(replace(held, commitment=b""),))


def test_spans_are_merged_and_compared() -> None:
    assert merged([(5, 6), (0, 1), (2, 3), (6, 9)]) == ((0, 3), (5, 9))
    assert common([(0, 3), (5, 9)], [(2, 5), (7, 7), (9, 12)]) == ((2, 3), (5, 5), (7, 7), (9, 9))


def test_a_seed_belongs_to_a_node_of_the_tree() -> None:
    for first, height in [(1, 1), (2, 2), (0, 33), (2**32, 0), (-1, 0), (0, -1)]:
        with pytest.raises(KeyRefused):
            Seed(first=first, height=height, secret=bytearray(32))
    with pytest.raises(KeyRefused):
        Seed(first=0, height=0, secret=bytearray(31))
    one = Seed(first=0, height=1, secret=bytearray(32))
    with pytest.raises(KeyRefused):
        KeyTree(seeds=(one, Seed(first=1, height=0, secret=bytearray(32))))
    with pytest.raises(KeyRefused):
        KeyTree(seeds=(Seed(first=4, height=0, secret=bytearray(32)), one))


def test_1000_scattered_keys_cost_about_seven_seeds_each_and_5000_in_a_row_a_few() -> None:
    scattered = a_tree().puncture((number * 97, number * 97) for number in range(1000))
    assert 5 * 1000 < len(scattered.seeds) < 8 * 1000
    assert len(a_tree().puncture([(70_000, 74_999)]).seeds) < 40
