"""The demonstration's story, played at the consoles: refusals, one lawful warrant, review by two, erasure.

Every step goes through the same pages, forms and keys as anybody's. Nothing is skipped.
"""

import base64
import json
import re
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

import httpx

from contracts.clock import read_clocks
from contracts.signature import Purpose
from governance.domain.legal_profile import SWEDEN_2026
from insyn.demonstration import people as cast
from insyn.demonstration.applications import FAMILY, VOLUNTEER, Form, lawful, origin_of_photograph, unlawful
from insyn.demonstration.expectations import AlertSeen, Expectation
from insyn.demonstration.grounds import invented_documents, invented_incidents
from insyn.demonstration.keys import SITE, DemoKeys
from insyn.demonstration.people import People
from insyn.demonstration.register import CONCOURSE, camera_records
from insyn.demonstration.visitor import Refusal, Visitor, open_account
from insyn.errors import ExpectationFailed

_WARRANT: Final = re.compile(r"/legal/warrants/([A-Za-z0-9._-]+)$")
_SLOT: Final = re.compile(r' action="(/legal/warrants/[A-Za-z0-9._-]+/slots/[A-Za-z0-9._-]+)"')
_ALERT: Final = re.compile(r"/operator/alerts/([A-Za-z0-9._-]+)")
_STATE: Final = re.compile(r'data-state="([a-z-]+)"')
_STREAM_TIME: Final = re.compile(r'data-stream-time="([0-9.]+)"')

_PREVIEWED: Final = re.compile(r'name="previewed" value="([0-9a-f]{64})"')
_REPORT: Final = re.compile(r'name="report" value="([A-Za-z0-9._-]+)"')
_PASSAGES: Final = "1000"
_ACCOUNT_WAITS: Final = re.compile(r' action="(/administration/accounts/[A-Za-z0-9._-]+/confirm)"')
_OPENING_CODE: Final = re.compile(r'data-opening-code="([0-9a-f-]+)"')
_CERTIFICATE_FORM: Final = re.compile(r' action="(/administration/accounts/[A-Za-z0-9._-]+/certificate)"')
_CERTIFICATE_WAITS: Final = re.compile(r' action="(/administration/certificates/[A-Za-z0-9._-]+/confirm)"')
_CERTIFIED_DAYS: Final = "365"

_PICTURE: Final = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]*")
_COUNTS: Final = re.compile(
    rf'data-camera="{CONCOURSE}" data-tracks="([0-9]+)" data-probed="([0-9]+)"[^\n]*data-state="ended"'
)

_RUNNING: Final = re.compile(r'data-running-leases="([0-9]+)"')
_LAST: Final = re.compile(r'data-compared-last="([0-9T:.Z-]+)"')

_LAST_COUNTS_WITHIN: Final = 30.0
_LEASES_WITHIN: Final = 45.0
_STOP_SHOWN_WITHIN: Final = 15.0
_STOPPED_WITHIN: Final = 2.0
"""Seconds from the revocation to the last comparison, online."""

_FEATURES: Final = (
    ("ears", "not-comparable"),
    ("eyebrows", "similar"),
    ("eyes", "similar"),
    ("face-outline", "similar"),
    ("forehead-and-hairline", "similar"),
    ("mouth-and-chin", "similar"),
    ("nose-and-cheeks", "similar"),
    ("skin-lines-and-marks", "not-comparable"),
)
_HANDED_OFF: Final = re.compile(r'href="(/patrol/[A-Za-z0-9._-]+)"')
_PATROL: Final = re.compile(r'<option value="([0-9a-f]{32})"')
_PASSAGES_A_DAY: Final = "4"
"""A DEMO site: the film's minute is its day. At a real site it is what was measured."""
SAME: Final = "2"
DIFFERENT: Final = "-2"


