"""New terms are announced once to each customer who has access and accepted earlier terms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from subscriptions.application.dto.policy import Policy
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import TermsChangedMessage
from subscriptions.application.people.announce_terms import AnnounceTerms
from subscriptions.application.people.customers import AcceptTerms
from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.entities.subscription import SubscriptionStatus
from tests.contract.test_alarms_close_money import database, shop
from tests.fakes import samples
from tests.fakes.shop import POLICY, Shop

__all__ = ["database", "shop"]

NEW = replace(POLICY, terms_version="2027-01-01", terms_since=date(2027, 1, 1))


async def notified(shop: Shop, policy: Policy = NEW) -> set[str]:
    await AnnounceTerms(shop.units, policy)()
    return {job["customer_id"] for job in await shop.notified("terms_changed")}


async def test_each_customer_with_access_is_notified_of_new_terms_once(shop: Shop) -> None:
    plan = await shop.plan()
    live, over, stranger, blocked = [await shop.customer() for _ in range(4)]
    end = shop.clock.now() + timedelta(days=9)
    async with shop.units() as uow:
        for customer in (live, blocked):
            await uow.subscriptions.save(samples.given(customer, plan, end))
        past = samples.given(over, plan, end, status=SubscriptionStatus.EXPIRED, ended_at=shop.clock.now())
        await uow.subscriptions.save(past)
        blocked.blocked_at = shop.clock.now()
        await uow.customers.save(blocked)
        await uow.commit()

    assert await notified(shop) == {str(live.id)}
    assert stranger.terms_version == POLICY.terms_version

    async with shop.units() as uow:
        message = await TermsChangedMessage.load(Sources(uow, NEW, shop.clock.now()), live.id)
        assert message is not None
        assert (message.word, message.since) == ("dated", date(2027, 1, 1))
        (job,) = await shop.notified("terms_changed")
        owed = Notification.owe(message, job["key"], live.telegram_id, "es", shop.clock.now(), live.id, None)
        await uow.notifications.add_if_new(owed)
        blocked.blocked_at = None
        await uow.customers.save(blocked)
        await uow.commit()
    assert await notified(shop) == {str(live.id), str(blocked.id)}, "whoever is back is told; nobody twice"
    assert len(await shop.jobs("bot.announce")) == 2
    await AcceptTerms(shop.units, shop.clock, NEW)(live.telegram_id)
    async with shop.units() as uow:
        assert await TermsChangedMessage.load(Sources(uow, NEW, shop.clock.now()), live.id) is None


async def test_corrected_terms_are_not_announced_to_customers_who_accepted_the_terms_before_correction(
    shop: Shop,
) -> None:
    plan, ana, bea = await shop.plan(), await shop.customer(), await shop.customer()
    async with shop.units() as uow:
        for customer in (ana, bea):
            await uow.subscriptions.save(samples.given(customer, plan, shop.clock.now() + timedelta(days=9)))
        bea.accept_terms("2020-01-01", shop.clock.now())
        await uow.customers.save(bea)
        await uow.commit()
    corrected = replace(NEW, terms_corrects=frozenset({POLICY.terms_version}))
    assert await notified(shop, corrected) == {str(bea.id)}, "she accepted others"
    assert (ana.has_accepted(*corrected.terms), bea.has_accepted(*corrected.terms)) == (True, False)
    await AcceptTerms(shop.units, shop.clock, corrected)(ana.telegram_id)
    async with shop.units() as uow:
        assert [each.version for each in await uow.customers.consents_of(ana.id)] == [], "of hers stands what she saw"


async def test_unchanged_terms_version_is_not_announced(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.customer()
    async with shop.units() as uow:
        await uow.subscriptions.save(samples.given(ana, plan, shop.clock.now() + timedelta(days=9)))
        await uow.commit()
    await AnnounceTerms(shop.units, POLICY)()
    assert await shop.notified("terms_changed") == []
