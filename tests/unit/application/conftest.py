"""A shop in memory."""

from __future__ import annotations

import pytest

from tests.fakes.shop import Shop, memory_shop


@pytest.fixture
def shop() -> Shop:
    """The use cases over memory and a provider of its own."""
    return memory_shop()
