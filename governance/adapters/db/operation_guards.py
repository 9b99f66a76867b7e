"""What the database refuses about drift that people explain, and on what a profile goes on (A18, P4)."""

from typing import Final

from governance.adapters.db.guard import Guard
from governance.adapters.db.kept_guards import other

OPERATION_GUARDS: Final = (
    Guard(
        name="profile_suspensions_lifted_on_the_report_that_was_named",
        table="profile_suspensions",
        operation="UPDATE",
        condition=f"OLD.lifted_at IS NULL AND NEW.lifted_at IS NOT NULL AND ({other('lift_report_sha256')})",
        sentence="a suspended model profile goes on by the report with which it was asked for (A18, P4)",
    ),
    Guard(
        name="drift_explanations_begin_unagreed",
        table="drift_explanations",
        operation="INSERT",
        condition="NEW.agreed_by IS NOT NULL",
        sentence="nobody explains a month alone (A18)",
    ),
    Guard(
        name="drift_explanations_by_two_organisations",
        table="drift_explanations",
        operation="UPDATE",
        condition="NEW.agreed_by IS NOT NULL AND EXISTS (SELECT 1 FROM accounts a JOIN accounts b"
        " ON b.organisation = a.organisation WHERE a.account_id = NEW.explained_by AND b.account_id = NEW.agreed_by)",
        sentence="a month is explained by people of two organisations (A18)",
    ),
)
