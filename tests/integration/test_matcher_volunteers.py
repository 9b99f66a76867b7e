"""A volunteers' run at a site, with the real processes and models: sighted, told, left out, stopped (C11, C16)."""

import base64
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from contracts.authorisation import LeaseAsk
from contracts.canonical import sha256_hex
from contracts.clock import read_clocks
from contracts.lease_request import LeaseAnswer, LeaseRequest
from contracts.lent_run import UnverifiedVolunteerRun
from contracts.sealing import unseal
from contracts.signature import Purpose, Signed, verified
from contracts.stop import RunStop
from contracts.trust import TrustedRole
from contracts.volunteer_enrolment import VolunteerEnrolmentRequest, volunteer_template_context
from contracts.volunteer_gallery import SealedVolunteer
from contracts.volunteer_run import RunLease, verify_volunteer_run
from contracts.volunteers import VolunteerConsent, VolunteerSightings
from matcher.faces.face import BgrImage
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore
from tests.builders_contracts import CAMERA, SITE, a_probe
from tests.builders_lent_runs import a_list_of_this_moment
from tests.builders_processes import FakeGovernance, World, as_jpeg, astronaut, crops_of, wait_for
from tests.builders_volunteers import HOUR, RUN, a_consent
from tests.memory_scanner import MemoryScanner, masked

pytestmark = [pytest.mark.slow, pytest.mark.law("C11", "C16")]

PROFILE = shipped_profile()


class RunLender:
    """Governance, lending a run of those volunteers who are left, in answer to each request."""

    def __init__(self, world: World, photographs: dict[str, bytes]) -> None:
        self._keys = world.keys
        self.left = list(photographs)
        self.leases: list[RunLease] = []
        # The same run and list have the same bytes, so that the list stays open in one place.
        self.planned = read_clocks().now.replace(microsecond=0)
        with world.process("matcher.enrolment_service"):
            client = world.ready("enrolment")
            self.sealed = {name: self._enrolled(client, name, picture) for name, picture in photographs.items()}
        self.photographs = {name: sha256_hex(picture) for name, picture in photographs.items()}

    def _enrolled(self, client: httpx.Client, name: str, photograph: bytes) -> SealedVolunteer:
        consent = a_consent(name)
        request = VolunteerEnrolmentRequest(
            run_id=RUN,
            volunteer_id=consent.volunteer_id,
            reference_id=consent.reference_id,
            photograph_sha256=sha256_hex(photograph),
            profile_sha256=PROFILE.profile_sha256,
            recipient=self._keys.opening.public.hex(),
        )
        body = {"request": json.loads(request.to_bytes()), "photograph": base64.b64encode(photograph).decode()}
        answer = client.post("/volunteer-enrolments", json=body)
        assert answer.status_code == 200, answer.text
        return SealedVolunteer(
            volunteer_id=consent.volunteer_id,
            reference_id=consent.reference_id,
            enrolment=Signed.from_json(answer.json()["enrolment"]),
            sealed_template=base64.b64decode(answer.json()["sealed_template"]),
        )

    def template(self, name: str) -> bytes:
        """Return the plain template of one volunteer, as only the site opens it."""
        sealed = self.sealed[name]
        request = VolunteerEnrolmentRequest(
            run_id=RUN,
            volunteer_id=sealed.volunteer_id,
            reference_id=sealed.reference_id,
            photograph_sha256=self.photographs[name],
            profile_sha256=PROFILE.profile_sha256,
            recipient=self._keys.opening.public.hex(),
        )
        return unseal(sealed.sealed_template, self._keys.opening, volunteer_template_context(request))

    def __call__(self, request: LeaseRequest) -> bytes:
        at = read_clocks()
        names = list(self.left)
        unverified, bundle, _ = a_list_of_this_moment(
            self._keys,
            [self.sealed[name] for name in names],
            at,
            consents=[self._consent(name) for name in self.sealed],
            run={"profile_sha256": PROFILE.profile_sha256},
            standing=tuple(self.sealed[name].volunteer_id for name in names),
            nonce=request.nonce,
            planned=self.planned,
            lease_id=f"lease-{len(self.leases)}",
        )
        self.leases.append(RunLease.from_bytes(unverified.lease.payload))
        return LeaseAnswer(authorisations=(), runs=((unverified, bundle),)).to_bytes()

    def _consent(self, name: str) -> VolunteerConsent:
        times = {"given_at": self.planned - 2 * HOUR, "until": self.planned + 2 * HOUR}
        return a_consent(name, photograph_sha256=self.photographs[name], **times)

    def stop(self, lease: RunLease, key: str = "governance") -> Signed:
        order = RunStop(
            site_id=SITE,
            camera_id=CAMERA,
            run_id=RUN,
            lease_id=lease.lease_id,
            rule="C11",
            issued_at=read_clocks().now,
        )
        return getattr(self._keys, key).sign(Purpose.VOLUNTEER_STOP, order.to_bytes())


