"""The doors of governance: log-ins, registers, what a site signs, and the start of a server."""

import base64
import gc
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer

import pytest

from contracts.enrolment import EnrolmentRequest
from contracts.signature import Purpose
from contracts.site_report import SiteReport
from contracts.vocabulary import CameraId as ContractCameraId
from contracts.vocabulary import SiteId as ContractSiteId
from contracts.vocabulary import SlotId, WarrantId
from governance import bootstrap
from governance.adapters.centre_clients import EnrolmentClient, ViewerClient
from governance.adapters.system import SystemClock
from governance.application.accept_candidate import AcceptCandidate, accept_candidate, accept_site_report
from governance.application.accounts import (
    CreateAccount,
    LogIn,
    authenticate,
    create_account,
    log_in,
    log_out,
)
from governance.application.errors import (
    BadInput,
    Conflict,
    DataFolderInUse,
    EnrolmentRefused,
    NotLoggedIn,
    NotUnderstood,
    Refused,
    StorageFailed,
    Unavailable,
)
from governance.application.issue_lease import issue_leases
from governance.application.list_accounts import list_accounts
from governance.application.queries import list_alerts, read_counts
from governance.application.registers import RegisterCamera, RegisterSite, register_camera, register_site
from governance.domain.accounts import FREE_FAILURES, SHORTEST_WAIT
from governance.domain.identifiers import DeploymentId
from governance.domain.roles import Role
from governance.settings import Settings
from tests.builders_accounts import the_first_two
from tests.builders_candidates import CROPS, a_report_for
from tests.builders_centre import a_centre
from tests.builders_contracts import (
    LOG_ORIGIN,
    PROFILE_SHA256,
    SITE,
    a_camera,
    a_hash,
    a_signing_key,
    a_trusted_site,
    some_counts,
)
from tests.builders_governance import PASSWORD, World, a_deployment, a_governance, a_request, leases
from tests.builders_law import an_attestation


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


# -- accounts ---------------------------------------------------------------------------------------------------------


def test_a_session_opens_lasts_and_ends(world: World) -> None:
    opened = log_in(world.governance, LogIn(login="bea", password=PASSWORD))
    principal = authenticate(world.governance, opened.token)
    assert (principal.login, principal.roles, principal.on_shift) == ("bea", {Role.OPERATOR}, True)
    assert opened.token not in (world.folder / "insyn.db").read_bytes().decode("latin-1")
    log_out(world.governance, opened.token)
    log_out(world.governance, opened.token)
    with pytest.raises(NotLoggedIn):
        authenticate(world.governance, opened.token)


def test_a_session_is_over_after_its_time(world: World) -> None:
    opened = log_in(world.governance, LogIn(login="bea", password=PASSWORD))
    world.clock.advance(timedelta(hours=12))
    with pytest.raises(NotLoggedIn):
        authenticate(world.governance, opened.token)


def test_failures_make_even_the_right_password_wait_and_are_logged(world: World) -> None:
    for _ in range(FREE_FAILURES + 1):
        with pytest.raises(NotLoggedIn):
            log_in(world.governance, LogIn(login="bea", password="wrong"))
    with pytest.raises(NotLoggedIn):
        log_in(world.governance, LogIn(login="bea", password=PASSWORD))
    assert world.events().count("session.refuse") == FREE_FAILURES + 2
    assert world.events().count("account.lock") == 1
    world.clock.advance(SHORTEST_WAIT)
    log_in(world.governance, LogIn(login="bea", password=PASSWORD))


def test_an_unknown_name_and_a_wrong_password_sound_the_same(world: World) -> None:
    sentences = set()
    for login in ("bea", "nobody"):
        with pytest.raises(NotLoggedIn) as refused:
            log_in(world.governance, LogIn(login=login, password="wrong"))
        sentences.add(str(refused.value))
    assert len(sentences) == 1


