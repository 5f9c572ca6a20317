"""Check that a plan change made in the chat is confirmed by one message."""

from __future__ import annotations

import pytest

from bot import callbacks
from bot.routers.change import ChangeDesk
from bot.texts import texts_for
from subscriptions.application.subscriptions.change_plan import ChangeQuote
from tests.fakes.shop import Shop
from tests.support.plan_member import Member, member_of

ES = texts_for("es")


@pytest.fixture
async def member(shop: Shop) -> Member:
    return await member_of(shop)


def words(quote: ChangeQuote) -> tuple[str, str, str]:
    """Return the values in the data of the button that confirms a quote."""
    offer = quote.offer
    data = callbacks.confirm_switch(offer.to_soft_id, offer.subscription, quote.as_of)
    return offer.to_soft_id, offer.subscription, data.rpartition("_")[2]


@pytest.mark.parametrize(("wanted", "kind"), [("dear", "plan_switched"), ("cheap", "plan_switch_planned")])
async def test_repeated_confirmation_of_a_plan_change_sends_one_message_and_no_other_answer(
    shop: Shop, member: Member, wanted: str, kind: str
):
    desk, customer = ChangeDesk(shop.changes), member.customer
    quote = await member.quote(wanted)

    shown = [await desk.confirm(customer, ES, *words(quote)) for _ in range(2)]

    assert shown == [None, None]
    assert len(await shop.notified(kind)) == 1


async def test_undone_plan_change_sends_one_message(shop: Shop, member: Member):
    desk, customer = ChangeDesk(shop.changes), member.customer
    quote = await member.quote("cheap")
    await desk.confirm(customer, ES, *words(quote))

    assert await desk.keep(customer, ES, quote.offer.from_soft_id) == (None, False)

    assert len(await shop.notified("plan_switch_dropped")) == 1
    again, _ = await desk.keep(customer, ES, "nothing-of-theirs")
    assert again is not None
    assert "ya no es posible" in again.text
