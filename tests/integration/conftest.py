"""Fixtures of the tests that start the matcher's processes."""

from tests.builders_processes import governance, world

__all__ = ["governance", "world"]
