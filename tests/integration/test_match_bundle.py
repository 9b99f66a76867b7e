"""The proof bundle of one match, from a governance that runs, held against the pinned policy by the auditor's tool."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.joint_signature import JointlySigned
from governance.application.log_files import LogFiles
from governance.application.log_reading import open_lines, read_lines
from governance.application.log_trail import ChainLink, chain_of
from governance.application.match_bundle import match_bundle
from governance.application.review_candidate import RecordReview, record_review
from governance.application.take_in_admission import take_in_admission
from governance.audit.bundle import Bundle, Role
from governance.audit.note import ED25519, VerifierKey
from governance.audit.policy import NONE, KnownLog, Policy
from governance.audit.problems import Severity
from governance.domain.identifiers import AlertId
from governance.domain.log_fields import Group
from governance.domain.review import Support
from governance.verifier.matched import MatchQuestion, State, Verdict, audit_bundle
from governance.verifier.report import Status
from governance.verifier.trust import read_trusted, with_issuers
from tests.builders_admission import an_admission
from tests.builders_contracts import LOG_ORIGIN, NOON
from tests.builders_governance import OBSERVED, World, a_governance, an_alert
from tests.builders_reviews import look

ALL = frozenset(Group)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


def decided(world: World, support: Support) -> AlertId:
    alert = an_alert(world)
    for reviewer in world.people.reviewers[:2]:
        look(world, reviewer, alert)
        answer = RecordReview(actor=reviewer, alert_id=alert, observations=OBSERVED, support=support)
        record_review(world.governance, answer)
    return alert


def chain(world: World, alert: AlertId) -> tuple[ChainLink, ...]:
    lines = read_lines(world.governance, first=0, count=world.log.size())
    opened = open_lines(world.governance, world.people.auditor, lines, purpose="match").value
    issuers = {issuer.id: issuer.name for issuer in world.keys.trusted.issuers_at(NOON)}
    return chain_of(alert, opened, issuers=issuers)


def bundle_of(world: World, alert: AlertId, groups: frozenset[Group] = ALL) -> dict[str, bytes]:
    made = match_bundle(
        world.governance,
        world.people.auditor,
        chain(world, alert),
        alert_id=alert,
        groups=groups,
        log_files=LogFiles(world.governance.log),
    )
    return dict(made.value)


class Carried:
    """The files of a bundle as they are carried to an auditor."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self._files))

    def read(self, path: str) -> bytes | None:
        return self._files.get(path)


def verdict(world: World, files: Mapping[str, bytes]) -> Verdict:
    key = VerifierKey(name=LOG_ORIGIN, algorithm=ED25519, public_key=world.keys.log.public)
    policy = Policy(logs=(KnownLog(key=key),), quorum=NONE)
    trusted = with_issuers(read_trusted(world.keys.trusted.to_bytes()), world.keys.issuer_list.to_bytes())
    return audit_bundle(Carried(files), MatchQuestion(policy=policy, trusted=trusted))


def test_a_confirmed_lead_is_proven_link_by_link_without_us(world: World) -> None:
    files = bundle_of(world, decided(world, Support.SUPPORT_SAME))
    bundle = Bundle.from_bytes(files["bundle.json"])
    assert [len(bundle.of(role)) for role in Role] == [1, 1, 1, 1, 2, 1]
    said = verdict(world, files)
    assert said.status() is Status.FINE, said.to_json()
    states = [link.state for link in said.links]
    assert states.count(State.PROVEN) >= 6, said.to_json()
    assert State.WRONG not in states


def test_the_profile_that_the_match_was_made_with_is_in_it(world: World) -> None:
    alert = decided(world, Support.SUPPORT_SAME)
    world.governance = replace(world.governance, profile=b"profile")
    files = bundle_of(world, alert)
    assert files["records/profile.json"] == b"profile"
    (link,) = (
        one for one in verdict(world, files).links if one.sentence.startswith("The model profile is the one that they")
    )
    assert link.state is State.PROVEN
    world.governance = replace(world.governance, profile=b"newer", profile_sha256=hashlib.sha256(b"newer").hexdigest())
    assert "records/profile.json" not in bundle_of(world, alert)