def create_accounts(address: str, people: People) -> None:
    """One administrator proposes everybody else's account, and a certificate for each reviewer; others confirm.

    Whoever an account is for opens it, with the first password, the code, and the password that is their own.
    """
    administrators = {cast.ADMINISTRATOR, cast.SECOND_ADMINISTRATOR}
    first = {login: secrets.token_urlsafe(12) for login in cast.ROLES}
    with people.log_in(address, cast.ADMINISTRATOR) as administrator:
        for login, role in cast.ROLES.items():
            if login not in administrators:
                fields = {"login": login, "password": first[login], "role": role}
                administrator.post("/administration/accounts", fields, page="/administration")
        for path in _CERTIFICATE_FORM.findall(administrator.read("/administration")):
            administrator.post(path, {"days": _CERTIFIED_DAYS}, page="/administration")
    for second, logins in cast.CONFIRMED_BY.items():
        with people.log_in(address, second) as confirming:
            page = confirming.read("/administration")
            for login in logins:
                confirmed = confirming.post(_confirmation_of(page, login), page="/administration").text
                own = people.passwords[login]
                open_account(address, login, first=first[login], code=_code_in(confirmed), own=own)
            if second == cast.LEGAL_OFFICER:
                for path in _CERTIFICATE_WAITS.findall(page):
                    confirming.post(path, page="/administration")


def _confirmation_of(page: str, login: str) -> str:
    """Return where the account of this name is confirmed."""
    row = page.partition(f'data-login="{login}"')[2]
    found = _ACCOUNT_WAITS.search(row)
    if found is None:
        raise ExpectationFailed("An account that was proposed does not wait for a second person.")
    return found.group(1)


def _code_in(page: str) -> str:
    """Return the opening code that whoever confirmed is shown."""
    found = _OPENING_CODE.search(page)
    if found is None:
        raise ExpectationFailed("An account was confirmed, and no code was shown that opens it.")
    return found.group(1)


def register_cameras(address: str, people: People, keys: DemoKeys) -> None:
    """The region's site manager registers the site and hands in every camera's signed record."""
    with people.log_in(address, cast.SITE_MANAGER) as manager:
        opening = base64.b64encode(keys.site_opening.public).decode()
        site = {"site_id": SITE, "title": "The demonstration's site", "opening_public": opening}
        manager.post("/site/sites", site, page="/site/register")
        for record in camera_records():
            signed = keys.region.sign(Purpose.CAMERA, record.to_bytes())
            content = json.dumps(signed.to_json()).encode()
            manager.post("/site/cameras", files=[("record", content)], page="/site/register")


def give_grounds(address: str, people: People) -> None:
    """The region imports invented incidents as evidence, and hands in documents and signs for every camera."""
    file = invented_incidents(now=read_clocks().now)
    cameras = [record.camera_id for record in camera_records()]
    with people.log_in(address, cast.SITE_MANAGER) as manager:
        upload, page = [("incidents", file)], "/site/evidence"
        shown = manager.post(f"{page}/preview", {"threshold": "1.5"}, files=upload, page=page).text
        found = _PREVIEWED.search(shown)
        if found is None:
            raise ExpectationFailed("The evidence cannot be taken in.")
        manager.post(page, {"previewed": found.group(1), "threshold": "1.5"}, files=upload, page=page)
        for kind, document in invented_documents().items():
            fields = {"kind": kind, "camera": cameras}
            manager.post("/site/documents", fields, files=[("document", document)], page="/site/documents")


def ask_for_the_unlawful(address: str, people: People, photograph: bytes) -> tuple[Expectation, ...]:
    """Ask for four warrants that the law refuses, and report each refusal with its rule."""
    with people.log_in(address, cast.APPLICANT) as applicant:
        return tuple(_refusal(applicant, form) for form in unlawful(photograph, now=read_clocks().now))


def _refusal(applicant: Visitor, form: Form) -> Expectation:
    name = f"a warrant for {form.asks_for} is refused ({form.refused_by})"
    warrant = _draft(applicant, form)
    try:
        applicant.post(f"/legal/warrants/{warrant}/submit", page=f"/legal/warrants/{warrant}")
    except Refusal as refusal:
        held = refusal.status == 403 and f"{form.refused_by}" in refusal.sentence
        return Expectation(name=name, held=held, detail=refusal.sentence)
    return Expectation(name=name, held=False, detail="It was submitted.")


