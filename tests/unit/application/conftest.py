"""Fixture with a shop whose database and payment provider are in memory."""

from __future__ import annotations

import pytest

from tests.fakes.shop import Shop, memory_shop


@pytest.fixture
def shop() -> Shop:
    """Return a shop with all use cases over a database in memory, and with one payment provider."""
    return memory_shop()
