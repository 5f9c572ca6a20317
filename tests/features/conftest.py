"""Whole demos and databases for the tests of features."""

from tests.integration.database.conftest import engine, units
from tests.support.demos import demo, own_demo

__all__ = ["demo", "engine", "own_demo", "units"]