def _draft(applicant: Visitor, form: Form) -> str:
    answer = applicant.post("/legal/warrants", form.fields, files=form.files, page="/legal/new")
    found = _WARRANT.search(answer.url.path)
    if found is None:
        raise ExpectationFailed("The application was not kept.")
    return found.group(1)


def obtain_warrant(
    address: str, people: People, keys: DemoKeys, photograph: bytes, other: bytes
) -> tuple[str, Expectation]:
    """Apply, approve, have the court sign, bring it back, enrol from the photograph.

    Before that, try to enrol another picture of the same person, which the issuer never saw. Return the warrant's id,
    and whether that was refused.
    """
    warrant = grant(address, people, keys, lawful(photograph, now=read_clocks().now))
    with people.log_in(address, cast.APPLICANT) as applicant:
        swapped = _swap_refused(applicant, warrant, other)
        enrol(applicant, warrant, photograph)
        return warrant, swapped


def grant(address: str, people: People, keys: DemoKeys, form: Form) -> str:
    """Apply, approve, have the court sign, bring it back. Return the warrant's id."""
    with (
        people.log_in(address, cast.APPLICANT) as applicant,
        people.log_in(address, cast.LEGAL_OFFICER) as officer,
    ):
        warrant = _draft(applicant, form)
        page = f"/legal/warrants/{warrant}"
        applicant.post(f"{page}/submit", page=page)
        officer.post(f"{page}/approve", page=page)
        unsigned = officer.post(f"{page}/export", page=page).content
        signed = keys.issuer.sign(Purpose.WARRANT, unsigned)
        officer.post("/legal/issued", files=[("signed", json.dumps(signed.to_json()).encode())], page="/legal")
        return warrant


def enrol_volunteer(address: str, people: People, warrant: str, photograph: bytes) -> None:
    """Fill the warrant's one person slot from a photograph that the person gave."""
    with people.log_in(address, cast.APPLICANT) as applicant:
        enrol(applicant, warrant, photograph, provenance=VOLUNTEER)


def _swap_refused(applicant: Visitor, warrant: str, other: bytes) -> Expectation:
    name = "a picture that the issuer never saw is refused at enrolment (A3)"
    try:
        enrol(applicant, warrant, other)
    except Refusal as refusal:
        return Expectation(name=name, held=refusal.status == 403 and "A3" in refusal.sentence, detail=refusal.sentence)
    return Expectation(name=name, held=False, detail="It was enrolled.")


def enrol(applicant: Visitor, warrant: str, photograph: bytes, *, provenance: str = FAMILY) -> None:
    """Fill the warrant's one person slot from a photograph, and say where it comes from (A19, C2).

    Raises:
        Refusal: the photograph is not the one that the issuer saw, or not fit.
    """
    page = f"/legal/warrants/{warrant}"
    slot = _SLOT.search(applicant.read(page))
    if slot is None:
        raise ExpectationFailed("The warrant has no person slot to fill.")
    origin = origin_of_photograph(provenance, now=read_clocks().now)
    applicant.post(slot.group(1), origin, files=[("photograph", photograph)], page=page)


def come_on_shift(address: str, people: People, reviewers: Iterable[str]) -> None:
    """Let reviewers come on shift: without two of them nothing is lent."""
    for login in reviewers:
        with people.log_in(address, login) as reviewer:
            reviewer.post("/operator/shift", {"shift": "begin"}, page="/operator")


def start_deployment(address: str, people: People, warrant: str) -> None:
    """The legal officer looks at the report on the list, approves it, and puts the warrant into use (C2)."""
    page = f"/legal/warrants/{warrant}"
    approve_budget(address, people, warrant)
    with people.log_in(address, cast.LEGAL_OFFICER) as officer:
        officer.post(f"{page}/list", {"passages": _PASSAGES}, page=page)
        report = _REPORT.search(officer.read(f"{page}/list"))
        if report is None:
            raise ExpectationFailed("The report on the list offers no approval.")
        officer.post(f"{page}/list/approve", {"report": report.group(1)}, page=f"{page}/list")
        officer.post(f"{page}/start", page=page)


