"""Several people of staff at the same payment, over PostgreSQL."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from subscriptions.application.payments.confirm_by_hand import Outcome
from tests.fakes.shop import Shop
from tests.support.bank import MARTA, OLGA, Bank

TIMES = 5


@pytest.fixture
async def bank(shop: Shop) -> Bank:
    """The shop, with connections for everybody open already: who had to open one would come late."""
    bank = await Bank(shop).open()
    await asyncio.gather(*(bank.waiting() for _ in range(2 * TIMES)))
    return bank


async def test_people_at_once_are_one_decision(bank: Bank) -> None:
    (item,) = await bank.waiting()
    where = (item.order_id, item.number)

    said = await asyncio.gather(*(bank.use.confirm(who, *where) for who in (OLGA, MARTA) for _ in range(TIMES)))
    assert Counter(said) == {Outcome.DONE: 1, Outcome.AGAIN: 2 * TIMES - 1}
    assert await bank.work() == ["counted"]
    assert len(await bank.audit(item.order_id)) == 1
    assert len((await bank.shop.holding(bank.ana, bank.plan)).payments) == 1


async def test_people_of_two_minds_are_one_decision(bank: Bank) -> None:
    (item,) = await bank.waiting()
    where = (item.order_id, item.number)

    minds = [bank.use.refuse(OLGA, *where), bank.use.confirm(MARTA, *where)]
    minds += [decide(OLGA, *where) for _ in range(TIMES - 1) for decide in (bank.use.refuse, bank.use.confirm)]
    said = await asyncio.gather(*minds)
    assert Counter(said) == {Outcome.DONE: 1, Outcome.AGAIN: TIMES - 1, Outcome.OTHERWISE: TIMES}
    assert len(await bank.work()) == len(await bank.audit(item.order_id)) == 1
