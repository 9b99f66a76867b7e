"""A volunteers' run on its way to a site: signed records, which `contracts.volunteer_run` alone makes authority of."""

from dataclasses import dataclass

from contracts.fields import Fields
from contracts.signature import Signed, signed_or_none


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedVolunteerRun:
    """What reaches a site: signed records, believed by nobody yet. `closure` is there on a closed site alone."""

    run: Signed
    consents: tuple[Signed, ...]
    camera: Signed
    lease: Signed
    closure: Signed | None = None
    withdrawals: tuple[Signed, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return the envelopes as a JSON object."""
        return {
            "camera": self.camera.to_json(),
            "closure": None if self.closure is None else self.closure.to_json(),
            "consents": [one.to_json() for one in self.consents],
            "lease": self.lease.to_json(),
            "run": self.run.to_json(),
            "withdrawals": [one.to_json() for one in self.withdrawals],
        }

    @classmethod
    def from_json(cls, value: object) -> "UnverifiedVolunteerRun":
        """Read the envelopes.

        Raises:
            Malformed: they are not all there.
        """
        fields = Fields(value, "lent volunteers' run")
        unverified = cls(
            run=fields.record("run", Signed.from_json),
            consents=fields.items("consents", Signed.from_json),
            camera=fields.record("camera", Signed.from_json),
            lease=fields.record("lease", Signed.from_json),
            closure=fields.record("closure", signed_or_none),
            withdrawals=fields.items("withdrawals", Signed.from_json),
        )
        fields.end()
        return unverified
