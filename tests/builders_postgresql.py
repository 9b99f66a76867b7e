"""A PostgreSQL server of the test's own, where one is installed."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from benchmarks.log.own_postgresql import OwnServer, PostgresqlMissing, own_postgresql

Server = OwnServer


@contextmanager
def a_postgresql_server(*settings: str) -> Iterator[Server]:
    """Start a server and stop it; skip where none is installed or it does not start."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(own_postgresql("shared_buffers = 32MB", *settings))
        except PostgresqlMissing as error:
            pytest.skip(f"the log's second database is not tested here: {error}")
        yield server