def approve_budget(address: str, people: People, warrant: str) -> None:
    """The legal officer approves one false alert a day, at the few passages that a day of this film has (C5)."""
    budget = {"warrant": warrant, "site": SITE, "expected": "1", "passages": _PASSAGES_A_DAY}
    with people.log_in(address, cast.LEGAL_OFFICER) as officer:
        officer.post("/running/budgets", budget, page="/running/budgets")


def hand_off(address: str, people: People, alert_id: str) -> Expectation:
    """Hand a lead to the patrol, which is shown the crop once and finds that it was this person (A9b)."""
    with people.log_in(address, cast.REVIEWERS[0]) as operator:
        page = f"/operator/alerts/{alert_id}/hand-off"
        patrol = _PATROL.search(operator.read(page))
        operator.post(page, {"patrol": patrol.group(1) if patrol else ""}, page=page)
    with people.log_in(address, cast.PATROL) as officer:
        handed = _HANDED_OFF.search(officer.read("/patrol"))
        page = handed.group(1) if handed else "/patrol/none"
        shown = _PICTURE.search(officer.post(f"{page}/open", page=page).text) is not None
        officer.post(f"{page}/acknowledge", page=page)
        again = _is_refused(officer, f"{page}/open", page)
        officer.post(f"{page}/outcome", {"found": "identity-right", "verified_by": "document"}, page=page)
        state = _STATE.findall(officer.read(page))
    return Expectation(
        name="a patrol is shown the crop once, verifies the identity, and says what it found (A9b)",
        held=shown and again and "concluded" in state,
        detail="one picture, shown once; identity right; the person is off the list",
    )


def _is_refused(visitor: Visitor, path: str, page: str) -> bool:
    try:
        visitor.post(path, page=page)
    except Refusal as refusal:
        return refusal.status == httpx.codes.FORBIDDEN
    return False


def revoke_warrant(address: str, people: People, warrant: str) -> None:
    """The legal officer revokes the warrant."""
    with people.log_in(address, cast.LEGAL_OFFICER) as officer:
        officer.post(
            f"/legal/warrants/{warrant}/revoke",
            {"sure": "yes", "why": "The person was found."},
            page=f"/legal/warrants/{warrant}",
        )


def revoke_while_it_runs(address: str, people: People, warrant: str, *, meanwhile: Callable[[], None]) -> Expectation:
    """Revoke the warrant while its leases run, and watch the page on which they are shown until none runs any more.

    `meanwhile` is done again and again until there are leases: the processes are looked after.
    """
    with people.log_in(address, cast.LEGAL_OFFICER) as officer:
        first, deadline = _last_comparison(officer), time.monotonic() + _LEASES_WITHIN
        # A renewal's receipt tells of a comparison: then it is in full swing.
        while time.monotonic() < deadline and (_running_leases(officer) == 0 or _last_comparison(officer) == first):
            meanwhile()
            time.sleep(0.2)
        before, began = read_clocks(), time.monotonic()
        page = f"/legal/warrants/{warrant}"
        officer.post(f"{page}/revoke", {"sure": "yes", "why": "The person was found."}, page=page)
        stopped = _until(lambda: _running_leases(officer) == 0, within=_STOP_SHOWN_WITHIN)
        shown = time.monotonic() - began
        last = _last_comparison(officer)
    late = (datetime.fromisoformat(last) - before.now).total_seconds() if last else 0.0
    return Expectation(
        name="a revocation while the film runs stops it on screen",
        held=stopped and late <= _STOPPED_WITHIN,
        detail=f"last comparison {max(0.0, late):.2f} s after it, all receipts on the page after {shown:.2f} s",
    )


def _last_comparison(officer: Visitor) -> str:
    return max(_LAST.findall(officer.read("/running/deployments")), default="")


def _running_leases(officer: Visitor) -> int:
    return sum(map(int, _RUNNING.findall(officer.read("/running/deployments"))))