def test_only_an_administrator_makes_accounts_and_the_first_only_once(world: World) -> None:
    def make(actor: str, login: str, *roles: Role, password: str = PASSWORD) -> None:
        who = getattr(world.people, actor)
        create_account(
            world.governance, CreateAccount(actor=who, login=login, password=password, roles=frozenset(roles))
        )

    with pytest.raises(Refused):
        make("applicant", "eve", Role.OPERATOR)
    with pytest.raises(Refused):
        make("administrator", "eve", Role.AUDITOR, Role.OPERATOR)
    with pytest.raises(Refused):
        make("administrator", "eve", Role.OPERATOR, password="short")
    with pytest.raises(Conflict):
        make("administrator", "bea", Role.OPERATOR)
    with pytest.raises(BadInput):
        make("administrator", "Eve; --", Role.OPERATOR)
    with pytest.raises(Refused):
        the_first_two(world.governance, "eve", "evert")
    assert "eve" not in {line.login for line in list_accounts(world.governance, world.people.auditor)}


# -- registers and sites ----------------------------------------------------------------------------------------------


@pytest.mark.law("B7")
def test_a_camera_is_registered_only_with_the_regions_signature(world: World) -> None:
    record = a_camera(camera_id=ContractCameraId("camera-new")).to_bytes()
    actor = world.people.site_manager
    for key in (world.keys.governance, a_signing_key("somebody")):
        with pytest.raises(NotUnderstood):
            register_camera(world.governance, RegisterCamera(actor=actor, record=key.sign(Purpose.CAMERA, record)))
    signed = world.keys.region.sign(Purpose.CAMERA, record)
    with pytest.raises(Refused):
        register_camera(world.governance, RegisterCamera(actor=world.people.legal_officer, record=signed))
    register_camera(world.governance, RegisterCamera(actor=actor, record=signed))


@pytest.mark.law("B8")
def test_a_camera_that_becomes_a_care_area_is_lent_no_more(world: World) -> None:
    a_deployment(world)
    assert leases(world).authorisations
    record = a_camera(care_area=True, serial=2)
    signed = world.keys.region.sign(Purpose.CAMERA, record.to_bytes())
    register_camera(world.governance, RegisterCamera(actor=world.people.site_manager, record=signed))
    assert not leases(world, nonce="2").authorisations


def test_a_site_without_a_pinned_key_is_not_registered(world: World) -> None:
    command = RegisterSite(actor=world.people.site_manager, site_id="elsewhere", title="X", opening_public=b"k" * 32)
    with pytest.raises(BadInput, match="No key is pinned"):
        register_site(world.governance, command)


def test_only_the_site_itself_speaks_for_itself(world: World) -> None:
    a_deployment(world)
    other = a_request(world, site_id=ContractSiteId("site-2"))
    with pytest.raises(NotUnderstood):
        issue_leases(world.governance, other)
    forged = a_signing_key("somebody").sign(Purpose.LEASE_REQUEST, a_request(world).payload)
    with pytest.raises(NotUnderstood):
        issue_leases(world.governance, forged)
    report = a_report_for(leases(world), world)
    forged = a_signing_key("somebody").sign(Purpose.CANDIDATE_REPORT, report.payload)
    with pytest.raises(NotUnderstood):
        accept_candidate(world.governance, AcceptCandidate(report=forged, crops=CROPS))


@pytest.mark.law("A13", "A6")
@pytest.mark.parametrize(
    "changes",
    [
        {"lease_id": "lease-of-nobody"},
        {"camera_id": "camera-2"},
        {"deployment_id": "another"},
        {"reference_id": "another"},
        {"day_key_sha256": a_hash("another")},
        {"profile_sha256": a_hash("another")},
        {"warrant_id": "another"},
    ],
)
def test_a_report_without_a_lease_of_ours_is_refused_in_the_log(world: World, changes: dict[str, str]) -> None:
    a_deployment(world)
    report = a_report_for(leases(world), world, **changes)
    with pytest.raises(Refused):
        accept_candidate(world.governance, AcceptCandidate(report=report, crops=CROPS))
    assert world.events()[-1] == "candidate.refuse"
    assert not list_alerts(world.governance, world.people.reviewers[0])


