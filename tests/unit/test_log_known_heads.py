"""Known answers that travel with the code: the constants that RFC 6962's reference implementations print.

They guard what properties cannot see: a missing prefix, and a tree split in the wrong place (sizes 5 to 7).
"""

import pytest

from governance.audit.errors import ProofRefused
from governance.audit.merkle import EMPTY_ROOT, Frontier, leaf_hash, node_hash, tree_root
from governance.audit.verify import verify_consistency, verify_hash_inclusion

LEAVES = tuple(
    map(
        bytes.fromhex,
        ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"),
    )
)
HEADS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


@pytest.mark.parametrize("size", range(9))
def test_tree_of_each_size_has_the_head_of_the_reference(size: int) -> None:
    assert tree_root(LEAVES[:size]).hex() == HEADS[size]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert EMPTY_ROOT.hex() == HEADS[0]


def test_leaf_and_node_have_the_hashes_of_the_reference() -> None:
    assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert node_hash(b"N123", b"N456").hex() == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"


def test_no_entry_can_pass_for_a_node() -> None:
    left, right = b"\x00" * 32, b"\x11" * 32
    assert leaf_hash(left + right) != node_hash(left, right)


@pytest.mark.parametrize(("size", "count"), [(1, 0), (0, 1), (3, 1), (4, 2), (-1, 0)])
def test_a_frontier_that_does_not_fit_its_size_is_refused(size: int, count: int) -> None:
    with pytest.raises(ProofRefused):
        Frontier(size=size, nodes=(b"\x00" * 32,) * count)


def test_a_proof_longer_than_the_tree_is_high_is_refused_even_where_its_root_would_fit() -> None:
    left, right = leaf_hash(b"left"), leaf_hash(b"right")
    root = node_hash(right, left)
    with pytest.raises(ProofRefused, match="too long"):
        verify_hash_inclusion(leaf_hash=left, index=0, size=1, proof=[right], root=root)
    with pytest.raises(ProofRefused, match="too long"):
        verify_hash_inclusion(leaf_hash=left, index=1, size=2, proof=[right, right], root=node_hash(right, root))


def test_a_proof_shorter_than_the_tree_is_high_is_refused_even_where_its_root_would_fit() -> None:
    left, right = leaf_hash(b"left"), leaf_hash(b"right")
    with pytest.raises(ProofRefused, match="too short"):
        verify_hash_inclusion(leaf_hash=left, index=0, size=2, proof=[], root=left)
    with pytest.raises(ProofRefused, match="too short"):
        verify_hash_inclusion(leaf_hash=left, index=0, size=4, proof=[right], root=node_hash(left, right))


def test_a_consistency_proof_of_the_wrong_length_is_refused_even_where_its_roots_would_fit() -> None:
    old, more = node_hash(b"\x01" * 32, b"\x02" * 32), b"\x03" * 32
    new = node_hash(old, more)
    verify_consistency(old=2, old_root=old, new=3, new_root=new, proof=[more])
    with pytest.raises(ProofRefused, match="too long"):
        verify_consistency(
            old=2, old_root=node_hash(more, old), new=3, new_root=node_hash(more, new), proof=[more, more]
        )
    with pytest.raises(ProofRefused, match="too short"):
        verify_consistency(old=2, old_root=old, new=5, new_root=new, proof=[more])
    with pytest.raises(ProofRefused, match="too short"):
        verify_consistency(old=3, old_root=old, new=5, new_root=new, proof=[])
