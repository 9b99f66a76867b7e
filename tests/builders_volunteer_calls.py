"""The calls of seeded volunteers: the page, and every step of a run on a closed site."""

from typing import Final

from contracts.run_papers import RunPapers
from governance.application.volunteer_runs import ApproveRun, ProposeRun, approve_run, propose_run
from governance.domain.identifiers import AccountId
from tests.builders_call import Call, a_get, a_post
from tests.builders_contracts import CAMERA, TrustedSite
from tests.builders_seeded import run_papers
from tests.builders_volunteers import a_closure
from tests.builders_web import WebHouse

_PAGE: Final = "/running/volunteers"
NAMES: Final = ("v1", "v2")


def volunteer_calls(web: WebHouse) -> list[Call]:
    """Propose, approve, announce, withdraw, end."""
    under_way, to_approve = _run(web, "under-way"), _run(web, "to-approve")
    approve_run(web.running.governance, ApproveRun(actor=web.people["dora"], run_id=under_way))
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
        a_post("lisa", f"{_PAGE}/{under_way}/passes", f"{_PAGE}/{{run_id}}/passes", seeded),
        a_post("dora", f"{_PAGE}/people/under-way-v2/withdraw", f"{_PAGE}/people/{{volunteer_id}}/withdraw"),
        a_post("arne", f"{_PAGE}/{under_way}/end", f"{_PAGE}/{{run_id}}/end"),
    ]


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
