"""Two people of staff at the same payment, over PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest

from subscriptions.application.handlers.admin_confirmations import Outcome
from tests.fakes.shop import Shop
from tests.support.bank import MARTA, OLGA, Bank


@pytest.fixture
async def bank(shop: Shop) -> Bank:
    return await Bank(shop).open()


async def test_two_people_at_once_are_one_decision(bank: Bank) -> None:
    (item,) = await bank.waiting()
    where = (item.order_id, item.number)

    said = await asyncio.gather(bank.use.confirm(OLGA, *where), bank.use.confirm(MARTA, *where))
    assert sorted(said) == [Outcome.AGAIN, Outcome.DONE]
    assert await bank.work() == ["counted"]
    assert len(await bank.audit(item.order_id)) == 1


async def test_two_people_of_two_minds_are_one_decision(bank: Bank) -> None:
    (item,) = await bank.waiting()
    where = (item.order_id, item.number)

    said = await asyncio.gather(bank.use.refuse(OLGA, *where), bank.use.confirm(MARTA, *where))
    assert sorted(said) == [Outcome.DONE, Outcome.OTHERWISE]
    assert len(await bank.work()) == len(await bank.audit(item.order_id)) == 1
