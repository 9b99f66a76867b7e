"""What the database refuses about accounts and certificates, which two people bring into force (B6, B14, E7)."""

from collections.abc import Iterable
from typing import Final

from governance.adapters.db.guard import Guard
from governance.domain.organisations import BELONGS
from governance.domain.roles import CONFIRMS, Role

IN_FORCE: Final = "a.confirmed_by IS NOT NULL AND a.opening_hash IS NULL AND a.withdrawn_at IS NULL"
"""The account `a` was confirmed and opened, and nobody withdrew it."""
_CONFIRMED_NOW: Final = "OLD.confirmed_by IS NULL AND NEW.confirmed_by IS NOT NULL"
_OPENED_NOW: Final = "OLD.opening_hash IS NOT NULL AND NEW.opening_hash IS NULL"


def _foreign_roles() -> str:
    """Return the condition that an account has a role of another organisation than its own (B6, B14)."""
    return " OR ".join(
        f"((' ' || NEW.roles || ' ') LIKE '% {role.value} %' AND NEW.organisation <> '{owner.value}')"
        for role, owner in BELONGS.items()
    )


def _confirmed_by_no_such_role() -> str:
    """Return the condition that whoever confirms has no role that may confirm a role of the account (B14)."""
    return " OR ".join(
        f"((' ' || NEW.roles || ' ') LIKE '% {role.value} %' AND NOT EXISTS (SELECT 1 FROM accounts a"  # noqa: S608 (of our roles)
        f" WHERE a.account_id = NEW.confirmed_by AND ({_one_of(allowed)})){_unless_the_founding(role)})"
        for role, allowed in CONFIRMS.items()
    )


def _one_of(roles: Iterable[Role]) -> str:
    return " OR ".join(f"(' ' || a.roles || ' ') LIKE '% {role.value} %'" for role in sorted(roles))


def _unless_the_founding(role: Role) -> str:
    """Return what excuses the first auditor: no auditor's account was ever opened, and an administrator confirms."""
    if role is not Role.AUDITOR:
        return ""
    return (
        f" AND (EXISTS (SELECT 1 FROM accounts a WHERE ({_one_of([role])}) AND a.confirmed_by IS NOT NULL"  # noqa: S608 (of our roles)
        " AND a.opening_hash IS NULL) OR NOT EXISTS (SELECT 1 FROM accounts a WHERE a.account_id = NEW.confirmed_by"
        f" AND ({_one_of([Role.ADMINISTRATOR])})))"
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
        condition="NEW.certified_until IS NOT NULL OR NEW.opening_hash IS NOT NULL OR (NEW.confirmed_by IS NOT NULL"
        " AND (SELECT count(*) FROM accounts a WHERE a.confirmed_by IS NOT NULL AND a.withdrawn_at IS NULL) >= 2)",
        sentence="an account begins as a proposal (B14)",
    ),
    Guard(
        name="accounts_confirmed_by_somebody_in_force",
        table="accounts",
        operation="UPDATE",
        condition=f"{_CONFIRMED_NOW} AND NOT EXISTS (SELECT 1 FROM accounts a"  # noqa: S608 (of our words)
        f" WHERE a.account_id = NEW.confirmed_by AND {IN_FORCE})",
        sentence="an account is confirmed by somebody whose own is in force (B14)",
    ),
    Guard(
        name="accounts_confirmed_by_a_role_that_may",
        table="accounts",
        operation="UPDATE",
        condition=f"{_CONFIRMED_NOW} AND ({_confirmed_by_no_such_role()})",
        sentence="an account is confirmed by a role that may confirm its own (B14)",
    ),
    Guard(
        name="accounts_wait_for_their_owner",
        table="accounts",
        operation="UPDATE",
        condition=f"({_CONFIRMED_NOW} AND NEW.opening_hash IS NULL)"
        f" OR (OLD.opening_hash IS NULL AND NEW.opening_hash IS NOT NULL AND NOT ({_CONFIRMED_NOW}))"
        " OR (OLD.opening_hash IS NOT NULL AND NEW.opening_hash IS NOT NULL AND OLD.opening_hash <> NEW.opening_hash)",
        sentence="an account waits for its owner from its confirmation on, with one opening code (B14)",
    ),
    Guard(
        name="accounts_opened_with_a_password_of_their_own",
        table="accounts",
        operation="UPDATE",
        condition=f"{_OPENED_NOW} AND NEW.password_hash = OLD.password_hash",
        sentence="whoever opens an account puts a password of their own in place of the first (B14)",
    ),
    Guard(
        name="accounts_keep_their_password",
        table="accounts",
        operation="UPDATE",
        condition="NEW.password_hash <> OLD.password_hash AND (OLD.confirmed_by IS NULL OR NEW.withdrawn_at IS NOT NULL"
        " OR NEW.opening_hash IS NOT NULL"
        " OR EXISTS (SELECT 1 FROM sessions s WHERE s.account_id = NEW.account_id))",
        sentence="a password changes with the opening, or afterwards when every session of the account has ended (B14)",
    ),
    Guard(
        name="sessions_of_accounts_in_force",
        table="sessions",
        operation="INSERT",
        condition=f"NOT EXISTS (SELECT 1 FROM accounts a WHERE a.account_id = NEW.account_id AND {IN_FORCE})",  # noqa: S608 (of our words)
        sentence="a session is of an account that its owner opened (B14)",
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
        name="certificates_confirmed_by_somebody_in_force",
        table="certificates",
        operation="UPDATE",
        condition=f"{_CONFIRMED_NOW} AND (NEW.confirmed_by = NEW.proposed_by OR NEW.confirmed_by = NEW.account_id"  # noqa: S608 (of our words)
        f" OR NOT EXISTS (SELECT 1 FROM accounts a WHERE a.account_id = NEW.confirmed_by AND {IN_FORCE}))",
        sentence="a certificate is confirmed by another person, whose account is in force (E7)",
    ),
    Guard(
        name="certificates_keep_their_confirmation",
        table="certificates",
        operation="UPDATE",
        condition="OLD.confirmed_by IS NOT NULL AND (NEW.confirmed_by IS NULL OR NEW.confirmed_by <> OLD.confirmed_by)",
        sentence="a confirmed certificate stands (E7)",
    ),
)
