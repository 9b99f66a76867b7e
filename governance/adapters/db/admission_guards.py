"""What the database refuses about a suspended model profile (P4), a part of `governance.adapters.db.guards`."""

from typing import Final

from governance.adapters.db.guard import Guard

_GOES_ON: Final = "OLD.lifted_at IS NULL AND NEW.lifted_at IS NOT NULL"

ADMISSION_GUARDS: Final = (
    Guard(
        name="profile_suspensions_begin_unlifted",
        table="profile_suspensions",
        operation="INSERT",
        condition="NEW.lift_asked_by IS NOT NULL OR NEW.lifted_by IS NOT NULL OR NEW.lifted_at IS NOT NULL",
        sentence="a suspension begins with nobody having let the profile go on (P4)",
    ),
    Guard(
        name="profile_suspensions_lifted_by_two",
        table="profile_suspensions",
        operation="UPDATE",
        condition=f"{_GOES_ON} AND (OLD.lift_asked_by IS NULL OR NEW.lift_asked_by IS NULL"
        " OR NEW.lift_asked_by <> OLD.lift_asked_by OR NEW.lifted_by IS NULL OR NEW.lifted_by = NEW.lift_asked_by)",
        sentence="a suspended model profile goes on by two people, one after the other (P4)",
    ),
    Guard(
        name="profile_suspensions_lifted_by_two_organisations",
        table="profile_suspensions",
        operation="UPDATE",
        condition=f"{_GOES_ON} AND EXISTS (SELECT 1 FROM accounts a"  # noqa: S608 (own words)
        " JOIN accounts b ON b.organisation = a.organisation"
        " WHERE a.account_id = NEW.lift_asked_by AND b.account_id = NEW.lifted_by)",
        sentence="a suspended model profile goes on by people of two organisations (P4)",
    ),
    Guard(
        name="profile_suspensions_stay_lifted",
        table="profile_suspensions",
        operation="UPDATE",
        condition="OLD.lifted_at IS NOT NULL AND (NEW.lifted_at IS NULL OR NEW.lifted_at <> OLD.lifted_at"
        " OR NEW.lifted_by <> OLD.lifted_by OR NEW.lift_asked_by IS NULL OR NEW.lift_asked_by <> OLD.lift_asked_by)",
        sentence="who let a model profile go on, and when, does not change (P4)",
    ),
    Guard(
        name="profile_suspensions_stay_until_lifted",
        table="profile_suspensions",
        operation="DELETE",
        condition="OLD.lifted_at IS NULL",
        sentence="a suspension of a model profile is kept for as long as it stands (P4)",
    ),
)
