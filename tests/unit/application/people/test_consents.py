"""Every version of the terms that a customer accepted remains stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from subscriptions.application.people.customers import AcceptTerms
from tests.fakes import samples
from tests.fakes.shop import POLICY, Shop


async def test_each_accepted_version_is_stored_once_with_its_time_and_language(shop: Shop) -> None:
    ana = samples.customer()
    async with shop.units() as uow:
        await uow.customers.save(ana)
        await uow.commit()
    moments = []
    for version in ("1", "1", "2", "3"):
        shop.clock.advance(timedelta(days=1))
        moments.append(shop.clock.now())
        await AcceptTerms(shop.units, shop.clock, replace(POLICY, terms_version=version))(ana.telegram_id)
    async with shop.units() as uow:
        kept = await uow.customers.consents_of(ana.id)
    assert [(each.version, each.accepted_at) for each in kept] == [
        ("1", moments[0]),
        ("2", moments[2]),
        ("3", moments[3]),
    ]
    assert {each.language for each in kept} == {"es"}


async def test_consent_recorded_by_an_earlier_release_is_copied_before_the_next_consent(shop: Shop) -> None:
    ana = await shop.customer()
    await AcceptTerms(shop.units, shop.clock, replace(POLICY, terms_version="2"))(ana.telegram_id)
    async with shop.units() as uow:
        assert [each.version for each in await uow.customers.consents_of(ana.id)] == [POLICY.terms_version, "2"]
