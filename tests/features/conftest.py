"""Fixtures of whole demos, databases and shops for the tests of features."""

from tests.integration.bot.conftest import choices, stage
from tests.integration.database.conftest import engine, units
from tests.support.demos import demo, own_demo
from tests.unit.application.conftest import shop

__all__ = ["choices", "demo", "engine", "own_demo", "shop", "stage", "units"]
