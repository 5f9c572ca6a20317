"""Several staff members decide about the same payment at once, on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from tests.fakes.shop import Shop
from tests.support.bank import MARTA, OLGA, Bank

TIMES = 5


@pytest.fixture
async def bank(shop: Shop) -> Bank:
    """Build a shop with a payment method that staff confirm, and open enough database connections for all concurrent
    users, because opening one during the test would delay its user.
    """
    bank = await Bank(shop).open()
    await asyncio.gather(*(bank.waiting() for _ in range(2 * TIMES)))
    return bank


async def test_concurrent_confirmations_make_one_decision(bank: Bank) -> None:
    (item,) = await bank.waiting()

    said = await asyncio.gather(*(bank.confirm(who, item) for who in (OLGA, MARTA) for _ in range(TIMES)))
    assert Counter(said) == {"confirmed": 1, "confirmed_before": 2 * TIMES - 1}
    assert await bank.work() == ["counted"]
    assert len(await bank.audit(item.order_id)) == 1
    assert len((await bank.shop.holding(bank.ana, bank.plan)).payments) == 1


async def test_payment_confirmed_and_refused_at_once_has_only_one_result(bank: Bank) -> None:
    (item,) = await bank.waiting()

    minds = [bank.refuse(OLGA, item), bank.confirm(MARTA, item)]
    minds += [decide(OLGA, item) for _ in range(TIMES - 1) for decide in (bank.refuse, bank.confirm)]
    said = await asyncio.gather(*minds)
    refused = {"closed": 1, "closed_before": TIMES - 1, "refused_before": TIMES}
    confirmed = {"confirmed": 1, "confirmed_before": TIMES - 1, "arrived_before": TIMES}
    assert Counter(said) in (refused, confirmed)
    assert len(await bank.work()) == len(await bank.audit(item.order_id)) == 1
