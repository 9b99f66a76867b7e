"""Why a measurement of accuracy is refused. Each is one sentence that says what to do."""

from benchmarks.errors import BenchmarkError


class NotEnoughPeople(BenchmarkError):
    """A set is too small for what was asked."""


class OtherProfile(BenchmarkError):
    """Templates of two model profiles were to be compared."""


class ProcessEnded(BenchmarkError):
    """A process of the pool ended in the middle of its work."""


class ScoresRefused(BenchmarkError):
    """A score file is not what it must be, or not what was signed."""


class ManifestRefused(BenchmarkError):
    """A data manifest is missing, or what was measured is not what it holds fast."""


class UseRefused(BenchmarkError):
    """The file that says what a profile is meant for cannot be used."""


class SamePeople(BenchmarkError):
    """A threshold was to be reported on people who had a part in choosing it."""