def _until(holds: Callable[[], bool], *, within: float) -> bool:
    deadline = time.monotonic() + within
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return held


def list_alerts(address: str, people: People) -> tuple[AlertSeen, ...]:
    """Return every alert that a reviewer may know of, in the order of the film."""
    with people.log_in(address, cast.REVIEWERS[0]) as reviewer:
        found = dict.fromkeys(_ALERT.findall(reviewer.read("/operator")))
        alerts = [_alert(reviewer, alert_id) for alert_id in found]
    return tuple(sorted(alerts, key=lambda alert: alert.stream_time))


def _alert(reviewer: Visitor, alert_id: str) -> AlertSeen:
    html = reviewer.read(f"/operator/alerts/{alert_id}")
    state, at = _STATE.search(html), _STREAM_TIME.search(html)
    return AlertSeen(
        alert_id=alert_id,
        stream_time=float(at.group(1)) if at else -1.0,
        state=state.group(1) if state else "unknown",
    )


def review(address: str, people: People, answers: Sequence[tuple[str, str]]) -> tuple[Expectation, ...]:
    """Both reviewers look at these alerts, each by themselves, and then answer; report what they were not shown."""
    shown = [_look(address, people, login, alert_id) for login in cast.REVIEWERS for alert_id, _ in answers]
    # Nobody may answer sooner (E4).
    time.sleep(SWEDEN_2026.shortest_look.total_seconds())
    for login in cast.REVIEWERS:
        with people.log_in(address, login) as reviewer:
            for alert_id, support in answers:
                page = f"/operator/alerts/{alert_id}"
                reviewer.post(f"{page}/review", {**dict(_FEATURES), "support": support}, page=page)
    return tuple(shown)


def _look(address: str, people: People, login: str, alert_id: str) -> Expectation:
    page = f"/operator/alerts/{alert_id}"
    with people.log_in(address, login) as reviewer:
        shown = reviewer.post(f"{page}/look", page=page).text
    told = _PICTURE.sub("", shown).lower()
    withheld = not any(word in told for word in ("person a", "kidnapping", "score 0", "distance"))
    pictures = shown.count("data:image/png;base64,")
    return Expectation(
        name="a reviewer sees two pictures, and neither person, offence nor score, before answering",
        held=withheld and pictures == 2,
        detail=f"{pictures} pictures, withheld: {withheld}",
    )


def states_of(address: str, people: People, alerts: Sequence[AlertSeen]) -> tuple[str, ...]:
    """Return what became of each of these alerts."""
    with people.log_in(address, cast.REVIEWERS[0]) as reviewer:
        return tuple(_alert(reviewer, alert.alert_id).state for alert in alerts)


def counted(address: str, people: People, alerts: int) -> Expectation:
    """Read the camera's counts: who was not sought was followed, counted, and left nothing else."""
    deadline = time.monotonic() + _LAST_COUNTS_WITHIN
    with people.log_in(address, cast.REVIEWERS[0]) as reviewer:
        # The matcher reports counts every few seconds; those of the stream's end are the whole ones.
        while (found := _COUNTS.search(reviewer.read("/running/cameras"))) is None and time.monotonic() < deadline:
            time.sleep(0.5)
    tracks, probed = (int(found.group(1)), int(found.group(2))) if found else (0, 0)
    return Expectation(
        name="everybody else was counted, and only counted",
        held=alerts < probed <= tracks,
        detail=f"{tracks} faces followed, {probed} compared, {alerts} of them became alerts",
    )


def is_erased(address: str, people: People, alert_id: str) -> Expectation:
    """Ask for the pictures of a dismissed alert: they must be gone for a reviewer who has not looked yet, too."""
    name = "the dismissed alert cannot be looked at any more"
    page = f"/operator/alerts/{alert_id}"
    with people.log_in(address, cast.VISITORS[0]) as operator:
        try:
            operator.post(f"{page}/look", page="/operator")
        except Refusal as refusal:
            return Expectation(name=name, held=refusal.status in {403, 404, 409, 410}, detail=refusal.sentence)
    return Expectation(name=name, held=False, detail="It was shown.")
