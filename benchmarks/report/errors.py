"""Why no report is made. Each is one sentence that says what is wrong."""

from benchmarks.errors import BenchmarkError


class NoEvaluation(BenchmarkError):
    """A file has no whole evaluation, or one that contradicts itself."""
