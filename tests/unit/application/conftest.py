"""The in-memory shop."""

from __future__ import annotations

import pytest

from tests.fakes.shop import Shop, memory_shop


@pytest.fixture
def shop() -> Shop:
    """The use cases over memory, with a provider."""
    return memory_shop()
