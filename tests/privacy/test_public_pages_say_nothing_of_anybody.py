"""What everybody may know names nobody: each public page of a whole story, held against its database (C7, C15)."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx
import pytest

from governance.application.deployments import RevokeWarrant, revoke_warrant
from governance.application.erase import expire_due
from governance.application.publish_records import publish_due
from governance.application.queries import list_deployments
from governance.domain.deployments import DeploymentState
from governance.domain.legal_profile import SWEDEN_2026
from tests.builders_calls import a_ready_house
from tests.builders_contracts import CAMERA
from tests.builders_rights import ANSWER, ASKED, WHY
from tests.builders_web import CASE, LOGINS, NECESSITY, PERSON, SCORE, WebHouse

pytestmark = pytest.mark.law("C7", "C15")

OPAQUE: Final = re.compile(r"\b(?:[0-9a-f]{32}|[a-z-]+\.[0-9]+\.[0-9a-f]{8})\b")
"""Ids of people, alerts, references, warrants, leases and the like, and numbers of sealed objects."""
WORDS: Final = (PERSON, PERSON[:8], NECESSITY, CASE, ASKED, WHY, ANSWER, f"{SCORE}", "18-39")


@dataclass(frozen=True, kw_only=True)
class Story:
    """The public pages of a house in which everything happened, and the ids of everybody and everything in it."""

    pages: dict[str, str]
    ids: frozenset[str]
    published: int


def ids_in(database: Path) -> frozenset[str]:
    """Return every opaque id of every table, but those of what is published."""
    found: set[str] = set()
    public: set[str] = set()
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        public.update(one for (one,) in connection.execute("SELECT publication_id FROM publications"))
        for table in tables:
            for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608  # a name of our own schema
                found |= {word for cell in row if isinstance(cell, str) for word in OPAQUE.findall(cell)}
    return frozenset(found - public)


def pages_of(house: WebHouse) -> dict[str, str]:
    with house.running.governance.database.transaction() as tx:
        published = [one.publication_id for one in tx.publications.where()]
    records = [f"/records/{one}{kind}" for one in published for kind in ("", "/json")]
    asked = [f"/matching?camera={CAMERA}&day=2026-03-{day:02d}" for day in (1, 2, 3)]
    paths = [f"/open/{language}{rest}" for language in ("sv", "en") for rest in ("", *records, *asked)]
    found = {}
    for path in (*paths, "/public", "/public/cameras", "/public/cameras.csv", "/public/cameras.json"):
        answer = house.stranger().get(path)
        assert answer.status_code == httpx.codes.OK, path
        found[path] = answer.text
    return found


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as monkeypatch:
        ready = a_ready_house(folder, monkeypatch)
        house, governance = ready.web, ready.web.running.governance
        for call in ready.calls:
            assert call.make(ready).status_code == call.expected, call
        ids = ids_in(folder / "governance" / "insyn.db")
        officer = house.people["lisa"]
        for line in list_deployments(governance, officer):
            if line.state is not DeploymentState.ENDED:
                revoke_warrant(governance, RevokeWarrant(actor=officer, warrant_id=line.warrant_id, why="It is over."))
        expire_due(governance)
        house.clock.advance(SWEDEN_2026.public_answer_delay)
        published = publish_due(governance)
        ids |= ids_in(folder / "governance" / "insyn.db")
        house.clock.advance(timedelta(days=1))
        yield Story(pages=pages_of(house), ids=ids, published=published)
        house.running.close()


def test_the_story_has_something_to_tell(story: Story) -> None:
    assert story.published > 1
    assert len(story.ids) > 100
    assert any("Yes. On this day" in page for page in story.pages.values())


def test_no_public_page_says_an_id_of_anybody_or_of_anything_that_is_not_public(story: Story) -> None:
    assert [(path, one) for path, page in story.pages.items() for one in story.ids if one in page] == []


def test_no_public_page_says_a_word_of_anybody(story: Story) -> None:
    assert [(path, one) for path, page in story.pages.items() for one in WORDS if one in page] == []
    logins = re.compile(rf"\b({'|'.join(LOGINS)})\b")
    assert [(path, found[0]) for path, page in story.pages.items() if (found := logins.search(page))] == []


def test_what_is_written_anywhere_is_found(story: Story) -> None:
    some = min(story.ids)
    planted = Story(pages={"/open/sv": f"<p>{some}</p>"}, ids=story.ids, published=2)
    with pytest.raises(AssertionError):
        test_no_public_page_says_an_id_of_anybody_or_of_anything_that_is_not_public(planted)
