"""Runs of the real gateways against simulated providers: all guarantees are fulfilled, a run is repeatable, and
deliberate errors and a leaked secret are found.

Each test simulates one market (all providers and one shop) or a part of one; `make shuffle` runs as many markets as
possible in a minute.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from dependency_injector import providers

from subscriptions.domain.ids import identifiers_from
from tests.shuffle.books import hold
from tests.shuffle.fair import traded
from tests.shuffle.market import Market, open_market
from tests.shuffle.promises import Broken
from tests.shuffle.test_shuffle import CountsDeliveries, ForgetsRefunds
from tests.year.chance import Chance, Stream

DELIVERIES = 40
ENOUGH = 400


async def test_all_gateways_fulfil_all_guarantees_and_two_runs_with_one_seed_are_equal() -> None:
    first, second = await traded(1, DELIVERIES), await traded(1, DELIVERIES)
    assert first.broken is None, first.broken
    assert first.delivered >= DELIVERIES
    assert first == second


@asynccontextmanager
async def _counting_deliveries(chance: Stream, seed: int, people: int) -> AsyncIterator[Market]:
    async with open_market(chance, seed, people) as market:
        worker = market.container.worker
        core = market.container.core
        worker.fetch_event_details.override(
            providers.Singleton(CountsDeliveries, core.units, core.gateways, core.clock)
        )
        yield market


@asynccontextmanager
async def _forgetting_refunds(chance: Stream, seed: int, people: int) -> AsyncIterator[Market]:
    async with open_market(chance, seed, people) as market:
        worker = market.container.worker
        worker.apply_event.override(providers.Singleton(ForgetsRefunds, worker.grant_access, worker.issue_receipts))
        yield market


async def test_planted_fault_that_applies_a_payment_at_each_delivery_is_found() -> None:
    outcome = await traded(1, ENOUGH, _counting_deliveries)
    assert outcome.broken is not None
    assert "exactly once" in outcome.broken


async def test_planted_fault_that_ignores_a_refund_is_found() -> None:
    outcome = await traded(1, ENOUGH, _forgetting_refunds)
    assert outcome.broken is not None
    assert "taken back when its payment is refunded" in outcome.broken


async def test_secret_in_a_log_line_is_found() -> None:
    chance = Chance(1)
    with identifiers_from(chance.of("identifiers").randbytes):
        async with open_market(chance.of("market"), 1, 1) as market:
            hold(market, set())
            name, value = next(iter(market.secrets.items()))
            market.lines.append(f"refused: {value}")
            with pytest.raises(Broken, match=name):
                hold(market, set())
