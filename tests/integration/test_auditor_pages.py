"""The auditor's pages: what stands in clear is searched freely; what is sealed is opened on purpose, and logged."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from governance.adapters.log.sequencer import Sequencer
from governance.adapters.without_witnesses import NoWitnesses
from governance.application.erase import expire_due
from governance.application.log_search import first_index_at
from governance.audit.errors import LogUnavailable
from governance.audit.leaf import Leaf
from governance.domain.events import Event
from governance.domain.review import Support
from governance.web.auditor import trails
from tests.builders_call import an_answer
from tests.builders_reviews import LOOK
from tests.builders_vault import Organisations
from tests.builders_web import LOGINS, NOON, SECRETS, Browser, WebHouse, a_web_house


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebHouse]:
    house = a_web_house(tmp_path, monkeypatch)
    yield house
    house.running.close()


def decided(house: WebHouse, support: Support = Support.SUPPORT_SAME) -> str:
    alert = house.open_alert()
    for login in ("olga", "oskar"):
        browser = house.browser(login)
        browser.get("/operator")
        browser.post(f"/operator/alerts/{alert}/look")
        house.clock.advance(LOOK)
        assert browser.post(f"/operator/alerts/{alert}/review", an_answer(support)).status_code == 303
    return str(alert)


def leaves(house: WebHouse) -> list[Leaf]:
    return [Leaf.from_bytes(leaf) for leaf in house.centre.log.entries(first=0, count=4096)]


def shown_entries(page: httpx.Response) -> list[int]:
    body = page.text.partition("<tbody>")[2].partition("</tbody>")[0]
    return [int(found) for found in re.findall(r'<tr[^>]*><td><a href="/auditor/log/(\d+)">', body)]


def words(page: httpx.Response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def trail(browser: Browser, kind: str, asked: str, before: str = "") -> httpx.Response:
    browser.get("/auditor/trail")
    return browser.post("/auditor/trail", {"kind": kind, "id": asked, "before": before})


# -- searching --------------------------------------------------------------------------------------------------------


def test_the_log_is_searched_by_event_rule_producer_and_place(house: WebHouse) -> None:
    decided(house)
    house.browser("sara").get("/operator")
    known = leaves(house)
    arne = house.browser("arne")

    def found(**asked: str) -> list[int]:
        page = arne.request("GET", "/auditor/log", params=asked)
        assert page.status_code == httpx.codes.OK
        return shown_entries(page)

    def indices(event: str) -> list[int]:
        return [index for index, leaf in reversed(list(enumerate(known))) if leaf.event == event]

    assert found(event="candidate.view") == indices("candidate.view") != []
    assert found(rule="B14") == indices("request.refuse") != []
    assert found(rule="B1") == []
    assert found(event="candidate.view", rule="B14") == []
    assert found(producer="edge-1") == []
    assert found(first="3", last="6") == [6, 5, 4, 3]
    made = [index for index in range(3, 7) if leaves(house)[index].event == "account.create"]
    assert made
    assert found(first="3", last="6", event="account.create") == made[::-1]
    assert found(first="6", last="3") == []
    assert found(last="99999999", producer="governance")[:1] == [house.centre.log.size() - 1]


def test_the_log_is_searched_by_time_inclusive_at_both_ends(house: WebHouse) -> None:
    at = {}
    for minutes in range(1, 4):
        house.clock.present = NOON + timedelta(minutes=minutes)
        at[minutes] = house.running.governance.journal.record(Event.LOG_BEAT, {}).index
    arne = house.browser("arne")

    def found(**asked: str) -> list[int]:
        page = arne.request("GET", "/auditor/log", params={"event": "log.beat", **asked})
        return shown_entries(page)

    assert found(since="2026-03-02T12:02") == [at[3], at[2]]
    assert found(until="2026-03-02T12:02") == [at[2], at[1]]
    assert found(since="2026-03-02T12:02:00", until="2026-03-02T12:02:00") == [at[2]]
    assert found(since="2026-03-02T12:02:01", until="2026-03-02T12:02:59") == []
    assert found(since="2026-03-03T00:00") == []


def test_a_search_that_finds_nothing_near_goes_on_further_back(
    house: WebHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("governance.application.log_search.LOOKED_AT", 10)
    for _ in range(25):
        house.running.governance.journal.record(Event.LOG_BEAT, {})
    arne = house.browser("arne")
    page, steps = arne.get("/auditor/log?event=account.create"), 0
    while not shown_entries(page):
        (further,) = re.findall(r'href="([^"]+)">Search on, further back', page.text)
        page, steps = arne.get(further.replace("&amp;", "&")), steps + 1
    assert steps >= 2
    assert 0 in shown_entries(page) or "Search on" in page.text


def test_pages_of_the_log_lead_to_its_first_entry_and_leave_none_out(house: WebHouse) -> None:
    for _ in range(120):
        house.running.governance.journal.record(Event.LOG_BEAT, {})
    arne = house.browser("arne")
    size, path, seen = house.centre.log.size(), "/auditor/log", list[int]()
    while path:
        page = arne.get(path)
        seen += shown_entries(page)
        older = re.findall(r'href="([^"]+)">Older', page.text)
        path = older[0].replace("&amp;", "&") if older else ""
    assert seen == list(reversed(range(size)))


@pytest.mark.parametrize(
    "asked",
    [
        {"event": "candidate.look"},
        {"rule": "<script>"},
        {"producer": "Person A"},
        {"first": "-417"},
        {"last": "1e3"},
        {"first": "\u0661"},
        {"since": "yesterday"},
        {"until": "2026-13-01T00:00"},
        {"before": "x-41"},
    ],
)
def test_a_search_that_cannot_be_read_is_one_sentence_and_repeats_nothing(
    house: WebHouse, asked: dict[str, str]
) -> None:
    page = house.browser("arne").request("GET", "/auditor/log", params=asked)
    assert page.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert next(iter(asked.values())) not in page.text


def test_the_place_of_an_instant_is_found_in_any_log() -> None:
    for size in range(6):
        times = [NOON + timedelta(seconds=index // 2) for index in range(size)]
        for seconds in range(-1, 4):
            instant = NOON + timedelta(seconds=seconds)
            expected = sum(one < instant for one in times)
            assert first_index_at(instant, size, times.__getitem__) == expected


# -- one entry --------------------------------------------------------------------------------------------------------


def test_an_entry_is_shown_in_clear_with_its_proof_and_opened_by_its_button_alone(house: WebHouse) -> None:
    alert, arne = decided(house), house.browser("arne")
    (index,) = [index for index, leaf in enumerate(leaves(house)) if leaf.event == "candidate.accept"]
    size = house.centre.log.size()
    page = arne.get(f"/auditor/log/{index}")
    assert "<strong>Verified:</strong>" in page.text
    assert alert not in page.text
    assert "Key gone after" in page.text
    assert house.centre.log.size() == size, "reading what stands in clear is no entry"
    opened = arne.post(f"/auditor/log/{index}/open")
    assert alert in opened.text
    entry = leaves(house)[size]
    assert (house.centre.log.size(), entry.event) == (size + 1, "log.read")
    groups = {one.group for one in leaves(house)[index].compartments} - {"object"}
    assert sum(len(range(one.first, one.last + 1)) for one in entry.ranges("opens")) == len(groups)
    assert house.centre.opened(entry).fields["actor"] == house.people["arne"]
    assert house.centre.opened(entry).fields["purpose"] == "entry"


def test_only_an_auditor_opens_what_is_sealed(house: WebHouse) -> None:
    decided(house)
    size = house.centre.log.size()
    lisa = house.browser("lisa")
    page = lisa.get("/auditor/log/3")
    assert page.status_code == httpx.codes.OK
    assert "Open what it seals" not in page.text
    assert lisa.post("/auditor/log/3/open").status_code == httpx.codes.FORBIDDEN
    assert trail(lisa, "person", "0" * 32).status_code == httpx.codes.FORBIDDEN
    for login in set(LOGINS) - {"arne"}:
        for path in ("/auditor/alerts", "/auditor/alerts/" + "0" * 32, "/auditor/trail"):
            assert house.browser(login).get(path).status_code == httpx.codes.FORBIDDEN
    assert "log.read" not in [leaf.event for leaf in leaves(house)[size:]]


def test_an_entry_that_the_log_does_not_prove_is_shown_as_not_verified(
    house: WebHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = decided(house)
    arne, honest = house.browser("arne"), Sequencer.entries

    def forged(log: Sequencer, *, first: int, count: int) -> tuple[bytes, ...]:
        """Readable, as an entry must be, and not what was signed."""
        changed = (replace(Leaf.from_bytes(leaf), sn=99_999) for leaf in honest(log, first=first, count=count))
        return tuple(leaf.to_bytes() for leaf in changed)

    assert "not verified" not in arne.get(f"/auditor/alerts/{alert}").text
    monkeypatch.setattr(Sequencer, "entries", forged)
    page = arne.get("/auditor/log/3")
    assert "<strong>Not verified.</strong>" in page.text
    assert "<strong>Verified:</strong>" not in page.text


# -- one match --------------------------------------------------------------------------------------------------------


def test_one_match_is_told_from_authority_to_outcome_each_step_verified(house: WebHouse) -> None:
    alert, arne = decided(house), house.browser("arne")
    page = arne.get(f"/auditor/alerts/{alert}")
    links = re.findall(r"<h2>([a-z ]+) <span", page.text)
    assert links == [
        "authority",
        "warrant",
        "lease",
        "model profile and its evaluation",
        "comparison",
        "alert",
        "views",
        "decisions",
        "outcome",
        "erasure",
    ]
    assert "does not fit together" not in page.text
    assert "not verified" not in page.text
    assert page.text.count('class="mark-proven"') >= 17
    assert "court-of-tests" in page.text
    assert "Two people made a lead of it. It is no identification." in page.text
    assert not [secret for secret in SECRETS if secret in page.text]
    assert f'href="/auditor/alerts/{alert}"' in arne.get("/auditor/alerts").text


def test_a_dismissed_match_ends_with_the_entries_of_its_erasure(house: WebHouse) -> None:
    alert = decided(house, Support.SUPPORT_DIFFERENT)
    page = words(house.browser("arne").get(f"/auditor/alerts/{alert}"))
    assert "It was dismissed." in page
    assert "All that was kept of it was erased." in page
    assert "erasure.intend" in page
    assert "erasure.complete" in page


def test_a_match_whose_subject_was_erased_is_not_told_and_the_page_says_why(house: WebHouse) -> None:
    alert = decided(house)
    for days in (1, 200):
        house.clock.advance(timedelta(days=days))
        expire_due(house.running.governance)
    arne = Browser(house.app)
    assert arne.log_in("arne").status_code == httpx.codes.SEE_OTHER
    page = words(arne.get(f"/auditor/alerts/{alert}"))
    assert "None of the opened entries is about this alert" in page
    found = re.search(r"Of (\d+) of the opened entries it was erased which alert", page)
    assert found is not None
    assert int(found[1]) >= 7
    answer = words(trail(arne, "account", house.people["olga"]))
    # Who acted is kept longer than about whom.
    assert "candidate.review" in answer
    assert "Of the opened entries nothing was erased yet." in answer


def test_no_more_entries_are_opened_than_the_page_says(house: WebHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    alert = decided(house)
    chosen = trails.worth_opening
    monkeypatch.setattr(trails, "worth_opening", lambda lines, rare, often: chosen(lines, rare, often, most=5))
    arne = house.browser("arne")
    size = house.centre.log.size()
    page = words(arne.get(f"/auditor/alerts/{alert}"))
    assert re.search(r"opened 5 of them .* older ones were left closed", page)
    opened = sum(one.last - one.first + 1 for one in leaves(house)[size].ranges("opens"))
    assert opened <= 5 * 3


def test_the_window_can_be_moved_back(house: WebHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    alert = decided(house)
    end = house.centre.log.size()
    for _ in range(40):
        house.running.governance.journal.record(Event.LOG_BEAT, {})
    monkeypatch.setattr(trails, "LOOKED_AT", 40)
    arne = house.browser("arne")
    nothing = arne.get(f"/auditor/alerts/{alert}")
    assert "None of the opened entries is about this alert" in nothing.text
    (further,) = re.findall(r'href="([^"]+)">Look further back', nothing.text)
    assert int(further.partition("before=")[2]) >= end - 2
    assert "None of the opened" not in arne.get(further).text


@pytest.mark.parametrize("odd", ["<b>", "a b", "Person A", "..", "a/b", "é", "x" * 81])
def test_an_id_that_is_none_is_refused_in_one_sentence(house: WebHouse, odd: str) -> None:
    arne = house.browser("arne")
    answer = trail(arne, "person", odd)
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert "never a name" in answer.text
    assert odd == ".." or odd not in answer.text


# -- trails -----------------------------------------------------------------------------------------------------------


def test_a_persons_trail_opens_no_account_and_an_accounts_trail_nobody_else(house: WebHouse) -> None:
    alert, arne = decided(house), house.browser("arne")
    known = leaves(house)
    slot = next(house.centre.opened(leaf).fields["slot"] for leaf in known if leaf.event == Event.REFERENCE_ENROL.value)
    size = house.centre.log.size()
    person = trail(arne, "person", slot)
    assert alert[:8] in person.text
    assert not [one for one in house.people.values() if one[:8] in person.text]
    middle = house.centre.log.size()
    account = trail(arne, "account", house.people["olga"])
    assert "candidate.review" in account.text
    assert alert[:8] not in account.text
    opened_for = {
        name: {one.data_class for leaf in leaves(house)[first:last] for one in leaf.ranges("opens")}
        for name, first, last in (("person", size, middle), ("account", middle, house.centre.log.size()))
    }
    assert opened_for == {"person": {"log-context", "log-subject"}, "account": {"log-operator"}}


def test_a_trail_tells_its_entries_in_order_and_the_case_apart(house: WebHouse) -> None:
    decided(house)
    known = leaves(house)
    slot = next(house.centre.opened(leaf).fields["slot"] for leaf in known if leaf.event == Event.REFERENCE_ENROL.value)
    page = trail(house.browser("arne"), "person", slot)
    own = shown_entries(page)
    assert own == sorted(own)
    told = [known[index].event for index in own]
    assert told[0] == "reference.enrol"
    assert told.count("candidate.view") == told.count("candidate.review") == 2
    assert "lead.confirm" in told
    assert "Through the warrant" in page.text
    assert "not verified" not in page.text


def test_no_id_of_a_person_stands_in_an_address(house: WebHouse) -> None:
    decided(house)
    arne = house.browser("arne")
    asked = house.people["olga"]
    page = trail(arne, "account", asked)
    assert not re.findall(rf'(?:href|action)="[^"]*{asked}', page.text)
    assert arne.get(f"/auditor/trail?id={asked}&kind=account").text.count(asked) == 0


def test_nothing_is_chosen_for_a_trail_of_neither_kind(house: WebHouse) -> None:
    assert trail(house.browser("arne"), "camera", "0" * 32).status_code == httpx.codes.UNPROCESSABLE_ENTITY


# -- witnesses --------------------------------------------------------------------------------------------------------


def a_cosigned_note(house: WebHouse, *times: datetime) -> str:
    seconds = {name: int(one.timestamp()) for name, one in zip("abc", times, strict=False)}
    return Organisations().cosigned(house.centre.log.checkpoint(), **seconds)


def test_without_witnesses_every_page_says_so(house: WebHouse) -> None:
    pages = [house.stranger().get(path) for path in ("/login", "/public", "/nothing")]
    pages += [house.browser(login).get(house.browser(login).get("/").headers["location"]) for login in LOGINS]
    assert all(page.text.count("<strong>No witnesses:</strong> this is a single machine.") == 1 for page in pages)


def test_with_witnesses_every_page_says_how_old_their_word_is(house: WebHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    note = a_cosigned_note(house, NOON - timedelta(minutes=1), NOON - timedelta(minutes=4, seconds=7))
    monkeypatch.setattr(NoWitnesses, "are_configured", property(lambda _self: True))
    monkeypatch.setattr(NoWitnesses, "newest", lambda _self: note)
    for page in (house.stranger().get("/login"), house.browser("olga").get("/operator")):
        # Of several, the one that is longest ago.
        assert "Witnesses confirmed the log <strong>4 min 7 s</strong> ago." in page.text
        assert "No witnesses" not in page.text


def test_witnesses_that_said_nothing_or_do_not_answer_are_said_to(
    house: WebHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(_self: NoWitnesses) -> str:
        raise LogUnavailable("It does not answer.")

    monkeypatch.setattr(NoWitnesses, "are_configured", property(lambda _self: True))
    plain = house.centre.log.checkpoint()
    for newest in (lambda _self: None, lambda _self: plain, lambda _self: "no note", dead):
        monkeypatch.setattr(NoWitnesses, "newest", newest)
        page = house.stranger().get("/login")
        assert page.status_code == httpx.codes.OK
        assert "No witness has confirmed the log" in page.text


def test_a_time_in_the_future_is_no_negative_age(house: WebHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    note = a_cosigned_note(house, datetime(2099, 1, 1, tzinfo=UTC))
    monkeypatch.setattr(NoWitnesses, "are_configured", property(lambda _self: True))
    monkeypatch.setattr(NoWitnesses, "newest", lambda _self: note)
    assert "Witnesses confirmed the log <strong>0 s</strong> ago." in house.stranger().get("/login").text
