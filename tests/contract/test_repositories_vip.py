"""Activation codes, entry steps and the shared VIP channel, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.activation_token import ActivationToken
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.resource import SHARED_CHANNEL, VIP, EntryPolicy, Resource
from subscriptions.domain.entities.service_plan import AccessKind, ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.entities.vip_entry import VipEntry
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import ChatId, TelegramId, new_uuid
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY, VIP_ENTRIES_KEY, VIP_KEY, TokenCounts
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from tests.fakes import samples
from tests.fakes.resources import vip as shared_vip
from tests.fakes.samples import NOON
from tests.fakes.selling import Sale, selling
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]

DAY = timedelta(days=1)


def vip_plan(**more: Any) -> ServicePlan:
    return samples.plan(recurring=False, interval=None, duration_days=30, access=AccessKind.VIP_CHANNEL, **more)


async def vip_sale(uow: UnitOfWork) -> tuple[Sale, Channel]:
    """Create a purchase of a VIP plan, and the shared channel."""
    sale = await selling(uow)
    sale.plan = replace(sale.plan, recurring=False, interval=None, duration_days=30, opens=(VIP,))
    await uow.plans.save(sale.plan)
    channel = Channel.for_resource(shared_vip(), ChatId(-1_000_000_777), "VIP", NOON)
    assert await uow.channels.add_if_new(channel)
    return sale, channel


def token(plan: ServicePlan, **more: Any) -> ActivationToken:
    return replace(ActivationToken.make(plan, TelegramId(5), NOON, NOON + 30 * DAY), **more)


async def test_code_is_read_as_saved(units: Units) -> None:
    plan = vip_plan()
    made = token(plan, note="para Ana", campaign="verano", batch=new_uuid())
    async with units() as uow:
        await uow.plans.save(plan)
        assert await uow.of(TOKENS_KEY).add_if_new(made)
        await uow.commit()
    async with units() as uow:
        assert await uow.of(TOKENS_KEY).get(made.id) == made
        assert await uow.of(TOKENS_KEY).by_token(made.token, lock=True) == made
        assert await uow.of(TOKENS_KEY).by_token("A" * 16) is None
        assert not await uow.of(TOKENS_KEY).add_if_new(token(plan, token=made.token))
        assert made.batch is not None
        assert await uow.of(TOKENS_KEY).made_together(made.batch) == {made.id: made.expires_at}
        assert await uow.of(TOKENS_KEY).list_unsealed(5) == [made]
        for kept in ("SEALED0000000000", "AGAIN00000000000"):
            await uow.of(TOKENS_KEY).seal(made.id, kept)
        assert await uow.of(TOKENS_KEY).list_unsealed(5) == []
        assert await uow.of(TOKENS_KEY).get(made.id) == replace(made, token="SEALED0000000000", sealed=True)


async def test_code_is_claimed_once_while_valid(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        good, late = token(sale.plan), token(sale.plan, expires_at=NOON)
        revoked = token(sale.plan, revoked_at=NOON, revoked_by=TelegramId(5))
        for made in (good, late, revoked):
            await uow.of(TOKENS_KEY).add_if_new(made)
        who, what = sale.customer.id, sale.subscription.id
        assert await uow.of(TOKENS_KEY).claim(good.id, who, what, NOON)
        assert not await uow.of(TOKENS_KEY).claim(good.id, who, what, NOON)
        assert not await uow.of(TOKENS_KEY).claim(late.id, who, what, NOON)
        assert not await uow.of(TOKENS_KEY).claim(revoked.id, who, what, NOON)
        used = await uow.of(TOKENS_KEY).get(good.id)
        assert used is not None
        assert (used.used_by, used.used_at, used.subscription_id) == (who, NOON, what)
        await uow.commit()


async def test_openings_activations_and_channel_joins_of_activation_codes_are_counted(units: Units) -> None:
    async with units() as uow:
        sale, channel = await vip_sale(uow)
        first, second = token(sale.plan, campaign="a"), token(sale.plan, campaign="a")
        third = token(sale.plan, campaign="b")
        for made in (first, second, third):
            await uow.of(TOKENS_KEY).add_if_new(made)
        await uow.of(TOKENS_KEY).note_opened(first.id, NOON)
        await uow.of(TOKENS_KEY).note_opened(first.id, NOON + DAY)
        await uow.of(TOKENS_KEY).claim(first.id, sale.customer.id, sale.subscription.id, NOON)
        await uow.of(TOKENS_KEY).note_joined(sale.customer.id, channel.id, NOON + DAY)
        await uow.of(TOKENS_KEY).note_joined(sale.customer.id, channel.id, NOON + 2 * DAY)
        kept = await uow.of(TOKENS_KEY).get(first.id)
        assert kept is not None
        assert (kept.opened, kept.opened_at, kept.joined_at) == (2, NOON, NOON + DAY)
        assert await uow.of(TOKENS_KEY).counts() == [
            TokenCounts(plan_id=sale.plan.id, campaign="a", codes=2, openings=1, activations=1, joins=1),
            TokenCounts(plan_id=sale.plan.id, campaign="b", codes=1, openings=0, activations=0, joins=0),
        ]


async def test_code_is_not_marked_as_joined_when_its_customer_joins_another_channel(units: Units) -> None:
    async with units() as uow:
        sale, _ = await vip_sale(uow)
        made = token(sale.plan)
        await uow.of(TOKENS_KEY).add_if_new(made)
        await uow.of(TOKENS_KEY).claim(made.id, sale.customer.id, sale.subscription.id, NOON)
        other = samples.plan()
        await uow.plans.save(other)
        elsewhere = replace(sale.channel, id=sale.channel.id, plan_id=other.id)
        await uow.channels.save(elsewhere)
        await uow.of(TOKENS_KEY).note_joined(sale.customer.id, elsewhere.id, NOON)
        kept = await uow.of(TOKENS_KEY).get(made.id)
        assert kept is not None
        assert kept.joined_at is None


async def test_entry_is_read_as_saved(units: Units) -> None:
    person = samples.customer()
    entry = VipEntry(
        customer_id=person.id,
        vip_entry_stage=3,
        vip_entry_token="t" * 64,
        invite_link_sent_at=NOON + DAY,
        created_at=NOON,
    )
    async with units() as uow:
        await uow.customers.save(person)
        await uow.of(VIP_ENTRIES_KEY).save(entry)
        await uow.commit()
    async with units() as uow:
        assert await uow.of(VIP_ENTRIES_KEY).find(person.id, lock=True) == entry
        assert await uow.of(VIP_ENTRIES_KEY).by_telegram_id(person.telegram_id) == entry
        assert await uow.of(VIP_ENTRIES_KEY).by_token("t" * 64) == entry
        assert await uow.of(VIP_ENTRIES_KEY).of_all([person.id, samples.customer().id]) == [entry]
        entry.complete()
        await uow.of(VIP_ENTRIES_KEY).save_all([entry])
        assert await uow.of(VIP_ENTRIES_KEY).find(person.id) == entry
        assert await uow.of(VIP_ENTRIES_KEY).by_token("t" * 64) is None
        assert await uow.of(VIP_ENTRIES_KEY).by_telegram_id(TelegramId(1)) is None


async def test_entry_tokens_are_unique(units: Units) -> None:
    first, second = samples.customer(), samples.customer()
    async with units() as uow:
        for person in (first, second):
            await uow.customers.save(person)
        await uow.of(VIP_ENTRIES_KEY).save(VipEntry(customer_id=first.id, vip_entry_token="t" * 64, created_at=NOON))
        await uow.commit()
    with pytest.raises(RetryLater):
        await save(units, VipEntry(customer_id=second.id, vip_entry_token="t" * 64, created_at=NOON))


async def test_entry_steps_of_a_customer_are_stored_separately_for_each_resource(units: Units) -> None:
    person, other = samples.customer(), samples.customer()
    course = Resource.add("curso", SHARED_CHANNEL, "Curso", EntryPolicy.RITUAL, NOON)
    of_vip = VipEntry(customer_id=person.id, vip_entry_stage=2, created_at=NOON)
    of_course = [
        VipEntry(customer_id=each, resource_id=course.id, vip_entry_stage=3, vip_entry_token=word * 64, created_at=NOON)
        for each, word in ((person.id, "c"), (other.id, "d"))
    ]
    of_course.sort(key=lambda each: each.customer_id)
    mine = next(each for each in of_course if each.customer_id == person.id)
    async with units() as uow:
        for each in (person, other):
            await uow.customers.save(each)
        assert await uow.resources.add_if_new(course)
        await uow.of(VIP_ENTRIES_KEY).save_all([of_vip, *of_course])
        await uow.commit()
    async with units() as uow:
        assert await uow.of(VIP_ENTRIES_KEY).find(person.id) == of_vip
        assert await uow.of(VIP_ENTRIES_KEY).find(person.id, course.id, lock=True) == mine
        assert await uow.of(VIP_ENTRIES_KEY).by_telegram_id(person.telegram_id, course.id) == mine
        assert await uow.of(VIP_ENTRIES_KEY).by_telegram_id(person.telegram_id) == of_vip
        assert await uow.of(VIP_ENTRIES_KEY).by_token("c" * 64) == mine
        assert await uow.of(VIP_ENTRIES_KEY).of_all([person.id, other.id]) == [of_vip]
        assert await uow.of(VIP_ENTRIES_KEY).of_all([person.id, other.id], course.id) == of_course
        assert await uow.of(VIP_ENTRIES_KEY).under_way(course.id) == of_course
        mine.complete()
        await uow.of(VIP_ENTRIES_KEY).save(mine)
        await uow.commit()
    async with units() as uow:
        assert await uow.of(VIP_ENTRIES_KEY).find(person.id, course.id) == mine
        assert await uow.of(VIP_ENTRIES_KEY).find(person.id) == of_vip
        assert [each.customer_id for each in await uow.of(VIP_ENTRIES_KEY).under_way(course.id)] == [other.id]
    mine.vip_entry_token = "d" * 64
    with pytest.raises(RetryLater):
        await save(units, mine)


async def save(units: Units, entry: VipEntry) -> None:
    """Save the entry in its own transaction."""
    async with units() as uow:
        await uow.of(VIP_ENTRIES_KEY).save(entry)
        await uow.commit()


async def test_vip_channel_is_unique(units: Units) -> None:
    first, second = (
        Channel.for_resource(shared_vip(), ChatId(-1001), "VIP", NOON),
        Channel.for_resource(shared_vip(), ChatId(-1002), "VIP", NOON),
    )
    async with units() as uow:
        assert await uow.of(VIP_KEY).channel() is None
        assert not await uow.of(VIP_KEY).has_channel()
        assert await uow.channels.add_if_new(first)
        assert await uow.of(VIP_KEY).has_channel()
        assert not await uow.channels.add_if_new(second)
        assert await uow.of(VIP_KEY).channel() == first
        first.status = ChannelStatus.DELETED
        await uow.channels.save(first)
        assert await uow.channels.add_if_new(second)
        assert await uow.of(VIP_KEY).channel() == second


async def test_invite_links_are_found_by_customer_and_url(units: Units) -> None:
    async with units() as uow:
        sale, channel = await vip_sale(uow)
        invite = samples.invite(channel, customer_id=sale.customer.id)
        await uow.channels.add_invite(invite)
        assert await uow.of(VIP_KEY).live_invites(channel.id, sale.customer.id) == [invite]
        assert await uow.of(VIP_KEY).invite_by_url(channel.id, invite.url) == invite
        assert await uow.of(VIP_KEY).invite_by_url(channel.id, "https://t.me/+other") is None
        invite.revoke(NOON)
        await uow.channels.save_invite(invite)
        assert await uow.of(VIP_KEY).live_invites(channel.id, sale.customer.id) == []
        assert await uow.of(VIP_KEY).invite_by_url(channel.id, invite.url) == invite


async def test_accesses_are_read_and_saved_in_bulk(units: Units) -> None:
    async with units() as uow:
        sale, channel = await vip_sale(uow)
        access = Access.request(sale.customer.id, channel.id, NOON)
        await uow.accesses.save(access)
        [known] = await uow.of(VIP_KEY).accesses(channel.id, [sale.customer.id, samples.customer().id])
        assert known == access
        known.end(is_shared=True)
        await uow.of(VIP_KEY).save_accesses([known])
        again = await uow.accesses.get(access.id)
        assert again is not None
        assert again.status is AccessStatus.REVOKING
        assert await uow.of(VIP_KEY).accesses(channel.id, []) == []
        await uow.of(VIP_KEY).save_accesses([])


@pytest.mark.parametrize(
    ("change", "due"),
    [
        ({}, True),
        ({"status": SubscriptionStatus.CANCELED}, True),
        ({"status": SubscriptionStatus.EXPIRED}, False),
        ({"status": SubscriptionStatus.PAST_DUE}, False),
        ({"status": SubscriptionStatus.PAST_DUE, "access_until": NOON - 5 * DAY}, True),
        ({"access_until": NOON + timedelta(seconds=1)}, False),
        ({"access_until": None}, False),
        ({"next_check_at": NOON + DAY}, False),
        ({"provider": "acme", "provider_ref": "sub-managed"}, False),
    ],
)
async def test_bulk_expiry_selects_only_due_subscriptions_that_no_provider_manages(
    units: Units, change: dict[str, Any], due: bool
) -> None:
    async with units() as uow:
        sale, _ = await vip_sale(uow)
        given = replace(sale.subscription, provider=None, provider_ref=None, access_until=NOON)
        given = replace(given, **change)
        await uow.subscriptions.save(given)
        await uow.commit()
    async with units() as uow:
        assert bool(await uow.of(VIP_KEY).list_due(NOON)) is due
        assert await uow.of(VIP_KEY).count_due(NOON) == int(due)
        # The expiry check leaves the subscription alone unless a provider manages it.
        managed = given.provider_ref is not None
        assert bool(await uow.subscriptions.list_due(NOON)) is managed
        assert [item.id for item in await uow.of(VIP_KEY).live_subscriptions(sale.customer.id)] == (
            [given.id] if given.live else []
        )


async def test_personal_subscription_is_not_part_of_the_bulk_expiry(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        given = replace(sale.subscription, provider=None, provider_ref=None, access_until=NOON)
        await uow.subscriptions.save_all([given])
        assert await uow.subscriptions.get(given.id) == given
        assert await uow.of(VIP_KEY).list_due(NOON) == []
        assert [item.id for item in await uow.subscriptions.list_due(NOON)] == [given.id]
        assert await uow.of(VIP_KEY).live_subscriptions(sale.customer.id) == []


async def test_plan_changed_by_another_process_is_not_overwritten(units: Units) -> None:
    plan = vip_plan()
    async with units() as uow:
        await uow.plans.save(plan)
        mine, theirs = replace(plan, name="Mía"), replace(plan, name="Suya")
        assert await uow.plans.save_if_unchanged(theirs, plan.version)
        assert not await uow.plans.save_if_unchanged(mine, plan.version)
        kept = await uow.plans.get(plan.id)
        assert kept is not None
        assert (kept.name, kept.version) == ("Suya", 2)


async def test_plan_is_deleted_only_when_unreferenced(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        free, with_token = vip_plan(), vip_plan()
        await uow.plans.save(free)
        await uow.plans.save(with_token)
        await uow.of(TOKENS_KEY).add_if_new(token(with_token))
        assert await uow.plans.delete_if_unused(free.id)
        assert not await uow.plans.delete_if_unused(free.id)
        assert not await uow.plans.delete_if_unused(with_token.id)
        assert not await uow.plans.delete_if_unused(sale.plan.id)
        # The transaction is still usable.
        assert await uow.plans.get(sale.plan.id) is not None
        await uow.commit()


async def test_plan_to_which_a_live_subscription_will_change_is_not_deleted(units: Units) -> None:
    plan = vip_plan()
    async with units() as uow:
        sale = await selling(uow)
        await uow.plans.save(plan)
        sale.subscription.status = SubscriptionStatus.ACTIVE
        sale.subscription.next_plan_id, sale.subscription.next_plan_at = plan.id, NOON + DAY
        await uow.subscriptions.save(sale.subscription)
        assert not await uow.plans.delete_if_unused(plan.id)
        sale.subscription.status, sale.subscription.ended_at = SubscriptionStatus.EXPIRED, NOON
        await uow.subscriptions.save(sale.subscription)
        assert await uow.plans.delete_if_unused(plan.id)


async def test_granted_subscription_has_no_order(units: Units) -> None:
    person, plan = samples.customer(), vip_plan()
    async with units() as uow:
        await uow.customers.save(person)
        await uow.plans.save(plan)
        given = Subscription.give(person.id, plan.id, plan.price, NOON)
        await uow.subscriptions.save(given)
        assert await uow.subscriptions.get(given.id) == given


async def test_shared_and_personal_channels_to_which_customers_have_access_are_found(units: Units) -> None:
    async with units() as uow:
        (sale, channel), other = await vip_sale(uow), await selling(uow)
        await uow.accesses.save(Access.request(sale.customer.id, channel.id, NOON))
        await uow.accesses.save(Access.request(other.customer.id, other.channel.id, NOON))
        assert await uow.of(VIP_KEY).list_entered([sale.customer.id, other.customer.id]) == {
            (channel.resource_id, sale.customer.id)
        }
        assert await uow.of(VIP_KEY).list_entered([other.customer.id]) == set()
        both = sorted([sale.subscription.id, other.subscription.id])
        assert await uow.of(VIP_KEY).with_own_channel(both) == both
        await uow.channels.save(replace(other.channel, status=ChannelStatus.DELETED))
        assert await uow.of(VIP_KEY).with_own_channel(both) == [sale.subscription.id]
