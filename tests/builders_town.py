"""Three organisations with a witness each, the controller's own witness, and a log: on one machine, for tests."""

from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from governance.adapters.log.anchors import Anchors
from governance.adapters.log.witness_http import WitnessHttp
from governance.adapters.log.witnessing import Witnessing
from governance.adapters.signatures import ed25519_verifies, ml_dsa_44_verifies
from governance.audit.cosignature import Verifiers
from governance.audit.policy import Policy
from tests.builders_witness import SOME_TIME_S, GrowingLog, WitnessHouse, served, two_of_three

VERIFY: Final = Verifiers(ed25519=ed25519_verifies, ml_dsa_44=ml_dsa_44_verifies)
NOON: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass
class Town:
    """Three organisations' witnesses, the controller's own, and a log with its folder."""

    folder: Path
    stack: ExitStack
    log: GrowingLog = field(default_factory=GrowingLog)
    clocks: list[int] = field(default_factory=lambda: [SOME_TIME_S] * 4)

    def __post_init__(self) -> None:
        self.houses = [
            WitnessHouse(self.folder / f"w{n}", name=f"witness.example/{n}", now_s=lambda n=n: self.clocks[n])  # type: ignore[misc]
            for n in range(4)
        ]
        self.policy = two_of_three([house.key for house in self.houses[:3]], controller=self.houses[3].key)
        self.addresses: dict[str, str] = {}
        self.anchors = Anchors(self.folder / "log")
        self.ask = self.stack.enter_context(closing(WitnessHttp(timeout_s=3)))
        self.now = NOON

    def serve(self, *numbers: int) -> None:
        for number in numbers:
            name = "controller" if number == 3 else f"w{number}"
            self.addresses[name] = self.stack.enter_context(served(self.houses[number]))

    def witnessing(self, policy: Policy | None = None) -> Witnessing:
        return Witnessing(
            policy=policy or self.policy,
            log_source=self.log,
            anchors=self.anchors,
            verify=VERIFY,
            ask=self.ask,
            now=lambda: self.now,
            controllers=["controller"],
            addresses=self.addresses,
        )