def test_a_report_from_outside_its_lease_or_with_other_crops_is_refused(world: World) -> None:
    a_deployment(world)
    answer = leases(world)
    late = a_report_for(answer, world, captured_at=world.clock.now() + timedelta(seconds=60))
    with pytest.raises(Refused):
        accept_candidate(world.governance, AcceptCandidate(report=late, crops=CROPS))
    for crops in (None, b"other crops"):
        with pytest.raises(BadInput):
            accept_candidate(world.governance, AcceptCandidate(report=a_report_for(answer, world), crops=crops))


def test_while_the_viewer_is_silent_nothing_is_kept_and_the_site_may_try_again(world: World) -> None:
    a_deployment(world)
    command = AcceptCandidate(report=a_report_for(leases(world), world), crops=CROPS)
    world.viewer.answers = False
    with pytest.raises(Unavailable):
        accept_candidate(world.governance, command)
    assert not list_alerts(world.governance, world.people.reviewers[0])
    world.viewer.answers = True
    accept_candidate(world.governance, command)
    assert len(list_alerts(world.governance, world.people.reviewers[0])) == 1


def test_counts_are_kept_as_the_site_signed_them_and_never_go_back(world: World) -> None:
    def report(serial: int, frames: int) -> None:
        counts = some_counts(serial=serial, frames_read=frames)
        told = SiteReport(site_id=SITE, session="s1", number=serial, cameras=(counts,))
        accept_site_report(world.governance, world.keys.site.sign(Purpose.SITE_REPORT, told.to_bytes()))

    report(1, 100)
    report(3, 300)
    report(2, 200)
    (line,) = read_counts(world.governance, world.people.auditor)
    assert (line.counts.serial, line.counts.frames_read) == (3, 300)


# -- the centre's processes, and the start ----------------------------------------------------------------------------


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True


