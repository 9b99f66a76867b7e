"""The tables of seeded volunteers, a part of `governance.adapters.db.tables` (C11, C16). No name stands in them."""

from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Integer, LargeBinary, Text, false

from governance.adapters.db.base_tables import a_table, one_of
from governance.adapters.db.types import Choice, Instant, Words
from governance.domain.retention import DataClass
from governance.domain.volunteers import Age, RunMode, RunState, Sex, Skin

VOLUNTEER_RUNS: Final = a_table(
    "volunteer_runs",
    DataClass.VOLUNTEER,
    Column("run_id", Text, primary_key=True),
    Column("site_id", Text, ForeignKey("sites.site_id"), nullable=False),
    Column("mode", Choice(RunMode), nullable=False),
    Column("rests_on_sha256", Text, nullable=False),
    # No foreign key: a run is kept as long as its class says, whatever becomes of the warrant.
    Column("warrant_id", Text),
    Column("cameras", Words, nullable=False),
    Column("begins_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("profile_sha256", Text, nullable=False),
    Column("papers", LargeBinary, nullable=False),
    Column("state", Choice(RunState), nullable=False),
    Column("proposed_by", Text, ForeignKey("accounts.account_id"), nullable=False),
    Column("approved_by", Text, ForeignKey("accounts.account_id")),
    Column("approved_at", Instant),
    Column("ended_at", Instant),
    Column("withdrew", Integer, nullable=False, server_default="0"),
    Column("unannounced", Integer, nullable=False, server_default="0"),
    # What governance signed of each withdrawal, for the site; nothing where nobody withdrew, or the run is over.
    Column("withdrawals", LargeBinary),
    one_of("mode", [one.value for one in RunMode]),
    one_of("state", [one.value for one in RunState]),
    # C16: there is no third thing that a run could rest on.
    CheckConstraint("(mode = 'inside-warrant') = (warrant_id IS NOT NULL)", name="closed_or_inside_a_warrant"),
    CheckConstraint(
        "(approved_by IS NULL) = (approved_at IS NULL) AND (approved_by IS NULL OR approved_by <> proposed_by)"
        " AND (state <> 'approved' OR approved_by IS NOT NULL)",
        name="approved_by_another",
    ),
    CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_when_it_says_so"),
    # C11: a week at most, in milliseconds as instants are kept.
    CheckConstraint("ends_at > begins_at AND ends_at - begins_at <= 604800000", name="a_week_at_most"),
    CheckConstraint("withdrew >= 0 AND unannounced >= 0", name="counted_from_nothing"),
)

VOLUNTEERS: Final = a_table(
    "volunteers",
    DataClass.VOLUNTEER,
    Column("volunteer_id", Text, primary_key=True),
    Column("run_id", Text, ForeignKey("volunteer_runs.run_id"), nullable=False, index=True),
    Column("reference_id", Text, nullable=False, unique=True),
    Column("photograph_sha256", Text, nullable=False),
    Column("consent_sha256", Text, nullable=False, unique=True),
    Column("of_age", Boolean, nullable=False),
    Column("given_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("sex", Choice(Sex)),
    Column("age", Choice(Age)),
    Column("skin", Choice(Skin)),
    CheckConstraint("of_age", name="no_child"),
    # C11: thirty days at most.
    CheckConstraint("until > given_at AND until - given_at <= 2592000000", name="consents_for_thirty_days"),
    one_of("sex", [one.value for one in Sex]),
    one_of("age", [one.value for one in Age]),
    one_of("skin", [one.value for one in Skin]),
)

VOLUNTEER_REFERENCES: Final = a_table(
    "volunteer_references",
    DataClass.VOLUNTEER,
    Column("volunteer_id", Text, ForeignKey("volunteers.volunteer_id"), primary_key=True),
    Column("run_id", Text, ForeignKey("volunteer_runs.run_id"), nullable=False, index=True),
    Column("photograph_sha256", Text, nullable=False),
    # No foreign key: what is erased is gone before the row that names it.
    Column("boxes", Text, nullable=False),
)

RUN_LEASES: Final = a_table(
    "run_leases",
    DataClass.VOLUNTEER,
    Column("lease_id", Text, primary_key=True),
    Column("run_id", Text, ForeignKey("volunteer_runs.run_id"), nullable=False, index=True),
    Column("site_id", Text, ForeignKey("sites.site_id"), nullable=False),
    Column("camera_id", Text, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("stopped_at", Instant),
    Column("stopped_by", Text),
    Column("ended_at", Instant),
    # Invariant 2: at most 60 seconds, in milliseconds as instants are kept.
    CheckConstraint("ends_at > created_at AND ends_at - created_at <= 60000", name="at_most_a_minute"),
    CheckConstraint("(stopped_at IS NULL) = (stopped_by IS NULL)", name="stopped_by_a_rule"),
)

RUN_REFUSALS: Final = a_table(
    "run_refusals",
    DataClass.VOLUNTEER,
    Column("run_id", Text, ForeignKey("volunteer_runs.run_id"), primary_key=True),
    Column("camera_id", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
"""The last answer to a camera's question for a run under way, while it is a no; about nobody."""

SEEDED_PASSES: Final = a_table(
    "seeded_passes",
    DataClass.VOLUNTEER,
    Column("pass_id", Text, primary_key=True),
    Column("run_id", Text, ForeignKey("volunteer_runs.run_id"), nullable=False, index=True),
    Column("volunteer_id", Text, ForeignKey("volunteers.volunteer_id"), nullable=False),
    Column("camera_id", Text, nullable=False),
    Column("begins_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("found", Boolean, nullable=False),
    # C11: announced before it is made; ten minutes at most.
    CheckConstraint(
        "begins_at > created_at AND ends_at > begins_at AND ends_at - begins_at <= 600000", name="announced"
    ),
)

SEEDED_RESULTS: Final = a_table(
    "seeded_results",
    DataClass.COUNT,
    # No foreign key: the numbers stay when the run is gone.
    Column("run_id", Text, primary_key=True),
    Column("parted_by", Text, primary_key=True),
    Column("group_name", Text, primary_key=True),
    Column("profile_sha256", Text, nullable=False),
    Column("volunteers", Integer, nullable=False),
    Column("announced", Integer, nullable=False),
    Column("found", Integer, nullable=False),
    Column("withheld", Boolean, nullable=False, server_default=false()),
    one_of("parted_by", ["all", "age", "sex", "skin"]),
    CheckConstraint("found >= 0 AND found <= announced", name="found_of_what_was_announced"),
)
