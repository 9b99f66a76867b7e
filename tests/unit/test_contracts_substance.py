"""What is well formed and still means no: empty, doubled, contradictory or incomplete records."""

import struct
from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.authorisation import Lease, LeaseAsk, RefusalReason, Standing
from contracts.camera import CameraRecord
from contracts.candidate_report import CandidateReport, crops_context
from contracts.canonical import decode, encode, sha256_hex
from contracts.enrolment import Enrolment, box_sha256, crop_context, request_of, template_context
from contracts.errors import Malformed
from contracts.gallery_bundle import GalleryBundle
from contracts.lease_request import LeaseAnswer
from contracts.model_profile import ProfileClass
from contracts.probe import MAX_CROPS, MAX_SIDE, Probe
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from contracts.vocabulary import CameraId, DeploymentId, ReferenceId
from contracts.warrant import Warrant
from tests.builders_contracts import (
    NOON,
    a_camera,
    a_crop,
    a_gallery,
    a_hash,
    a_lease,
    a_lease_answer,
    a_probe,
    a_reference,
    a_report,
    a_signing_key,
    a_slot,
    a_trusted_site,
    a_warrant,
    a_warrant_camera,
    an_ask,
)

SITE_KEYS = a_trusted_site()
A_CAMERA_OF_IT = a_warrant_camera(reason="Seen here.")
EMPTY_WARRANTS = {
    "nobody": a_warrant(slots=()),
    "nowhere": a_warrant(cameras=()),
    "one slot twice": a_warrant(slots=(a_slot("slot-1"), a_slot("slot-1", a_hash("other")))),
    "one camera twice": a_warrant(cameras=(A_CAMERA_OF_IT, replace(A_CAMERA_OF_IT, reason="Seen again."))),
    "no time": a_warrant(not_before=NOON, not_after=NOON),
    "its case leader as issuer": a_warrant(case_leader="court-of-tests"),
    "an end before its beginning": a_warrant(not_before=NOON, not_after=NOON - timedelta(milliseconds=1)),
    "a slot without a photograph": a_warrant(slots=(replace(a_slot(), photographs=()),)),
    "a camera for no reason": a_warrant(cameras=(replace(A_CAMERA_OF_IT, reason="  "),)),
    "all cameras": a_warrant(cameras=(replace(A_CAMERA_OF_IT, camera_id=CameraId("*")),)),
}


@pytest.mark.parametrize("warrant", EMPTY_WARRANTS.values(), ids=EMPTY_WARRANTS)
def test_a_warrant_without_substance_is_refused(warrant: Warrant) -> None:
    with pytest.raises(Malformed):
        Warrant.from_bytes(warrant.to_bytes())


@pytest.mark.parametrize("years", [0, 99])
def test_a_maximum_penalty_is_a_number_of_years(years: int) -> None:
    assert Warrant.from_bytes(a_warrant(maximum_penalty_years=years).to_bytes()).maximum_penalty_years == years
    with pytest.raises(Malformed):
        Warrant.from_bytes(a_warrant(maximum_penalty_years=-1 if years == 0 else years + 1).to_bytes())


def test_the_issuer_can_ask_for_substance_before_signing() -> None:
    a_warrant().require_substance()
    with pytest.raises(Malformed, match="authorises nothing"):
        a_warrant(slots=()).require_substance()


@pytest.mark.parametrize("count", [1, 100_000])
def test_a_lease_is_for_some_persons(count: int) -> None:
    assert Lease.from_bytes(a_lease(person_count=count).to_bytes()).person_count == count


@pytest.mark.parametrize("count", [0, -1, 100_001])
def test_a_lease_is_for_somebody(count: int) -> None:
    with pytest.raises(Malformed):
        Lease.from_bytes(a_lease(person_count=count).to_bytes())


@pytest.mark.parametrize("asked", [-0.001, 1e13, float("inf"), float("nan")])
def test_an_ask_is_at_some_time(asked: float) -> None:
    with pytest.raises(Malformed):
        LeaseAsk.from_json(replace(an_ask(), asked_boot=asked).to_json())


def test_a_standing_says_nothing_unless_asked() -> None:
    assert Standing(live=False, reason=RefusalReason.EXPIRED) != Standing(live=False)


def test_an_answer_of_nothing_authorises_nothing() -> None:
    assert LeaseAnswer.from_bytes(a_lease_answer()).authorisations == ()


def test_an_empty_gallery_is_refused() -> None:
    with pytest.raises(Malformed, match="authorises nothing"):
        GalleryBundle.from_bytes(a_gallery([]))


def test_a_gallery_names_no_reference_twice() -> None:
    twice = [a_reference(SITE_KEYS, slot_id="slot-1"), a_reference(SITE_KEYS, slot_id="slot-2")]
    with pytest.raises(Malformed, match="twice"):
        GalleryBundle.from_bytes(a_gallery(twice))