def somebody_else() -> BgrImage:
    """The same astronaut in a mirror and narrower: another face to the models."""
    return cv2.resize(np.ascontiguousarray(astronaut()[:, ::-1]), (400, 512), interpolation=cv2.INTER_AREA)


def told(governance: FakeGovernance, world: World) -> Sequence[VolunteerSightings]:
    keys = world.keys.trusted.of(TrustedRole.SITE)
    return [
        VolunteerSightings.from_bytes(verified(one, Purpose.VOLUNTEER_SIGHTINGS, keys)) for one in governance.sightings
    ]


def lent_runs(edge: httpx.Client) -> list[dict[str, Any]]:
    """Ask as an edge worker does: for authorisations first, which there are none of, then for runs."""
    assert edge.get(f"/authorisations/{CAMERA}").json() == {"authorisations": []}
    return list(edge.get(f"/runs/{CAMERA}").json()["runs"])


def test_a_volunteer_who_passes_a_closed_site_is_told_by_pseudonym_and_nothing_else_is(
    world: World, governance: FakeGovernance, built_models: ModelStore
) -> None:
    lender = RunLender(world, {"volunteer-1": as_jpeg(astronaut())})
    governance.lend = lender
    with world.process("matcher.service", governance.url) as matcher:
        edge = world.ready(f"matcher-{SITE}")
        (lent,) = wait_for(lambda: lent_runs(edge))
        run = verify_volunteer_run(
            UnverifiedVolunteerRun.from_json(lent["run"]),
            lent=(),
            wanted=(),
            trusted=world.keys.trusted,
            site_id=SITE,
            camera_id=CAMERA,
            profile=PROFILE,
            ask=LeaseAsk.from_json(lent["ask"]),
            at=read_clocks(),
        )
        assert "sealed_template" not in json.dumps(lent)
        probe = a_probe(*crops_of(astronaut(), built_models), captured_at=run.lease.issued_at)
        assert edge.post("/probes", content=probe.to_bytes()).json() == {"compared": True, "reason": None}
        (record,) = wait_for(lambda: told(governance, world))
        assert [one.volunteer_id for one in record.sightings] == ["volunteer-1"]
        assert record.sightings[0].seen_at == run.lease.issued_at
        stranger = replace(probe.crops[0], pixels_bgr=bytes(reversed(probe.crops[0].pixels_bgr)))
        assert edge.post("/probes", content=replace(probe, crops=(stranger,)).to_bytes()).json()["compared"]
        health = edge.get("/health").json()
        assert (health["leases"], health["runs"]) == (0, 1)
        governance.run_orders = [lender.stop(lender.leases[-1], "volunteers")]
        wait_for(lambda: governance.stops_asked > 2)
        assert matcher.poll() is None, "another's key stops nothing"
        governance.run_orders = [lender.stop(lease) for lease in lender.leases]
        wait_for(lambda: matcher.poll() is not None or governance.run_orders.extend([lender.stop(lender.leases[-1])]))
        assert matcher.wait(timeout=5) == 75
    assert governance.candidates == []
    assert governance.receipts == []
    assert len(governance.sightings) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may look into the memory of a process that is not dumpable")
def test_who_withdrew_is_gone_from_the_running_matchers_memory_with_the_next_lease(
    world: World, governance: FakeGovernance, built_models: ModelStore
) -> None:
    lender = RunLender(world, {"volunteer-1": as_jpeg(astronaut()), "volunteer-2": as_jpeg(somebody_else())})
    governance.lend = lender
    looked_for = [masked(lender.template("volunteer-1")[160:176]), masked(lender.template("volunteer-2")[160:176])]
    with world.process("matcher.service", governance.url) as matcher:
        edge = world.ready(f"matcher-{SITE}")
        wait_for(lambda: lent_runs(edge))
        scanner = MemoryScanner(matcher.pid)
        assert scanner.count(looked_for) == [1, 1]
        lender.left = ["volunteer-2"]
        lent = len(lender.leases)
        wait_for(lambda: lent_runs(edge) and len(lender.leases) > lent + 1)
        assert scanner.count(looked_for) == [0, 1]
        probe = a_probe(*crops_of(astronaut(), built_models), captured_at=lender.leases[-1].issued_at)
        assert edge.post("/probes", content=probe.to_bytes()).json()["compared"]
        (world.home / "site" / SITE / "stop").touch()
        assert matcher.wait(timeout=20) == 75, "the button ends a run as it ends a lease"
    assert not any(one.volunteer_id == "volunteer-1" for record in told(governance, world) for one in record.sightings)
