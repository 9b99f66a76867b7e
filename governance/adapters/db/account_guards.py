"""What the database refuses about accounts and certificates, which two people bring into force (B6, B14, E7)."""

from typing import Final

from governance.adapters.db.guard import Guard
from governance.domain.organisations import BELONGS


def _foreign_roles() -> str:
    """Return the condition that an account has a role of another organisation than its own (B6, B14)."""
    return " OR ".join(
        f"((' ' || NEW.roles || ' ') LIKE '% {role.value} %' AND NEW.organisation <> '{owner.value}')"
        for role, owner in BELONGS.items()
    )


ACCOUNT_GUARDS: Final = (
    Guard(
        name="accounts_of_one_organisation",
        table="accounts",
        operation="INSERT",
        condition=_foreign_roles(),
        sentence="an account has roles of its own organisation alone (B14)",
    ),
    Guard(
        name="accounts_begin_as_proposals",
        table="accounts",
        operation="INSERT",
        condition="NEW.certified_until IS NOT NULL OR (NEW.confirmed_by IS NOT NULL"
        " AND (SELECT count(*) FROM accounts a WHERE a.confirmed_by IS NOT NULL AND a.withdrawn_at IS NULL) >= 2)",
        sentence="an account begins as a proposal (B14)",
    ),
    Guard(
        name="accounts_confirmed_by_somebody_in_force",
        table="accounts",
        operation="UPDATE",
        condition="OLD.confirmed_by IS NULL AND NEW.confirmed_by IS NOT NULL AND NOT EXISTS (SELECT 1 FROM accounts a"
        " WHERE a.account_id = NEW.confirmed_by AND a.confirmed_by IS NOT NULL AND a.withdrawn_at IS NULL)",
        sentence="an account is confirmed by somebody whose own is in force (B14)",
    ),
    Guard(
        name="accounts_keep_what_two_people_said",
        table="accounts",
        operation="UPDATE",
        condition="(OLD.confirmed_by IS NOT NULL AND (NEW.confirmed_by IS NULL"
        " OR NEW.confirmed_by <> OLD.confirmed_by OR NEW.confirmed_at <> OLD.confirmed_at))"
        " OR (OLD.withdrawn_at IS NOT NULL AND (NEW.withdrawn_at IS NULL OR NEW.withdrawn_at <> OLD.withdrawn_at))",
        sentence="a confirmation and a withdrawal stand (B14)",
    ),
    Guard(
        name="accounts_certified_by_a_certificate",
        table="accounts",
        operation="UPDATE",
        condition="NEW.certified_until IS NOT NULL"
        " AND (OLD.certified_until IS NULL OR OLD.certified_until <> NEW.certified_until)"
        " AND NOT EXISTS (SELECT 1 FROM certificates c WHERE c.account_id = NEW.account_id"
        " AND c.ends_at = NEW.certified_until AND c.confirmed_by IS NOT NULL)",
        sentence="a reviewer is certified by a certificate that two people gave (E7)",
    ),
    Guard(
        name="certificates_begin_as_proposals",
        table="certificates",
        operation="INSERT",
        condition="NEW.confirmed_by IS NOT NULL",
        sentence="a certificate begins as a proposal (E7)",
    ),
    Guard(
        name="certificates_keep_their_confirmation",
        table="certificates",
        operation="UPDATE",
        condition="OLD.confirmed_by IS NOT NULL AND (NEW.confirmed_by IS NULL OR NEW.confirmed_by <> OLD.confirmed_by)",
        sentence="a confirmed certificate stands (E7)",
    ),
)
