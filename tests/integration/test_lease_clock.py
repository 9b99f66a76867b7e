"""Governance's clock set back and forth by hours: nothing is lent that the true time would not allow (A4, P1).

For the site's side see `test_contracts_authorisation`, `test_matcher_no_authority` and `test_edge_gate`.
"""

import secrets
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.clock import Moment
from governance.adapters.system import SystemClock
from governance.application import heartbeat
from governance.application.errors import ClockJumped
from governance.application.issue_lease import issue_leases
from governance.application.stop_leases import stops_for
from governance.audit.errors import ClockWentBack
from governance.domain.identifiers import SiteId
from tests.builders_contracts import SITE
from tests.builders_governance import World, a_deployment, a_governance, a_request, leases, reopen
from tests.integration.test_bad_input_clock import SetClocks

pytestmark = pytest.mark.law("A4")

HOURS = st.integers(min_value=2, max_value=100 * 60).map(lambda minutes: timedelta(minutes=minutes))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = a_governance(tmp_path_factory.mktemp("world"))
    a_deployment(made)
    return made


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(by=HOURS, back=st.booleans())
def test_while_the_clock_is_wrong_nothing_is_lent_and_once_it_is_right_again_all_is_as_before(
    world: World,
    by: timedelta,
    back: bool,  # noqa: FBT001 (drawn)
) -> None:
    clocks = SetClocks(Moment(now=world.clock.now(), boot=100.0))
    governance = replace(world.governance, clock=SystemClock(clocks))
    assert issue_leases(governance, a_request(world, nonce=secrets.token_hex())) is not None
    jump = -by if back else by
    clocks.set_wall(jump)
    asked_in_that_time = a_request(world, nonce=secrets.token_hex(), asked_at=world.clock.now() + jump)
    for request in (a_request(world, nonce=secrets.token_hex()), asked_in_that_time):
        with pytest.raises(ClockJumped):
            issue_leases(governance, request)
    with pytest.raises(ClockJumped):
        stops_for(governance, SiteId(SITE))
    clocks.set_wall(-jump)
    assert issue_leases(governance, a_request(world, nonce=secrets.token_hex())) is not None


@pytest.mark.parametrize("hours", [1, 5, 47])
def test_a_clock_that_was_set_back_while_the_server_was_down_lends_nothing(tmp_path: Path, hours: int) -> None:
    world = a_governance(tmp_path)
    a_deployment(world)
    assert leases(world, nonce="first").authorisations
    world.clock.advance(timedelta(hours=48))
    heartbeat.beat(world.governance)
    assert not leases(world, nonce="over").authorisations
    world.clock.advance(timedelta(hours=-hours))
    with pytest.raises(ClockWentBack):
        reopen(tmp_path, world.keys, world.clock)
