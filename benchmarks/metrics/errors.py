"""What is wrong with numbers that were handed in. Each error is one sentence that says what to do."""

from benchmarks.errors import BenchmarkError


class MetricError(BenchmarkError):
    """A metric cannot be computed from what was handed in."""


class NothingToCount(MetricError):
    """One of the two kinds of scores is empty: a rate over nothing is not zero."""


class NotScores(MetricError):
    """What was handed in as scores holds something that is no score."""
