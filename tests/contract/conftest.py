"""The gateway against the sandbox's Stripe over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.stripe_till import Till, open_till


@pytest.fixture
async def till() -> AsyncIterator[Till]:
    """A till of this test's own."""
    async with open_till() as made:
        yield made
