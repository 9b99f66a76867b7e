"""Which tables are watched: those whose rows a rule asks before somebody may do something to somebody (P3, 0.4, A9)."""

import pytest
from sqlalchemy import Table

from governance.adapters.db import tables
from governance.adapters.db.watch import is_watched

ASKED = (
    tables.ACCOUNTS,
    tables.BUDGETS,
    tables.CASE_LEADERS,
    tables.CERTIFICATES,
    tables.CHARGES,
    tables.CORROBORATIONS,
    tables.HAND_OFFS,
    tables.HOLDS,
    tables.LIST_REPORTS,
    tables.NARROWINGS,
    tables.PAPERS,
    tables.REFERENCES,
    tables.SEARCHES,
    tables.VOLUNTEERS,
    tables.VOLUNTEER_REFERENCES,
    tables.VOLUNTEER_RUNS,
    tables.WARRANTS,
)


@pytest.mark.law("0.4", "A9")
@pytest.mark.parametrize("table", ASKED, ids=lambda table: str(table.name))
def test_what_a_rule_asks_is_not_edited_unseen(table: Table) -> None:
    assert is_watched(table)
