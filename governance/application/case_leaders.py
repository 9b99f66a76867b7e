"""Who leads a case, or ever led it: remembered under a keyed tag, so that the database alone names no case (0.4).

The key is a file of its own, which a new lease key does not touch. Beside each remembered leader stands which key it
was, as a hash: with another key nothing starts, because everybody would be forgotten.
"""

import hashlib
import hmac
from dataclasses import dataclass

from governance.application.governance import Governance
from governance.application.ports import Transaction
from governance.domain.independence import NOBODY, CaseLeader, CaseLeaderKey
from governance.domain.retention import DataClass, expiry


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedKeys:
    """Whether anybody is remembered, and under which keys, each by its hash."""

    anybody: bool
    checks: frozenset[str]


def remember_leader(governance: Governance, tx: Transaction, case_reference: str, leader: str) -> None:
    """Remember who leads a case now. Whoever is remembered stays barred from issuing in it."""
    tag = _case_tag(governance, case_reference)
    if leader.strip() in {"", NOBODY} or tx.case_leaders.find((tag, leader)) is not None:
        return
    now = governance.clock.now()
    remembered = CaseLeader(
        case_tag=tag, leader=leader, created_at=now, expires_at=expiry(DataClass.LOG_CONTEXT, created_at=now)
    )
    tx.case_leaders.add(remembered)
    tx.case_leader_keys.add(_under(remembered, governance.case_key))


def leaders_of(governance: Governance, tx: Transaction, case_reference: str) -> frozenset[str]:
    """Return everybody who leads this case or led it, as far back as records go."""
    return frozenset(one.leader for one in tx.case_leaders.where(case_tag=_case_tag(governance, case_reference)))


def remembered_keys(tx: Transaction) -> RememberedKeys:
    """Return under which keys former leaders are remembered."""
    return RememberedKeys(
        anybody=bool(tx.case_leaders.where()), checks=frozenset(one.key_check for one in tx.case_leader_keys.where())
    )


def say_which_key(tx: Transaction, key: bytes) -> None:
    """Say beside everybody who was remembered before keys were told apart which key it is. The caller commits."""
    for one in tx.case_leaders.where():
        if tx.case_leader_keys.find((one.case_tag, one.leader)) is None:
            tx.case_leader_keys.add(_under(one, key))


def key_check(key: bytes) -> str:
    """Return a key's hash: it tells keys apart and opens nothing."""
    return hashlib.sha256(b"insyn/case-key-check/1\x00" + key).hexdigest()


def key_of_before(lease_seed: bytes) -> bytes:
    """Return the key that versions before this file derived from governance's lease key."""
    return hashlib.sha256(b"insyn/case-tag/1\x00" + lease_seed).digest()


def _under(remembered: CaseLeader, key: bytes) -> CaseLeaderKey:
    return CaseLeaderKey(
        case_tag=remembered.case_tag,
        leader=remembered.leader,
        key_check=key_check(key),
        created_at=remembered.created_at,
        expires_at=remembered.expires_at,
    )


def _case_tag(governance: Governance, case_reference: str) -> str:
    said = " ".join(case_reference.casefold().split()).encode()
    return hmac.new(governance.case_key, said, hashlib.sha256).hexdigest()
