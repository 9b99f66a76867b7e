"""What the log or the vault could not do, in the application's words: nothing was shown and nothing was changed."""

from collections.abc import Iterator
from contextlib import contextmanager

from governance.application.errors import StorageFailed
from governance.audit.errors import LogError


@contextmanager
def log_errors() -> Iterator[None]:
    """Turn the log's and the vault's errors into one that stops the use case.

    Raises:
        StorageFailed: with the sentence of what failed.
    """
    try:
        yield
    except LogError as error:
        raise StorageFailed(str(error)) from error
