"""The model profiles that come with the program."""

from importlib import resources

from contracts.errors import Malformed
from contracts.model_profile import ModelProfile, parse_profile
from matcher.errors import ProfileMissing

DEFAULT_PROFILE = "dlib-resnet"
_FOLDER = "profiles"


def shipped_names() -> list[str]:
    """The names of all shipped profiles, in alphabetical order."""
    folder = resources.files("matcher.models") / _FOLDER
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def shipped_profile(name: str = DEFAULT_PROFILE) -> ModelProfile:
    """Read a shipped profile.

    Raises:
        ProfileMissing: none is called so.
        Malformed: its file is not a profile, or states another name.
    """
    names = shipped_names()
    if name not in names:
        raise ProfileMissing(f"No model profile has this name; the profiles are: {', '.join(names)}.")
    profile = parse_profile((resources.files("matcher.models") / _FOLDER / f"{name}.toml").read_bytes())
    if profile.name != name:
        raise Malformed("This model profile's name is not that of its file.")
    return profile
