"""Choices made by customers in the chat: language, time zone and no win-back messages."""

from __future__ import annotations

from datetime import timedelta

from subscriptions.application.people.customers import ChooseLanguage, ChooseZone, LeaveInPeace, Person
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.services.zones import ZONE_CHOICES
from tests.fakes.shop import Shop


def at_telegram(customer: Customer) -> Person:
    return Person(telegram_id=customer.telegram_id, first_name="Ana", username=None, language_code="en-GB")


async def kept(shop: Shop, customer: Customer) -> Customer:
    async with shop.units() as uow:
        found = await uow.customers.get(customer.id)
    assert found is not None
    return found


async def test_chosen_language_is_used_until_the_telegram_language_is_chosen_again(shop: Shop) -> None:
    ana, choose = await shop.customer(), ChooseLanguage(shop.units)
    for choice, language in (("pt", "pt"), (None, "en")):
        assert (await choose(at_telegram(ana), choice)).language == language
        assert (await kept(shop, ana)).language == language


async def test_time_zone_outside_the_choices_is_not_stored(shop: Shop) -> None:
    ana, choose, zone = await shop.customer(), ChooseZone(shop.units), next(iter(ZONE_CHOICES))
    for choice, chosen in ((zone, zone), ("Mars/Olympus", None)):
        await choose(at_telegram(ana), choice)
        assert (await kept(shop, ana)).zone == chosen


async def test_repeated_opt_out_of_win_back_messages_keeps_its_first_timestamp(shop: Shop) -> None:
    ana, leave, since = await shop.customer(), LeaveInPeace(shop.units, shop.clock), shop.clock.now()
    for quiet, kept_since in ((True, since), (True, since), (False, None)):
        await leave(ana.telegram_id, quiet=quiet)
        assert (await kept(shop, ana)).quiet_at == kept_since
        shop.clock.advance(timedelta(hours=1))
