"""Waiting for governance to say stop: a question that stays open while something is held (A8, A16).

An order that verifies under governance's pinned key ends what it names at once. Where nobody answers, leases run out
by themselves: no order is needed for that.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeVar

import structlog

from contracts.clock import Moment
from contracts.errors import ContractError
from contracts.signature import Purpose, Signed, verified
from contracts.stop import RunStop, StopAnswer, StopOrder
from contracts.trust import TrustedKeys, TrustedRole
from contracts.vocabulary import SiteId
from matcher.governance_client import GovernanceUnavailable

_LOOK_SECONDS: Final = 0.05
_AFTER_FAILURE: Final = 2.0
_AFTER_ORDERS: Final = 0.5
"""Orders for what is not held any more are repeated until governance has the receipts: do not ask without a pause."""

Order = TypeVar("Order", StopOrder, RunStop)

_log = structlog.get_logger()


class StopSource(Protocol):
    """Whoever orders to stop: governance."""

    async def await_stops(self, at: Moment) -> StopAnswer:
        """Ask, and wait for the answer.

        Raises:
            GovernanceUnavailable: no usable answer came.
        """
        ...


class StopListener:
    """Asks while anything is held; tells of orders for this site that governance signed.

    `on_stop` hears of those that end what a deployment lent, `on_run_stop` of those that end a volunteers' run.
    """

    def __init__(
        self,
        source: StopSource,
        *,
        trusted: TrustedKeys,
        site_id: SiteId,
        clocks: Callable[[], Moment],
        is_holding: Callable[[], bool],
        on_stop: Callable[[Sequence[StopOrder]], None],
        on_run_stop: Callable[[Sequence[RunStop]], None],
    ) -> None:
        self._source = source
        self._trusted = trusted
        self._site_id = site_id
        self._clocks = clocks
        self._is_holding = is_holding
        self._on_stop = on_stop
        self._on_run_stop = on_run_stop

    async def run(self) -> None:
        """Listen until cancelled."""
        reached = True
        while True:
            if not self._is_holding():
                await asyncio.sleep(_LOOK_SECONDS)
                continue
            try:
                answer = await self._source.await_stops(self._clocks())
            except GovernanceUnavailable as error:
                if reached:
                    _log.warning("nobody says stop", sentence=str(error))
                reached = False
                await asyncio.sleep(_AFTER_FAILURE)
                continue
            reached = True
            orders = self._believed(answer.orders, Purpose.STOP, StopOrder.from_bytes)
            runs = self._believed(answer.runs, Purpose.VOLUNTEER_STOP, RunStop.from_bytes)
            if orders:
                self._on_stop(orders)
            if runs:
                self._on_run_stop(runs)
            if orders or runs:
                await asyncio.sleep(_AFTER_ORDERS)

    def _believed(
        self, signed: Sequence[Signed], purpose: Purpose, read: Callable[[bytes], Order]
    ) -> tuple[Order, ...]:
        """Return the orders for this site that governance signed; the others stop nothing."""
        orders = []
        for one in signed:
            try:
                order = read(verified(one, purpose, self._trusted.of(TrustedRole.GOVERNANCE)))
            except ContractError as error:
                _log.warning("order refused", sentence=str(error))
                continue
            if order.site_id == self._site_id:
                orders.append(order)
        return tuple(orders)