def test_a_gallery_is_named_by_the_hash_of_its_bytes() -> None:
    data = a_gallery([a_reference(SITE_KEYS)])
    assert GalleryBundle.from_bytes(data).sha256 == sha256_hex(data)


@pytest.mark.parametrize(
    "changes", [{"crops_sha256": None, "joins": None}, {"crops_sha256": a_hash("crops"), "joins": "report-0"}]
)
def test_a_report_brings_crops_or_joins_an_alert(changes: dict[str, str | None]) -> None:
    with pytest.raises(Malformed, match="either"):
        CandidateReport.from_bytes(a_report(**changes).to_bytes())


def test_the_context_of_crops_differs_by_report_deployment_and_reference() -> None:
    contexts = {
        encode(crops_context(report, DeploymentId(deployment), ReferenceId(reference)))
        for report in ("a", "b")
        for deployment in ("a", "b")
        for reference in ("a", "b")
    }
    assert len(contexts) == 8


@pytest.mark.parametrize(
    "polygon",
    [
        [],
        [[0, 0], [1, 0]],
        [[0, 0], [1, 0], [1, 1.001]],
        [[0, 0], [1, 0], [-0.001, 1]],
        [[0, 0], [1, 0], [1]],
        [[0, 0], [1, 0], [1, 1, 1]],
        [[0, 0], [1, 0], [True, 1]],
        [[0, 0], [1, 0], [1, False]],
        [[0, 0], [1, 0], ["1", 1]],
        [[0, 0], [1, 0], "11"],
        [[0, 0], [1, 0], None],
        "012",
        {"0": 0, "1": 1, "2": 2},
    ],
    ids=repr,
)
def test_a_mask_is_three_points_within_the_picture(polygon: object) -> None:
    value = {**READ_CAMERA, "masks": [polygon]}
    with pytest.raises(Malformed):
        CameraRecord.from_bytes(encode(value))


READ_CAMERA = {
    "camera_class": "entrance",
    "camera_id": "camera-1",
    "care_area": False,
    "closes": 1440,
    "healthcare": False,
    "kind": "insyn/camera/3",
    "loopback_only": True,
    "masks": [],
    "opened_by_sha256": None,
    "opens": 0,
    "serial": 1,
    "site_id": "site-1",
    "source_kind": "file",
    "view": "The north entrance, from the left.",
}


def test_a_camera_without_masks_is_read() -> None:
    assert CameraRecord.from_bytes(encode(READ_CAMERA)) == a_camera()


def test_a_camera_of_the_version_before_is_of_no_class_and_has_the_bytes_that_it_always_had() -> None:
    before = {name: value for name, value in READ_CAMERA.items() if name != "camera_class"}
    written = encode({**before, "kind": "insyn/camera/2"})
    assert CameraRecord.from_bytes(written) == a_camera(camera_class=None)
    assert a_camera(camera_class=None).to_bytes() == written
    for mixed in ({**before, "kind": "insyn/camera/3"}, {**READ_CAMERA, "kind": "insyn/camera/2"}):
        with pytest.raises(Malformed):
            CameraRecord.from_bytes(encode(mixed))


def test_a_key_for_trials_says_so_and_is_marked_demo_too() -> None:
    key = PinnedKey(role=TrustedRole.REGION, name="region", public=SITE_KEYS.region.public, demo=True, trial=True)
    assert PinnedKey.from_json(decode(encode(key.to_json()))) == key
    assert [one.use for one in (key, replace(key, trial=False), replace(key, trial=False, demo=False))] == [
        ProfileClass.TRIAL,
        ProfileClass.DEMO,
        ProfileClass.OPERATIONAL,
    ]
    assert "trial" not in replace(key, trial=False).to_json()
    for wrong in ({"demo": False, "trial": True}, {"trial": False}):
        with pytest.raises(Malformed):
            PinnedKey.from_json({**key.to_json(), **wrong})


def an_enrolment(**changes: object) -> Enrolment:
    enrolment = Enrolment.from_bytes(a_reference(SITE_KEYS).enrolment.payload)
    return replace(enrolment, **changes)  # type: ignore[arg-type]  # each test names its own


def test_an_enrolment_names_each_recipient_once() -> None:
    enrolment = an_enrolment(template_sha256=(("site", a_hash("1")), ("site", a_hash("2"))))
    with pytest.raises(Malformed, match="twice"):
        Enrolment.from_bytes(enrolment.to_bytes())


def test_an_enrolment_knows_the_box_of_each_recipient() -> None:
    enrolment = an_enrolment(template_sha256=(("site", a_hash("1")), ("viewer", a_hash("2"))))
    assert enrolment.template_hash_for("viewer") == a_hash("2")
    assert enrolment.template_hash_for("stranger") is None
    assert box_sha256(b"box") == sha256_hex(b"box")


@pytest.mark.parametrize("part", ["warrant_id", "slot_id", "photograph_sha256", "profile_sha256"])
def test_the_context_of_a_template_is_bound_to_what_was_enrolled(part: str) -> None:
    request = request_of(an_enrolment())
    other = replace(request, **{part: a_hash("other")})
    assert template_context(other) != template_context(request)
    assert crop_context(other) != crop_context(request)
    assert crop_context(request) != template_context(request)


