"""Fixtures: a fixed clock, and a Stripe gateway that is closed after the test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from subscriptions.infrastructure.payments.stripe import CAPABILITIES
from subscriptions.infrastructure.payments.stripe.gateway import StripeGateway
from tests.support.stripe import FakeClock, settings


@pytest.fixture
def clock() -> FakeClock:
    """Return a fixed clock."""
    return FakeClock()


@pytest.fixture
async def gateway(clock: FakeClock) -> AsyncIterator[StripeGateway]:
    """Return a gateway in test mode with two webhook secrets."""
    made = StripeGateway(settings(), clock, CAPABILITIES)
    yield made
    await made.aclose()