@pytest.mark.law("E8", "P4")
def test_what_admitted_the_model_is_in_it_and_is_verified_without_us(world: World) -> None:
    files = bundle_of(world, decided(world, Support.SUPPORT_SAME))
    admission = an_admission()
    assert JointlySigned.from_bytes(files["records/evaluation.json"]).sha256 == admission.sha256
    proven = " ".join(link.sentence for link in verdict(world, files).links if link.state is State.PROVEN)
    assert f"measured on 2026-02-01, report SHA-256 {admission.report_sha256}" in proven
    assert "The admission was signed by 'evaluator', pinned as evaluator and 'model-officer'" in proven
    assert "The lease lies within the admission's time." in proven


@pytest.mark.law("E8", "P4")
def test_an_admission_that_came_later_is_not_said_to_have_admitted_a_match(world: World) -> None:
    alert = decided(world, Support.SUPPORT_SAME)
    world.clock.advance(timedelta(hours=1))
    newer = an_admission(admission_id="admission-2")
    trusted = replace(
        world.governance.trusted, admission=newer, admission_file=world.keys.signed_admission(newer).to_bytes()
    )
    assert take_in_admission(replace(world.governance, trusted=trusted))
    files = bundle_of(world, alert)
    assert JointlySigned.from_bytes(files["records/evaluation.json"]).sha256 == an_admission().sha256


def test_handing_it_out_is_an_entry_of_the_log(world: World) -> None:
    alert = decided(world, Support.SUPPORT_SAME)
    told = chain(world, alert)
    size = world.log.size()
    files = LogFiles(world.governance.log)
    match_bundle(world.governance, world.people.auditor, told, alert_id=alert, groups=ALL, log_files=files)
    gained = world.entries()[size:]
    assert [(entry.event, entry.fields.get("purpose")) for entry in gained] == [
        ("log.read", "bundle"),
        ("object.read", "bundle"),
    ]
    assert gained[0].fields["actor"] == world.people.auditor


def test_who_decided_can_be_opened_without_about_whom(world: World) -> None:
    alert = decided(world, Support.SUPPORT_SAME)
    files = bundle_of(world, alert, frozenset({Group.OPERATOR}))
    said = verdict(world, files)
    assert said.status() is Status.FINE
    assert State.NOT_OPENED in [link.state for link in said.links]
    assert all(alert.encode() not in data for data in files.values())
    assert not [path for path in files if path.startswith("records/")]


def test_what_was_erased_is_not_in_it_and_the_rest_is_proven_all_the_same(world: World) -> None:
    files = bundle_of(world, decided(world, Support.SUPPORT_DIFFERENT))
    assert "records/report.json" not in files
    assert verdict(world, files).status() is Status.FINE


@pytest.mark.parametrize("path", ["checkpoint", "records/warrant.json", "records/lease.json", "records/report.json"])
def test_a_part_of_another_making_is_found(world: World, path: str) -> None:
    files = bundle_of(world, decided(world, Support.SUPPORT_SAME))
    data = bytearray(files[path])
    data[len(data) // 2] ^= 1
    said = verdict(world, {**files, path: bytes(data)})
    assert said.status() is Status.WRONG
    assert any(path in str(one.to_json()) for one in said.problems.of(Severity.WRONG))


def test_the_entries_of_another_match_do_not_pass_for_this_one(world: World) -> None:
    alert = decided(world, Support.SUPPORT_SAME)
    files = bundle_of(world, alert)
    bundle = Bundle.from_bytes(files["bundle.json"])
    first, second = bundle.of(Role.DECISION)
    doubled = {**files, f"entries/{second}.json": files[f"entries/{first}.json"]}
    assert verdict(world, doubled).status() is Status.WRONG


def test_after_the_log_forgot_whom_it_was_about_there_is_no_bundle_of_it(world: World) -> None:
    alert = decided(world, Support.SUPPORT_SAME)
    world.clock.advance(timedelta(days=200))
    from governance.application.erase import expire_due  # noqa: PLC0415 (used here alone)

    expire_due(world.governance)
    assert chain(world, alert) == ()
