"""The shop in memory."""

from __future__ import annotations

import pytest

from tests.fakes.shop import Shop, memory_shop


@pytest.fixture
def shop() -> Shop:
    """Build the use cases over memory, with a provider."""
    return memory_shop()
