"""Former case leaders stay barred whatever becomes of the lease key: their tags have a key of their own (0.4)."""

import hashlib
import hmac
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from contracts.signature import SigningKey
from governance.adapters.key_files import case_key
from governance.application.case_leaders import (
    RememberedKeys,
    key_check,
    key_of_before,
    leaders_of,
    remembered_keys,
    say_which_key,
)
from governance.application.erase import expire_due
from governance.application.errors import StorageFailed
from governance.domain.retention import RETENTION, DataClass
from tests.builders_contracts import a_signing_key
from tests.builders_governance import CASE_KEY, World, a_governance, a_submitted_warrant

pytestmark = pytest.mark.law("0.4")
NOBODY_YET = RememberedKeys(anybody=False, checks=frozenset())
FROM_BEFORE = RememberedKeys(anybody=True, checks=frozenset())
LEADER = "prosecutor-7"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


def leaders(world: World) -> frozenset[str]:
    with world.governance.database.transaction() as tx:
        return leaders_of(world.governance, tx, "CASE-1")


def lead(world: World, leader: str = LEADER) -> None:
    a_submitted_warrant(world, case_leader=leader)


def test_a_new_lease_key_forgets_nobody(world: World) -> None:
    lead(world)
    world.governance = replace(world.governance, lease_key=SigningKey.generate())
    assert leaders(world) == {LEADER}


def test_a_tag_is_this_and_nothing_else(world: World) -> None:
    lead(world)
    # By hand: HMAC-SHA-256 of the case reference, small letters and single spaces.
    tag = hmac.new(CASE_KEY, b"case-1", hashlib.sha256).hexdigest()
    with world.governance.database.transaction() as tx:
        assert [(one.case_tag, one.leader) for one in tx.case_leaders.where()] == [(tag, LEADER)]
        assert remembered_keys(tx) == RememberedKeys(anybody=True, checks=frozenset({key_check(CASE_KEY)}))


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path, lease_key = tmp_path / "keys" / "case-tags.key", a_signing_key("governance")
    key = case_key(path, lease_key, NOBODY_YET)
    assert len(key) == 32
    assert key != key_of_before(lease_key.seed)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert case_key(path, SigningKey.generate(), NOBODY_YET) == key
    assert case_key(path, lease_key, RememberedKeys(anybody=True, checks=frozenset({key_check(key)}))) == key
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_leaders_of_before_hand_the_derived_key_on(world: World, tmp_path: Path) -> None:
    derived = hashlib.sha256(b"insyn/case-tag/1\x00" + world.keys.governance.seed).digest()
    world.governance = replace(world.governance, case_key=derived)
    lead(world)
    with world.engine.begin() as connection:
        connection.execute(text("DELETE FROM case_leader_keys"))
    path = tmp_path / "case-tags.key"
    with world.governance.database.transaction() as tx:
        assert remembered_keys(tx) == FROM_BEFORE
        key = case_key(path, world.keys.governance, remembered_keys(tx))
        say_which_key(tx, key)
        tx.commit()
    world.governance = replace(world.governance, case_key=key, lease_key=SigningKey.generate())
    assert leaders(world) == {LEADER}
    with world.governance.database.transaction() as tx:
        # From here on another lease key hands nothing on.
        assert case_key(path, SigningKey.generate(), remembered_keys(tx)) == key


def test_without_its_key_or_with_another_nothing_starts(tmp_path: Path) -> None:
    path, lease_key = tmp_path / "case-tags.key", a_signing_key("governance")
    others = RememberedKeys(anybody=True, checks=frozenset({key_check(bytes(32))}))
    with pytest.raises(StorageFailed, match="missing"):
        case_key(path, lease_key, others)
    assert not path.exists()
    case_key(path, lease_key, NOBODY_YET)
    with pytest.raises(StorageFailed, match="another"):
        case_key(path, lease_key, others)
    path.chmod(0o640)
    with pytest.raises(StorageFailed, match="read by others"):
        case_key(path, lease_key, NOBODY_YET)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(StorageFailed, match="32 bytes"):
        case_key(path, lease_key, NOBODY_YET)


@pytest.mark.law("B1")
def test_what_is_said_of_the_key_ends_with_the_leader(world: World) -> None:
    lead(world)
    world.clock.advance(RETENTION[DataClass.LOG_CONTEXT].length)
    expire_due(world.governance)
    with world.governance.database.transaction() as tx:
        assert not tx.case_leaders.where()
        assert not tx.case_leader_keys.where()
