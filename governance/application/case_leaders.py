"""Who leads a case, or ever led it: remembered under a keyed tag, so that the database alone names no case (0.4)."""

import hashlib
import hmac

from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.domain.independence import NOBODY, CaseLeader
from governance.domain.retention import DataClass, expiry


def remember_leader(governance: Governance, tx: Transaction, case_reference: str, leader: str) -> None:
    """Remember who leads a case now. Whoever is remembered stays barred from issuing in it."""
    tag = _case_tag(governance, case_reference)
    if leader.strip() in {"", NOBODY} or tx.case_leaders.find((tag, leader)) is not None:
        return
    now = governance.clock.now()
    tx.case_leaders.add(
        CaseLeader(
            case_tag=tag, leader=leader, created_at=now, expires_at=expiry(DataClass.LOG_CONTEXT, created_at=now)
        )
    )


def leaders_of(governance: Governance, tx: Transaction, case_reference: str) -> frozenset[str]:
    """Return everybody who leads this case or led it, as far back as records go."""
    return frozenset(one.leader for one in tx.case_leaders.where(case_tag=_case_tag(governance, case_reference)))


def _case_tag(governance: Governance, case_reference: str) -> str:
    key = hashlib.sha256(b"insyn/case-tag/1\x00" + governance.lease_key.seed).digest()
    return hmac.new(key, " ".join(case_reference.casefold().split()).encode(), hashlib.sha256).hexdigest()
