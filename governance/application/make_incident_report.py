"""Make the report of one serious incident, with its timers (A18)."""

from governance.application.governance import Governance
from governance.application.make_report import hand_out
from governance.application.procedure import acting
from governance.application.released import Released
from governance.application.reports.incident import incident_report
from governance.application.reports.report import Report
from governance.application.vault import for_step, is_standing, reveal
from governance.domain.identifiers import AccountId, IncidentId
from governance.domain.roles import Action


def make_incident_report(governance: Governance, actor: AccountId, incident_id: IncidentId) -> Released[Report]:
    """A18: return the report of one incident. Opening what happened is an entry, and so is handing it out.

    Raises:
        Refused: this role reads none.
        NotFound: there is no such incident.
        StorageFailed: log or vault do not answer; nothing is shown.
    """
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.INCIDENT_READ)
        incident = tx.serious_incidents.get(incident_id)
        about = {"actor": actor, "incident": incident.incident_id}
        what = None
        if is_standing(governance, tx, incident.what):
            what = reveal(governance, tx, incident.what, for_step("incident", about)).decode()
    report = incident_report(incident, what, governance.legal, demo=governance.demo, now=governance.clock.now())
    return hand_out(governance, actor, report, {"incident": incident.incident_id})
