"""Fixtures for the gateway against the sandbox's Stripe over HTTP, and for userbot accounts against its Telegram."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from subscriptions.domain.ports.channel_provisioner import ChannelProvisioner, ChannelRef
from tests.support.provisioner_stages import MARKER, InMemory, OnTheWire, Stage
from tests.support.stripe_till import Till, open_till
from umbral_sandbox.server import running_sandbox


@pytest.fixture
async def till() -> AsyncIterator[Till]:
    """Yield a Stripe gateway with an account at a new sandbox, for one test."""
    async with open_till() as made:
        yield made


@pytest.fixture(params=["memory", "telethon"])
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    if request.param == "memory":
        yield InMemory()
        return
    async with running_sandbox() as sandbox:
        yield OnTheWire(sandbox)


@pytest.fixture
async def telegram(stage: Stage) -> AsyncIterator[ChannelProvisioner]:
    """Yield a connection of the owner's account to the sandbox's Telegram."""
    async with stage.open(stage.owner) as connected:
        yield connected


@pytest.fixture
async def made(telegram: ChannelProvisioner) -> ChannelRef:
    """Create a channel that the owner's account owns."""
    return await telegram.create_channel("Retador - Retabet - @ana", f"Retador · Retabet ref:{MARKER}")
