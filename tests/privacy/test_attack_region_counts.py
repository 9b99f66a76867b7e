"""The region's people never learn of a candidate, not even its number (invariant 3)."""

from dataclasses import fields
from pathlib import Path

import pytest

from governance.application.errors import Refused
from governance.application.queries import StreamCounts, read_counts, read_streams
from governance.domain.roles import MAY, Action, Role
from tests.builders_governance import World, a_governance


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


@pytest.mark.law("0.2", "B6")
def test_no_count_of_candidates_or_comparisons_reaches_the_region(world: World) -> None:
    with pytest.raises(Refused):
        read_counts(world.governance, world.people.site_manager)
    read_streams(world.governance, world.people.site_manager)
    told = {field.name for field in fields(StreamCounts)}
    assert not told & {"candidates", "compared", "probed", "not_compared"}


@pytest.mark.law("0.2")
def test_only_the_region_reads_of_streams_alone() -> None:
    assert Role.SITE_MANAGER not in MAY[Action.COUNTS_READ]
    assert MAY[Action.STREAMS_READ] == {Role.SITE_MANAGER}
