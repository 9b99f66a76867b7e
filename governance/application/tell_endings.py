"""Tell a site which warrants their issuers rejected or took back, in the issuers' own signed words (A8).

A site verifies them and never honours such a warrant again, whatever governance says later: not even a governance that
was restored from a copy of before. They are told with every answer, as a site may have been away.
"""

import json
from collections.abc import Iterator

from contracts.lease_request import LeaseRequest
from contracts.signature import Signed
from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.domain.identifiers import SiteId
from governance.domain.papers import ENDS, Paper


def endings_for(governance: Governance, request: Signed) -> tuple[Signed, ...]:
    """Return the signed ends of all warrants that were in use at this site. `request` was verified before."""
    site_id = SiteId(LeaseRequest.from_bytes(request.payload).site_id)
    with governance.database.transaction() as tx:
        return tuple(_signed(paper) for paper in _endings(tx) if _was_used_at(tx, paper, site_id))


def _endings(tx: Transaction) -> Iterator[Paper]:
    for kind in sorted(ENDS):
        yield from tx.papers.where(kind=kind)


def _was_used_at(tx: Transaction, paper: Paper, site_id: SiteId) -> bool:
    cameras = {camera.camera_id for camera in tx.cameras.where(site_id=site_id)}
    return any(cameras & one.cameras for one in tx.deployments.where(warrant_id=paper.warrant_id))


def _signed(paper: Paper) -> Signed:
    return Signed.from_json(json.loads(paper.openly or "null"))