@contextmanager
def answering(socket: Path, status: int, value: object) -> Iterator[None]:
    """A process on a Unix socket that answers everything alike."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer  # noqa: N815 (http.server's names)

        def log_message(self, *_: object) -> None:
            pass

    with _Server(str(socket), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield
        server.shutdown()
        thread.join()


def a_small_request() -> EnrolmentRequest:
    return EnrolmentRequest(
        warrant_id=WarrantId("w"),
        slot_id=SlotId("s"),
        photograph_sha256=a_hash("p"),
        profile_sha256=PROFILE_SHA256,
        recipients=(),
    )


def test_what_the_enrolment_matcher_finds_wanting_is_passed_on(tmp_path: Path) -> None:
    findings = [{"code": "no-face", "sentence": "There is no face.", "acceptable": False, "advice": "Choose another."}]
    with answering(tmp_path / "s", 422, {"detail": "There is no face.", "findings": findings}):
        client = EnrolmentClient(tmp_path / "s")
        for ask in (client.enrol, client.examine):
            with pytest.raises(EnrolmentRefused, match="no face") as refused:
                ask(a_small_request(), b"x")
            (found,) = refused.value.findings
            assert (found.code, found.acceptable, found.advice) == ("no-face", False, "Choose another.")
        client.close()


@pytest.mark.parametrize(("status", "value"), [(200, {}), (200, []), (200, "odd"), (500, {}), (403, {"detail": "no"})])
def test_an_odd_answer_of_the_centre_is_one_sentence(tmp_path: Path, status: int, value: object) -> None:
    with answering(tmp_path / "s", status, value):
        viewer, matcher = ViewerClient(tmp_path / "s"), EnrolmentClient(tmp_path / "s")
        with pytest.raises(Unavailable):
            viewer.day_key(DeploymentId("d"), "2026-03-02")
        for ask in (matcher.enrol, matcher.examine):
            with pytest.raises(Unavailable):
                ask(a_small_request(), b"x")
        viewer.close()
        matcher.close()


def test_what_the_viewer_cannot_open_is_refused_for_good(tmp_path: Path) -> None:
    with answering(tmp_path / "s", 403, {"detail": "The box does not open."}):
        viewer = ViewerClient(tmp_path / "s")
        signed = a_signing_key("site").sign(Purpose.CANDIDATE_REPORT, b"{}")
        with pytest.raises(NotUnderstood, match="will not help"):
            viewer.rescore(report=signed, crops=b"", enrolment=signed, sealed_template=b"")
        viewer.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_silent_centre_is_one_sentence(tmp_path: Path) -> None:
    viewer = ViewerClient(tmp_path / "nobody")
    with pytest.raises(Unavailable, match="does not answer"):
        viewer.day_key(DeploymentId("d"), "2026-03-02")
    viewer.close()
    # httpcore leaves the socket of a failed connection to the garbage collector, which complains: here, not later.
    gc.collect()


@pytest.mark.law("0.1")
def test_on_a_draft_nothing_starts_for_real(tmp_path: Path) -> None:
    settings = an_installation(tmp_path)
    (tmp_path / "legal-attestation.json").unlink()
    with pytest.raises(StorageFailed, match="DRAFT"):
        bootstrap.build(settings)


def an_installation(folder: Path) -> Settings:
    keys = a_trusted_site()
    path = folder / "data" / "keys" / "lease.key"
    path.parent.mkdir(parents=True)
    path.write_bytes(keys.governance.seed)
    path.chmod(0o600)
    (folder / "trust.json").write_bytes(keys.trusted.to_bytes())
    (folder / "legal-attestation.json").write_bytes(an_attestation(keys))
    return Settings(
        data=folder / "data",
        trust=folder / "trust.json",
        enrolment_socket=folder / "enrolment.sock",
        viewer_socket=folder / "viewer.sock",
        sequencer_socket=folder / "sequencer.sock",
        vault_socket=folder / "vault.sock",
        log_origin=LOG_ORIGIN,
        profile_sha256=PROFILE_SHA256,
    )


def test_an_installation_starts_once_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = an_installation(tmp_path)
    keys, reference = a_trusted_site(), base64.b64encode(b"r" * 32).decode()
    with answering(settings.viewer_socket, 200, {"viewer": reference, "reference": reference}):
        for _ in range(2):
            centre = a_centre(tmp_path, keys, SystemClock())
            monkeypatch.setattr(bootstrap, "SequencerClient", lambda _socket, log=centre.log: log)
            monkeypatch.setattr(bootstrap, "VaultClient", lambda _socket, vault=centre.vault: vault)
            with bootstrap.build(settings) as running:
                assert running.governance.demo is False
                with pytest.raises(DataFolderInUse):
                    bootstrap.build(settings)


def test_without_keys_that_are_pinned_nothing_starts(tmp_path: Path) -> None:
    settings = an_installation(tmp_path)
    settings.lease_key.unlink()
    with pytest.raises(StorageFailed, match="cannot be read"):
        bootstrap.build(settings)
    settings.trust.write_text("{}")
    with pytest.raises(StorageFailed, match="pinned keys"):
        bootstrap.build(settings)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_without_a_sequencer_nothing_starts_and_one_sentence_says_so(tmp_path: Path) -> None:
    settings = an_installation(tmp_path)
    reference = base64.b64encode(b"r" * 32).decode()
    with (
        answering(settings.viewer_socket, 200, {"viewer": reference, "reference": reference}),
        pytest.raises(StorageFailed, match="does not answer"),
    ):
        bootstrap.build(settings)
    # httpcore leaves the socket of a failed connection to the garbage collector, which complains: here, not later.
    gc.collect()
