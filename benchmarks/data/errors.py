"""What is wrong with a data set that was handed in. Each is one sentence that says what to do."""

from benchmarks.errors import BenchmarkError


class DataRefused(BenchmarkError):
    """A data set cannot be used as it lies there."""