def test_one_key_is_not_pinned_for_two_roles() -> None:
    shared = a_trusted_site(viewer=a_signing_key("governance"))
    with pytest.raises(Malformed, match="twice"):
        TrustedKeys.from_bytes(shared.trusted.to_bytes())


def test_keys_are_found_by_role_and_short_name() -> None:
    trusted = SITE_KEYS.trusted
    site = SITE_KEYS.site
    assert dict(trusted.of(TrustedRole.SITE)) == {site.id: site.public}
    assert trusted.find(TrustedRole.SITE, site.id) is not None
    assert trusted.find(TrustedRole.REGION, site.id) is None
    assert trusted.find(TrustedRole.SITE, SITE_KEYS.region.id) is None
    assert not TrustedKeys(()).of(TrustedRole.SITE)
    with pytest.raises(TypeError):
        trusted.of(TrustedRole.SITE)["another"] = b""  # type: ignore[index]  # the attack under test


def test_a_probe_is_read_back_with_all_its_pixels() -> None:
    crops = [a_crop(width=3, height=2, pixels_bgr=bytes(range(18))), a_crop(width=1, height=1, pixels_bgr=b"abc")]
    probe = a_probe(*crops)
    assert Probe.from_bytes(probe.to_bytes()) == probe


def test_a_crop_has_the_pixels_it_says() -> None:
    for count in (0, 17, 19):
        with pytest.raises(Malformed, match="pixels"):
            a_crop(width=3, height=2, pixels_bgr=bytes(count))


BAD_PROBES = {
    "six crops": a_probe(*[a_crop()] * 6),
    "four landmarks": a_probe(a_crop(landmarks_xy=((0.0, 0.0),) * 4)),
    "six landmarks": a_probe(a_crop(landmarks_xy=((0.0, 0.0),) * 6)),
    "a landmark of three": a_probe(a_crop(landmarks_xy=((0.0, 0.0, 0.0),) * 5)),
    "a box from right to left": a_probe(a_crop(box_xyxy=(9.0, 0.0, 1.0, 9.0))),
    "a box from bottom to top": a_probe(a_crop(box_xyxy=(0.0, 9.0, 9.0, 1.0))),
    "a box without width": a_probe(a_crop(box_xyxy=(1.0, 0.0, 1.0, 9.0))),
    "a box without height": a_probe(a_crop(box_xyxy=(0.0, 1.0, 9.0, 1.0))),
    "a box of three": a_probe(a_crop(box_xyxy=(0.0, 0.0, 9.0))),
    "a quality above one": a_probe(a_crop(quality=1.01)),
    "too wide a crop": a_probe(a_crop(width=MAX_SIDE + 1, height=1)),
    "too high a crop": a_probe(a_crop(width=1, height=MAX_SIDE + 1)),
    "no width": a_probe(a_crop(width=0, height=1)),
    "a negative track": a_probe(track=-1),
    "a camera that is all": a_probe(camera_id=CameraId("*")),
}


@pytest.mark.parametrize("probe", BAD_PROBES.values(), ids=BAD_PROBES)
def test_a_probe_out_of_bounds_is_refused(probe: Probe) -> None:
    with pytest.raises(Malformed):
        Probe.from_bytes(probe.to_bytes())


def test_a_probe_at_its_bounds_is_read() -> None:
    assert (MAX_SIDE, MAX_CROPS) == (1024, 5)
    for probe in (
        a_probe(a_crop()),
        a_probe(a_crop(width=MAX_SIDE, height=1), a_crop(width=1, height=MAX_SIDE)),
        a_probe(*[a_crop(width=1, height=1)] * MAX_CROPS, track=0),
        a_probe(a_crop(quality=0.0, face_size_px=0.0), a_crop(quality=1.0), track=2**53 - 1),
    ):
        assert Probe.from_bytes(probe.to_bytes()) == probe


def test_a_probe_without_crops_is_refused() -> None:
    probe = replace(a_probe(), crops=())
    with pytest.raises(Malformed, match="1 to 5"):
        Probe.from_bytes(probe.to_bytes())


def test_a_probe_of_another_length_is_refused() -> None:
    data = a_probe(a_crop(width=2, height=2)).to_bytes()
    for other in (b"", data[:3], data[:4], data[:-1], data[:-12], data + b"\x00", data[:4] + b" " + data[4:]):
        with pytest.raises(Malformed):
            Probe.from_bytes(other)


@pytest.mark.parametrize("said", [0, 1, 2**31, 2**32 - 1])
def test_a_probe_with_another_length_of_head_is_refused(said: int) -> None:
    data = a_probe(a_crop(width=2, height=2)).to_bytes()
    with pytest.raises(Malformed):
        Probe.from_bytes(struct.pack(">I", said) + data[4:])
