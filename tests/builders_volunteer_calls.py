"""The calls of seeded volunteers: the page, every step of a run on a closed site, and what its site asks and tells."""

import secrets
from dataclasses import replace
from typing import Final

from contracts.lease_request import LeaseRequest
from contracts.run_papers import RunPapers
from contracts.signature import Purpose, Signed
from contracts.site_stop import SiteStop
from governance.application.enrol_volunteer import EnrolVolunteer, enrol_volunteer
from governance.application.issue_lease import issue_leases
from governance.application.stop_at_site import take_site_stop
from governance.application.volunteer_runs import ApproveRun, ProposeRun, approve_run, propose_run
from governance.domain.identifiers import AccountId, VolunteerId
from tests.builders_call import Call, a_get, a_machine, a_post, noted
from tests.builders_contracts import CAMERA, SITE, TrustedSite
from tests.builders_seeded import picture_of, run_papers, sightings
from tests.builders_volunteers import a_closure
from tests.builders_web import WebHouse

_PAGE: Final = "/running/volunteers"
NAMES: Final = ("v1", "v2")
_PHOTOGRAPH: Final = f"{_PAGE}/people/{{volunteer_id}}/photograph"
_WITHDRAW: Final = f"{_PAGE}/people/{{volunteer_id}}/withdraw"


def volunteer_calls(web: WebHouse) -> list[Call]:
    """Propose, approve, enrol, announce, lend, take in what was seen, withdraw, end."""
    under_way, to_approve, to_end = _run(web, "under-way"), _run(web, "to-approve"), _run(web, "to-end")
    for run_id in (under_way, to_end):
        approve_run(web.running.governance, ApproveRun(actor=web.people["dora"], run_id=run_id))
    enrol(web, "to-end-v1")
    papers = the_papers(web.world, "to-propose").to_bytes()
    seeded = {
        "volunteer": "under-way-v1",
        "camera": CAMERA,
        "from": "2026-03-02T12:30",
        "until": "2026-03-02T12:35",
    }
    return [
        a_get("lisa", _PAGE),
        a_post("lisa", _PAGE, _PAGE, None, (("papers", ("run.json", papers)),)),
        a_post("dora", f"{_PAGE}/{to_approve}/approve", f"{_PAGE}/{{run_id}}/approve"),
        replace(
            a_post("lisa", f"{_PAGE}/people/under-way-v1/photograph", _PHOTOGRAPH, None, (photograph("under-way-v1"),)),
            expected=200,
        ),
        a_post("lisa", f"{_PAGE}/{under_way}/passes", f"{_PAGE}/{{run_id}}/passes", seeded),
        a_machine("/api/site/leases", lambda: lease_request(web), "(runs)"),
        replace(a_machine("/api/site/volunteer-sightings", lambda: _seen(web)), expected=204),
        noted(a_post("dora", f"{_PAGE}/people/under-way-v1/withdraw", _WITHDRAW), "(enrolled and lent)"),
        noted(a_post("dora", f"{_PAGE}/people/under-way-v2/withdraw", _WITHDRAW), "(the last)"),
        a_post("arne", f"{_PAGE}/{to_end}/end", f"{_PAGE}/{{run_id}}/end"),
    ]


def photograph(name: str) -> tuple[str, tuple[str, bytes]]:
    """Return the file of a form that holds a volunteer's photograph."""
    return "photograph", ("v.jpg", picture_of(name))


def enrol(web: WebHouse, name: str) -> None:
    """Let the legal officer bring this volunteer's photograph."""
    command = EnrolVolunteer(actor=web.people["lisa"], volunteer_id=VolunteerId(name), photograph=picture_of(name))
    enrol_volunteer(web.running.governance, command)


def lease_request(web: WebHouse) -> dict[str, object]:
    """Return the site's signed request for its first camera, with a fresh nonce."""
    asked = LeaseRequest(site_id=SITE, camera_id=CAMERA, nonce=secrets.token_hex(32), asked_at=web.clock.now())
    return web.world.site.sign(Purpose.LEASE_REQUEST, asked.to_bytes()).to_json()


def a_run_at_a_stopped_site(web: WebHouse) -> None:
    """Lend a run to the first camera, and have somebody press stop at the site."""
    run_id = _run(web, "stopped")
    approve_run(web.running.governance, ApproveRun(actor=web.people["dora"], run_id=run_id))
    enrol(web, "stopped-v1")
    lent = issue_leases(web.running.governance, Signed.from_json(lease_request(web)))
    assert lent is not None
    assert lent.value.runs
    stop = SiteStop(site_id=SITE, stop_id="beside-a-run", pressed_at=web.clock.now())
    take_site_stop(web.running.governance, web.world.site.sign(Purpose.SITE_STOP, stop.to_bytes()))


def _seen(web: WebHouse) -> dict[str, object]:
    seen = ("under-way-v1", web.clock.now())
    return sightings(web.world, web.clock.now(), seen, run_id="under-way", camera_id=CAMERA).to_json()


def the_papers(world: TrustedSite, run_id: str) -> RunPapers:
    """Return the trustee's file for a run of its own volunteers at the house's first camera."""
    return run_papers(
        world,
        names=[f"{run_id}-{name}" for name in NAMES],
        closure=a_closure(cameras=(CAMERA,)),
        cameras=(CAMERA,),
        run_id=run_id,
    )


def _run(web: WebHouse, run_id: str) -> str:
    actor: AccountId = web.people["lisa"]
    return propose_run(web.running.governance, ProposeRun(actor=actor, papers=the_papers(web.world, run_id)))
