"""The errors of the benchmarks. Each carries one sentence that says what to do."""


class BenchmarkError(Exception):
    """A measurement cannot be made on this machine; the message says why and what to do."""


class ContenderFailed(BenchmarkError):
    """A process that measures something ended before it had measured it."""


class RivalMissing(BenchmarkError):
    """A library to compare with is not installed."""


class ModelFilesMissing(BenchmarkError):
    """The files of a model profile are neither in the store nor among the test data."""


class SiteFailed(BenchmarkError):
    """The processes of one camera whose memory is measured did not start, or did not keep running."""
