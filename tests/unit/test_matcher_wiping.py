"""Each overwriting in place, seen by somebody who still holds the very memory."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from contracts.lease_request import LeaseAnswer
from contracts.probe import Probe
from contracts.sealing import OpeningKey
from matcher import gallery as gallery_module
from matcher.candidates import AlertMemory
from matcher.faces.face import BgrImage, FloatArray, RgbChip
from matcher.keys import KeyRefused, load_signing_key, load_trusted_keys, opened_key, secret_bytes
from matcher.leases import LeaseBook, LeaseTerms
from matcher.process_hygiene import EnvironmentRefused, refuse_database_credentials
from matcher.site_matcher import SiteMatcher
from matcher.track_embedder import ModelDoor, TrackEmbedder
from matcher.wiping import LockedArray, unsafe_wipe_bytes, wipe_array, wipe_bytearray
from tests.builders_acts import nothing_stopped
from tests.builders_contracts import (
    AT_NOON,
    CAMERA,
    PROFILE,
    SITE,
    a_crop,
    a_gallery,
    a_lease_answer,
    a_probe,
    a_reference,
    a_template,
    a_trusted_site,
    an_authorisation,
)
from tests.builders_matcher import DISTANCE, FakeModels, SetClocks, an_open_gallery, lend

SITE_KEYS = a_trusted_site()


def test_bytes_are_overwritten_where_they_stand() -> None:
    secret = bytes(bytearray(range(1, 200)))
    view = memoryview(secret)
    unsafe_wipe_bytes(secret)
    assert view.tobytes() == bytes(199)
    assert len(secret) == 199


def test_bytes_that_the_interpreter_shares_are_left_alone() -> None:
    unsafe_wipe_bytes(b"")
    unsafe_wipe_bytes(bytes([65]))
    assert bytes([65]) == b"A"


def test_views_of_an_array_and_bytearrays_are_overwritten_with_it() -> None:
    array = np.ones((3, 4), np.float32)
    row = array[1]
    wipe_array(array)
    assert not row.any()
    secret = bytearray(b"secret")
    wipe_bytearray(secret)
    assert secret == bytes(6)


def test_locked_array_has_its_shape_and_is_overwritten() -> None:
    locked = LockedArray(3, 128)
    assert locked.array.shape == (3, 128)
    locked.array[:] = 7
    view = locked.array[2]
    locked.wipe()
    assert not view.any()


def a_key_file(folder: Path, secret: bytes = b"k" * 32, mode: int = 0o600) -> Path:
    path = folder / "some.key"
    path.touch(mode=mode)
    path.chmod(mode)
    path.write_bytes(secret)
    return path


def test_key_is_overwritten_after_it_was_lent(tmp_path: Path) -> None:
    with secret_bytes(a_key_file(tmp_path)) as secret:
        held = secret
        assert held == b"k" * 32
    assert not any(held)


def test_key_is_overwritten_though_its_use_failed(tmp_path: Path) -> None:
    held = bytearray()

    def use() -> None:
        nonlocal held
        with secret_bytes(a_key_file(tmp_path)) as held:
            raise MemoryError

    with pytest.raises(MemoryError):
        use()
    assert len(held) == 32
    assert not any(held)


def test_keys_load_as_what_they_are(tmp_path: Path) -> None:
    path = a_key_file(tmp_path, SITE_KEYS.site.seed)
    assert load_signing_key(path).public == SITE_KEYS.site.public
    path = a_key_file(tmp_path, SITE_KEYS.opening.secret)
    with opened_key(path) as key:
        assert key.public == SITE_KEYS.opening.public


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(KeyRefused, match="0600"):
        load_signing_key(a_key_file(tmp_path, mode=mode))


@pytest.mark.parametrize("secret", [b"", b"k" * 31, b"k" * 33, b"k" * 64])
def test_key_of_another_length_is_refused(tmp_path: Path, secret: bytes) -> None:
    with pytest.raises(KeyRefused, match="32 bytes"):
        load_signing_key(a_key_file(tmp_path, secret))


def test_missing_key_and_bad_pinned_keys_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyRefused, match="missing"):
        load_signing_key(tmp_path / "none.key")
    with pytest.raises(KeyRefused, match="cannot be read"):
        load_trusted_keys(tmp_path / "trust.json")
    (tmp_path / "trust.json").write_bytes(b"[]")
    with pytest.raises(KeyRefused, match="carry it here again"):
        load_trusted_keys(tmp_path / "trust.json")


def test_opened_template_leaves_no_copy_beside_the_gallery(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[bytes] = []
    real = gallery_module.unseal

    def spy(box: bytes, key: OpeningKey, context: dict[str, str]) -> bytes:
        opened.append(real(box, key, context))
        return opened[-1]

    monkeypatch.setattr(gallery_module, "unseal", spy)
    gallery = an_open_gallery(SITE_KEYS, a_gallery([a_reference(SITE_KEYS)]))
    assert opened
    assert not any(opened[0])
    with gallery.templates() as templates:
        assert templates.any()


class SpiedEmbedder:
    """Embeds every chip as its mean colour, and keeps what it was given and what it gave."""

    def __init__(self) -> None:
        self.chips: list[RgbChip] = []
        self.calls: list[tuple[list[RgbChip], FloatArray, bool]] = []

    def align(self, image_bgr: BgrImage, landmarks_xy: FloatArray) -> RgbChip:
        self.chips.append(np.array(image_bgr[:8, :8]))
        return self.chips[-1]

    def embed(self, chips_rgb: Sequence[RgbChip]) -> FloatArray:
        blank = not any(chip.any() for chip in chips_rgb)
        vectors = np.stack([np.full(4, chip.mean() + 1, np.float32) for chip in chips_rgb])
        self.calls.append((list(chips_rgb), vectors, blank))
        return vectors


def test_embedding_overwrites_chips_and_vectors_and_then_runs_empty_once_in_the_same_shape() -> None:
    spied = SpiedEmbedder()
    fusion = TrackEmbedder(spied, DISTANCE).embed([a_crop(), a_crop(quality=0.2)])
    assert fusion.template.any()
    assert not any(chip.any() for chip in spied.chips)
    assert not any(vectors.any() for _, vectors, _ in spied.calls)
    assert [(len(chips), blank) for chips, _, blank in spied.calls] == [(2, False), (2, True)]


def a_site_matcher(models: FakeModels, *, lends: bool) -> SiteMatcher:
    gallery = a_gallery([a_reference(SITE_KEYS)])
    book = LeaseBook(
        LeaseTerms(
            trusted=SITE_KEYS.trusted,
            site_id=SITE,
            profile=PROFILE,
            dimensions=128,
            opening=lend(SITE_KEYS.opening),  # type: ignore[arg-type]  # see `lend`
            stopped=nothing_stopped(SITE_KEYS),
        )
    )
    unverified, ask = an_authorisation(SITE_KEYS, gallery=gallery)
    if lends:
        book.accept(CAMERA, ask, LeaseAnswer.from_bytes(a_lease_answer((unverified, gallery))), AT_NOON)
    clocks = SetClocks()
    return SiteMatcher(
        book=book,
        door=ModelDoor(lambda: models, clocks),
        memory=AlertMemory(quiet_time=DISTANCE.quiet_time),
        site_key=SITE_KEYS.site,
        clocks=clocks,
    )


def a_fresh_probe() -> Probe:
    """Return a probe whose pixels are its own, as they are when they come from a socket."""
    return Probe.from_bytes(a_probe().to_bytes())


@pytest.mark.parametrize("lends", [True, False])
@pytest.mark.parametrize("seed", [1, 2])
def test_pixels_are_overwritten_whatever_comes_of_a_probe(lends: bool, seed: int) -> None:  # noqa: FBT001
    probe = a_fresh_probe()
    answer = a_site_matcher(FakeModels(a_template(seed)), lends=lends).handle(probe)
    assert answer.compared is lends
    assert bool(answer.reports) is (lends and seed == 1)
    assert not any(probe.crops[0].pixels_bgr)


def test_pixels_are_overwritten_though_the_models_fail() -> None:
    def fail() -> None:
        raise MemoryError

    probe = a_fresh_probe()
    with pytest.raises(MemoryError):
        a_site_matcher(FakeModels(during=fail), lends=True).handle(probe)
    assert not any(probe.crops[0].pixels_bgr)


def test_only_a_candidate_is_counted() -> None:
    matcher = a_site_matcher(FakeModels(a_template(2)), lends=True)
    matcher.handle(a_fresh_probe())
    assert not matcher.candidates
    matcher = a_site_matcher(FakeModels(a_template(1)), lends=True)
    matcher.handle(a_fresh_probe())
    assert matcher.candidates.total() == 1


@pytest.mark.parametrize("name", ["DATABASE_URL", "INSYN_DATABASE_URL", "PGPASSWORD", "PGHOST", "sqlalchemy_url"])
def test_process_refuses_database_credentials_and_does_not_repeat_them(name: str) -> None:
    with pytest.raises(EnvironmentRefused) as caught:
        refuse_database_credentials({name: "postgresql://somebody:hunter2@host"})
    assert name in str(caught.value)
    assert "hunter2" not in str(caught.value)
