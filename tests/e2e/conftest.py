"""Fixtures for tests of a complete demo; see `tests.support.demos`."""

from tests.support.demos import demo, own_demo

__all__ = ["demo", "own_demo"]
