"""The log can be given to everybody: no leaf, no tile and no checkpoint names or describes a person (law.md A13, F3).

One house in which everything happens that can happen; then every byte that it publishes is held against every value of
its database, against everything that its entries seal, and against what the people in it are called.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from governance.adapters.log.publisher import Publisher
from governance.adapters.log.signing import HeadSigner
from governance.application import heartbeat
from governance.application.erase import expire_due
from governance.application.errors import StorageFailed
from governance.audit import leaf_body
from governance.audit.leaf import Leaf
from governance.domain import log_fields
from governance.domain.events import Event
from tests.builders_calls import a_ready_house
from tests.builders_contracts import LOG_ORIGIN
from tests.builders_log_scan import (
    Personal,
    fractions_in,
    numbers_of,
    personal_in,
    published,
    said_of_anybody,
    spelt_out,
)
from tests.builders_web import (
    CASE,
    LOGINS,
    NECESSITY,
    PERSON,
    PHOTOGRAPH,
    PROBE_PNG,
    REFERENCE_PNG,
    SCORE,
    WebHouse,
    a_web_house,
)

IN_CLEAR = frozenset(name for name, group in log_fields._GROUPS.items() if group is None)
GENERAL = frozenset({"purpose", "site"})
"""Sealed, but of nobody: a word such as `lease`, which the names of events have too; a place, which its counts name."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """What was published of a log, its leaves, and everything personal that happened while it was written."""

    files: Mapping[str, bytes]
    leaves: tuple[Leaf, ...]
    personal: tuple[Personal, ...]


def the_words() -> list[Personal]:
    """Return what people would say of the people in this house."""
    logins = {f"log-in of {login}": login for login in (*LOGINS, "agnes")}
    return spelt_out(
        person=PERSON,
        part_of_a_name=PERSON[:8],
        necessity=NECESSITY,
        case=CASE,
        statute="brottsbalken",
        offence="kidnapping",
        another_offence="graffiti",
        objective="victim-search",
        age="18-39",
        issuer="court",
        photograph=PHOTOGRAPH,
        probe=PROBE_PNG,
        reference=REFERENCE_PNG,
        score=f"{SCORE}",
        **logins,
    )


def sealed_in(house: WebHouse, leaves: tuple[Leaf, ...]) -> list[Personal]:
    """Return everything that the entries seal."""
    found = []
    for leaf in leaves:
        for name, value in house.centre.opened(leaf).fields.items():
            if name not in IN_CLEAR | GENERAL and name not in leaf.body and isinstance(value, str):
                found.append(Personal(what=f"{name} of {leaf.event}", value=value.encode()))
    return found


def play(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    """Let everything happen, let its time run out, and publish the log."""
    ready = a_ready_house(folder, monkeypatch)
    house = ready.web
    for call in ready.calls:
        assert call.make(ready).status_code == call.expected, call
    database = folder / "governance" / "insyn.db"
    personal = [*personal_in(database), *the_words()]
    leaves = tuple(ready.leaves())
    personal += sealed_in(house, leaves)
    house.clock.advance(timedelta(days=40))
    expire_due(house.running.governance)
    for _ in range(20):
        heartbeat.beat(house.running.governance)
    personal += personal_in(database)
    files = published_by(house, folder / "public")
    leaves = tuple(ready.leaves())
    house.running.close()
    return Story(files=files, leaves=leaves, personal=tuple(personal))


def published_by(house: WebHouse, folder: Path) -> Mapping[str, bytes]:
    """Publish the log as its process does."""
    publisher = Publisher(folder, house.centre.log._store, HeadSigner(LOG_ORIGIN, [house.world.log]))
    publisher.start(house.centre.log.view, found=house.centre.log.fail)
    publisher.stop()
    return published(folder)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield play(tmp_path_factory.mktemp("house"), monkeypatch)


def test_the_story_has_everything_in_it_that_a_log_could_tell_of(story: Story) -> None:
    told = {leaf.event for leaf in story.leaves}
    assert {
        Event.CANDIDATE_REVIEW.value,
        Event.CANDIDATE_VIEW.value,
        Event.ERASURE_COMPLETE.value,
        Event.LEAD_CONFIRM.value,
        Event.LEASE_ISSUE.value,
        Event.LOG_READ.value,
        Event.REFERENCE_ENROL.value,
        Event.SESSION_REFUSE.value,
        Event.WARRANT_IMPORT.value,
        Event.WARRANT_REFUSE.value,
    } <= told
    kinds = {one.what for one in story.personal}
    assert {"accounts.account_id", "alerts.alert_id", "references.reference_id", "warrants.warrant_id"} <= kinds
    assert any(name.startswith("tile/0/") for name in story.files)
    assert any(name.startswith("tile/entries/") for name in story.files)
    assert sum("#" in name for name in story.files) == len(story.leaves) > 256, "a full tile, and a partial one"


@pytest.mark.law("F1", "P3")
def test_no_leaf_no_tile_and_no_checkpoint_says_anything_of_anybody(story: Story) -> None:
    assert said_of_anybody(story.files, story.personal) == []


@pytest.mark.law("F1")
def test_no_entry_says_a_score_as_a_number(story: Story) -> None:
    # From five digits on: three or four are also what an entry says of another's place in a log of some hundred.
    scores = {round(SCORE * 10**digits) for digits in range(5, 16)}
    assert [leaf.event for leaf in story.leaves if numbers_of(leaf) & scores] == []
    assert fractions_in(story.files) == []
    assert fractions_in({"tile/entries/000#0": b'{"s":0.31}'}) != []


@pytest.mark.parametrize(
    ("what", "written"),
    [
        ("person", PERSON.encode()),
        ("case", b"in case " + CASE.lower().encode()),
        ("login", b'{"login":"olga"}'),
        ("hash of a photograph", hashlib.sha256(PHOTOGRAPH).hexdigest().encode()),
        ("score", f"{SCORE}".encode()),
    ],
)
def test_what_is_written_in_clear_anywhere_is_found(story: Story, what: str, written: bytes) -> None:
    for name, content in (*list(story.files.items())[:3], ("checkpoint", story.files["checkpoint"])):
        if not name.startswith("tile/0"):
            assert said_of_anybody({name: content + b"\n" + written}, story.personal) != [], what


def test_a_word_is_found_in_hexadecimal_and_two_letters_are_not_looked_for() -> None:
    said = {"tile/entries/000#0": b'{"login":"6f6c6761","sequence":4133}'}
    assert said_of_anybody(said, spelt_out(login="olga")) == ["login in tile/entries/000#0"]
    assert said_of_anybody(said, spelt_out(short="A3")) == [], "four digits of hexadecimal stand in every log"


def test_a_commitment_that_is_a_mere_hash_is_found_in_leaves_and_tiles(story: Story) -> None:
    guessable = hashlib.sha256(CASE.encode()).digest()
    leaf = next(leaf for leaf in story.leaves if leaf.compartments)
    bare = replace(leaf, compartments=(replace(leaf.compartments[0], commitment=guessable), *leaf.compartments[1:]))
    assert said_of_anybody({"tile/entries/000#0": bare.to_bytes()}, story.personal) != []
    assert said_of_anybody({"tile/0/000": bytes(64) + guessable}, story.personal) != []


def test_a_sealed_field_that_is_declared_to_be_clear_is_refused_by_the_leaf(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: dict[str, Any] = {**log_fields._GROUPS, "warrant": None}
    monkeypatch.setattr(log_fields, "_GROUPS", groups)
    house = a_web_house(tmp_path, monkeypatch)
    with pytest.raises(StorageFailed, match="closed list"):
        house.draft()
    house.running.close()


def test_a_leaf_whose_closed_list_is_opened_too_is_found_by_this_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: dict[str, Any] = {**log_fields._GROUPS, "warrant": None}
    shapes = {**leaf_body.BODY, "warrant": lambda value: value}
    monkeypatch.setattr(log_fields, "_GROUPS", groups)
    monkeypatch.setattr(leaf_body, "BODY", shapes)
    house = a_web_house(tmp_path, monkeypatch)
    house.draft()
    files = published_by(house, tmp_path / "public")
    house.running.close()
    found = said_of_anybody(files, personal_in(tmp_path / "governance" / "insyn.db"))
    assert any(".warrant_id in tile/entries/" in one for one in found)
