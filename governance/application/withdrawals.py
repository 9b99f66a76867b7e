"""What governance signs when a volunteer withdrew, kept with their run until it is over: the site is shown it (C11)."""

from datetime import datetime

from contracts.canonical import decode, encode
from contracts.signature import Purpose, Signed
from contracts.vocabulary import VolunteerId as ContractVolunteerId
from contracts.volunteers import ConsentWithdrawal
from governance.application.governance import Governance
from governance.domain.identifiers import VolunteerId
from governance.domain.volunteers import VolunteerRun


def signed_withdrawals(run: VolunteerRun) -> tuple[Signed, ...]:
    """Return what was signed of everybody who withdrew from this run."""
    return () if run.withdrawals is None else tuple(Signed.from_json(one) for one in decode(run.withdrawals))


def with_withdrawal(governance: Governance, run: VolunteerRun, volunteer_id: VolunteerId, *, now: datetime) -> bytes:
    """Sign that a volunteer of a run withdrew; return it with what was signed before, as it is kept."""
    withdrawal = ConsentWithdrawal(run_id=run.run_id, volunteer_id=ContractVolunteerId(volunteer_id), withdrawn_at=now)
    signed = governance.lease_key.sign(Purpose.CONSENT_WITHDRAWAL, withdrawal.to_bytes())
    return encode([one.to_json() for one in (*signed_withdrawals(run), signed)])
