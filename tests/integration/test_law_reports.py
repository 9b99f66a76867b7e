"""Reports of what a whole governance keeps: the record of a deployment (C7, C15), the letters (A10)."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.canonical import decode, encode
from contracts.notification import Authority
from contracts.signature import Signed
from governance.adapters.db.repositories import TableRepository
from governance.application.deployments import RevokeWarrant, revoke_warrant
from governance.application.errors import NotUnderstood, Refused
from governance.application.make_deployment_record import make_deployment_record
from governance.application.make_letter import make_letter
from governance.application.queries import list_deployments
from governance.application.reports.page import html_page
from governance.application.reports.report import Language, Report
from governance.domain.identifiers import DeploymentId
from governance.domain.legal_profile import SWEDEN_2026
from tests.builders_contracts import ISSUER_NAME, SITE
from tests.builders_web import CASE, NECESSITY, PERSON, WebHouse, a_web_house

PERSONAL = (PERSON, NECESSITY, CASE)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHouse]:
    """A house with one deployment under which one candidate waits."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        house = a_web_house(tmp_path_factory.mktemp("house"), monkeypatch)
        house.open_alert()
        yield house
        house.running.close()


def deployment_of(house: WebHouse) -> DeploymentId:
    return list_deployments(house.running.governance, house.people["lisa"])[0].deployment_id


def numbers(report: Report) -> dict[str, object]:
    return {row[0]["en"]: row[1] for row in json.loads(report.to_json())["sections"][-1]["rows"]}


@pytest.mark.law("A10")
@pytest.mark.parametrize("authority", list(Authority))
def test_a_letter_says_what_was_signed_and_names_nobody(house: WebHouse, authority: Authority) -> None:
    governance, one = house.running.governance, deployment_of(house)
    letter = make_letter(governance, house.people["lisa"], one, authority).value
    with governance.database.transaction() as tx:
        (kept,) = tx.notifications.where(deployment_id=one, authority=authority.value)
    signed = Signed.from_json(decode(kept.record))
    for language in Language:
        page = html_page(letter, language)
        assert signed.sha256 in page
        assert all(str(value) in page for value in decode(signed.payload)["registration_number"].split())
        assert not [word for word in (*PERSONAL, "kidnapping", SITE, "camera-1", ISSUER_NAME) if word in page]


@pytest.mark.law("A10")
def test_a_notification_that_was_edited_makes_no_letter(house: WebHouse) -> None:
    governance, one = house.running.governance, deployment_of(house)
    with governance.database.transaction() as tx:
        kept = tx.notifications.where(deployment_id=one)[0]
    signed = Signed.from_json(decode(kept.record))
    forged = replace(signed, payload=signed.payload.replace(b"EU-1", b"EU-2"))
    assert forged != signed
    edited = replace(kept, record=encode(forged.to_json()))
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(TableRepository, "where", lambda *_, **__: (edited,))
        with pytest.raises(NotUnderstood):
            make_letter(governance, house.people["lisa"], one, Authority(kept.authority))


@pytest.mark.law("C7")
def test_the_staff_see_the_record_of_a_deployment_that_runs(house: WebHouse) -> None:
    governance, one = house.running.governance, deployment_of(house)
    record = make_deployment_record(governance, house.people["arne"], one, public=False).value
    told = numbers(record)
    assert told["Alerts"] == told["Open"] == 1
    assert told["Confirmed leads"] == 0
    page = html_page(record, Language.ENGLISH)
    assert "kidnapping" in page
    assert "search for a victim (victim-search)" in page
    assert "still in use" in page
    assert not [word for word in PERSONAL if word in page]


@pytest.mark.law("C15", "C7")
def test_the_public_has_a_record_once_it_ended_and_after_the_delay(house: WebHouse) -> None:
    governance, lisa, one = house.running.governance, house.people["lisa"], deployment_of(house)
    with pytest.raises(Refused, match="nothing that can be told"):
        make_deployment_record(governance, lisa, one, public=True)
    line = list_deployments(governance, lisa)[0]
    revoke_warrant(governance, RevokeWarrant(actor=lisa, warrant_id=line.warrant_id, why="It is over."))
    house.clock.advance(SWEDEN_2026.public_answer_delay - timedelta(milliseconds=1))
    with pytest.raises(Refused):
        make_deployment_record(governance, lisa, one, public=True)
    house.clock.advance(timedelta(milliseconds=1))
    told = numbers(make_deployment_record(governance, lisa, one, public=True).value)
    assert told["Alerts"] == {"withheld": True}
    assert told["– with the warrant"] == {"withheld": True}
    # The act was erased with its warrant: the offence cannot be said any more.
    page = html_page(make_deployment_record(governance, lisa, one, public=False).value, Language.ENGLISH)
    assert "words were erased" in page
