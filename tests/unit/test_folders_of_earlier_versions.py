"""A data folder that an earlier version wrote: one sentence that says what to do, before anything is started on it."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from contracts.canonical import encode
from governance.application.errors import StorageFailed
from insyn.demonstration.keys import make_demo_keys
from insyn.demonstration.performance import require_this_version
from insyn.errors import InsynError
from insyn.home import Home

BEFORE_PROVENANCE = 'CREATE TABLE "references" (reference_id TEXT PRIMARY KEY)'
ADD_PROVENANCE = 'ALTER TABLE "references" ADD COLUMN provenance TEXT'


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A folder with the keys of this version."""
    home = Home(tmp_path)
    make_demo_keys(home)
    return home


def database(home: Home, *statements: str) -> None:
    with closing(sqlite3.connect(home.governance / "insyn.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def write_roles(home: Home, *, without: str = "", beside: str = "") -> None:
    pinned = json.loads(home.trust.read_bytes())
    kept = [key for key in pinned["keys"] if key["role"] != without]
    added = [{**kept[0], "role": beside}] if beside else []
    home.trust.write_bytes(encode({**pinned, "keys": [*kept, *added]}))


def test_an_empty_folder_and_one_of_this_version_are_taken(tmp_path: Path, home: Home) -> None:
    require_this_version(Home(tmp_path / "nothing"))
    require_this_version(home)


def test_a_lawyer_may_be_pinned_beside_the_demonstrations_own(home: Home) -> None:
    write_roles(home, beside="lawyer")
    require_this_version(home)


@pytest.mark.law("P1")
def test_keys_of_a_version_that_pinned_the_issuer_itself_are_one_sentence(home: Home) -> None:
    write_roles(home, beside="issuer")
    with pytest.raises(InsynError, match=r"another version's.*run `make demo-reset`, then start again"):
        require_this_version(home)


@pytest.mark.law("A10")
@pytest.mark.parametrize("role", ["data-protection", "market-surveillance", "organisation", "supervisor"])
def test_keys_of_a_version_without_one_of_our_roles_are_one_sentence(home: Home, role: str) -> None:
    write_roles(home, without=role)
    with pytest.raises(InsynError, match=r"another version's.*run `make demo-reset`, then start again"):
        require_this_version(home)


@pytest.mark.parametrize("damaged", [b"", b"{}", b'{"keys":[1]}', b'{"keys":[{"role":7}]}'])
def test_pinned_keys_that_cannot_be_read_are_one_sentence(home: Home, damaged: bytes) -> None:
    home.trust.write_bytes(damaged)
    with pytest.raises(InsynError, match=r"trust\.json.*cannot be read.*run `make demo-reset`"):
        require_this_version(home)


@pytest.mark.law("A19")
def test_references_of_which_nobody_said_where_they_come_from_are_one_sentence(home: Home) -> None:
    database(home, BEFORE_PROVENANCE)
    require_this_version(home)
    database(home, """INSERT INTO "references" VALUES ('one')""")
    with pytest.raises(StorageFailed, match=r"photographs come from \(A19\).*run `make demo-reset`, then start again"):
        require_this_version(home)


def test_references_that_say_it_are_taken(home: Home) -> None:
    database(home, BEFORE_PROVENANCE, ADD_PROVENANCE, """INSERT INTO "references" VALUES ('one', 'seized')""")
    require_this_version(home)
