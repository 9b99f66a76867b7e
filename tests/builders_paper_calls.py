"""The calls of what follows an application: files, the supervisor's question, papers, a late registration."""

import json
from collections.abc import Sequence
from dataclasses import replace

from contracts.signature import Signed
from governance.application.application_file import application_to_file
from governance.application.queries import read_warrant
from governance.domain.identifiers import WarrantId
from tests.builders_applications import an_application
from tests.builders_call import Call, a_post, noted, of_warrant
from tests.builders_warrants import (
    a_begun_urgent,
    a_clearance,
    a_receipt,
    a_rejection,
    a_revocation,
    an_amendment,
    an_urgent_application,
)
from tests.builders_web import A_PDF, WebHouse


def paper_calls(web: WebHouse) -> list[Call]:
    """What follows an application: files, the supervisor's question, papers, a late registration."""
    world = web.as_world()
    drafted, read = web.draft(decision=None), web.draft()
    asked, cleared, amended, revoked = (
        an_urgent_application(world),
        an_urgent_application(world),
        web.issued(),
        web.issued(),
    )
    (begun, act), (rejected, its_act) = a_begun_urgent(world, registration_number="pending"), a_begun_urgent(world)
    papers = (
        ("clearance", a_clearance(world, cleared)),
        ("receipt", a_receipt(world, begun, act)),
        ("amendment", an_amendment(world, amended, act_of(web, amended), web.slot_of(amended), b"another photograph")),
        ("rejection", a_rejection(world, rejected, its_act)),
        ("revocation", a_revocation(world, revoked, act_of(web, revoked))),
    )
    return [
        noted(
            a_post(
                "anna",
                "/legal/applications",
                "/legal/applications",
                None,
                (("application", ("a.json", application_to_file(an_application()))), ("decision", ("d.pdf", A_PDF))),
            ),
            "(file)",
        ),
        a_post(
            "anna",
            f"/legal/warrants/{drafted}/attach",
            "/legal/warrants/{warrant_id}/attach",
            None,
            (("decision", ("d.pdf", A_PDF)),),
        ),
        *(replace(of_warrant("anna", read, step), expected=200) for step in ("application", "decision")),
        replace(of_warrant("lisa", asked, "ask"), expected=200),
        *(
            noted(
                a_post("lisa", "/legal/papers", "/legal/papers", None, _file(paper)),
                f"({kind})",
            )
            for kind, paper in papers
        ),
        of_warrant("lisa", begun, "register", {"number": "EU-9"}),
    ]


def act_of(web: WebHouse, warrant: WarrantId) -> str:
    """Return the hash of a warrant's act."""
    return read_warrant(web.running.governance, web.people["lisa"], warrant).value.act_sha256 or ""


def _file(record: Signed) -> Sequence[tuple[str, tuple[str, bytes]]]:
    return (("signed", ("p.json", json.dumps(record.to_json()).encode())),)
