"""Lend live warrants to one camera of one site for at most a minute (invariant 2)."""

from contracts.lease_request import LeaseAnswer
from contracts.signature import Signed
from governance.application.governance import Governance


def issue_leases(governance: Governance, request: Signed) -> LeaseAnswer:
    """Answer a site's signed request: one authorisation per live deployment that names the camera; none means no.

    Raises:
        NotUnderstood: the request is malformed, or not signed by the pinned key of the site it names (answer 403).
        Refused: the nonce was used before, or the request is too old.
    """
    raise NotImplementedError
