"""Model profiles: strict, and one hash for one chain."""

import re
from datetime import timedelta
from importlib import resources

import pytest

from contracts.errors import Malformed
from contracts.model_profile import ModelProfile, ProfileClass, parse_profile
from matcher.errors import ProfileMissing
from matcher.models.shipped_profiles import shipped_names, shipped_profile


def toml(name: str = "dlib-resnet") -> str:
    return (resources.files("matcher.models") / "profiles" / f"{name}.toml").read_text("utf-8")


def parsed(text: str) -> ModelProfile:
    return parse_profile(text.encode())


def test_every_shipped_profile_is_read_under_its_own_name() -> None:
    assert shipped_names() == ["dlib-resnet", "yunet-dlib", "yunet-retail0095"]
    for name in shipped_names():
        assert shipped_profile(name).name == name


def test_no_shipped_profile_is_more_than_a_demonstration_without_an_evaluation() -> None:
    assert {shipped_profile(name).profile_class for name in shipped_names()} == {ProfileClass.DEMO}


def test_the_default_threshold_is_stricter_than_the_librarys() -> None:
    profile = shipped_profile()
    assert profile.comparison.threshold == 0.44
    assert profile.comparison.least_likeness == -0.44
    assert profile.faces.least_size_px == 80
    assert profile.comparison.quiet_time > timedelta(0)


def test_an_unknown_profile_names_those_there_are() -> None:
    with pytest.raises(ProfileMissing, match="dlib-resnet"):
        shipped_profile("no-such")


def test_the_hash_does_not_depend_on_comments_or_order() -> None:
    head, *tables = re.split(r"(?m)^(?=\[)", toml())
    turned = "\n".join([head, "# another comment", *reversed(tables)])
    assert parsed(turned).profile_sha256 == shipped_profile().profile_sha256


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("threshold = 0.44", "threshold = 0.43"),
        ("least_size_px = 80.0", "least_size_px = 79.0"),
        ("margin = 0.03", "margin = 0.04"),
        ('class = "DEMO"', 'class = "TRIAL"'),
        ('sha256 = "2', 'sha256 = "3'),
        ("detect_every = ", "detect_every = 1"),
        ('views = ["as-is", "mirrored"]', 'views = ["as-is"]'),
    ],
)
def test_every_changed_value_changes_the_hash(old: str, new: str) -> None:
    assert old in toml()
    assert parsed(toml().replace(old, new)).profile_sha256 != shipped_profile().profile_sha256


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[pacing]", "[pacing]\nturbo = 1"),
        ('name = "dlib-resnet"', 'name = "dlib-resnet"\nextra = 1'),
        ("threshold = 0.44", ""),
        ("threshold = 0.44", "threshold = -1"),
        ("threshold = 0.44", "threshold = nan"),
        ("threshold = 0.44", "threshold = true"),
        ("threshold = 0.44", 'threshold = "0.44"'),
        ('class = "DEMO"', 'class = "SECRET"'),
        ('kind = "mmod"', 'kind = "haar"'),
        ('sha256 = "', 'sha256 = "ff'),
        ('kind = "insyn/model-profile/v1"', 'kind = "insyn/model-profile/v2"'),
        ("size = 150", "size = 100000"),
        ("scale = 1.0", "scale = 2.0"),
        ('views = ["as-is", "mirrored"]', ""),
        ('views = ["as-is", "mirrored"]', "views = []"),
        ('views = ["as-is", "mirrored"]', 'views = ["mirrored"]'),
        ('views = ["as-is", "mirrored"]', 'views = ["as-is", "as-is"]'),
        ('views = ["as-is", "mirrored"]', 'views = ["as-is", "upside-down"]'),
        ('views = ["as-is", "mirrored"]', 'views = ["as-is", 1]'),
        ('views = ["as-is", "mirrored"]', 'views = "as-is"'),
    ],
)
def test_a_profile_that_is_not_exactly_one_is_refused(old: str, new: str) -> None:
    assert old in toml()
    with pytest.raises(Malformed):
        parsed(toml().replace(old, new, 1))


def test_parts_that_cannot_work_together_are_refused() -> None:
    with pytest.raises(Malformed, match="gives none"):
        parsed(
            re.sub(r'(?s)kind = "dlib-trees".*?\n\n', 'kind = "from-detector"\nlayout = "eyes-nose-mouth"\n\n', toml())
        )
    with pytest.raises(Malformed, match="other points"):
        parsed(toml().replace("eye-corners-nose", "eyes-nose-mouth"))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"= 1", b"[" * 1000])
def test_what_is_not_toml_is_refused(content: bytes) -> None:
    with pytest.raises(Malformed):
        parse_profile(content)
