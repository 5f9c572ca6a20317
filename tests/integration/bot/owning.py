"""Helpers that do the work of processes other than the bot: apply a payment, create a channel, send an invite link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.people.customers import Person
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel, ChannelStatus, Invite
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.subscription import Subscription, SubscriptionEvent
from subscriptions.domain.events import PaymentReceived
from subscriptions.domain.ids import ChatId, TelegramId, new_uuid
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from tests.integration.bot.conftest import Phone, Stage
from umbral_sandbox.world.telegram.channel_records import Channel as WorldChannel
from umbral_sandbox.world.telegram.records import bot_api_id

RIGHTS = {"can_invite_users", "can_restrict_members", "can_post_messages"}


@dataclass
class Owned:
    """Subscription and channel of a customer."""

    stage: Stage
    phone: Phone
    subscription: Subscription
    channel: Channel
    chat: WorldChannel | None = None

    async def access(self) -> Access:
        """Return the stored access."""
        async with self.stage.core.units()() as uow:
            return await _access(uow, self.phone, self.channel)

    async def open_channel(self) -> None:
        """Create the channel and appoint the bot."""
        telegram = self.stage.sandbox.world.telegram
        owner = telegram.people.add_person("Canales")
        self.chat = telegram.channels.create(owner.id, self.channel.title)
        telegram.channels.edit_admin(owner.id, self.chat, self.stage.bot.id, RIGHTS)
        self.stage.sandbox.world.commit()
        async with self.stage.core.units()() as uow:
            self.channel.status = ChannelStatus.READY
            self.channel.channel_id, self.channel.access_hash = ChatId(bot_api_id(self.chat.id)), 1
            await uow.channels.save(self.channel)
            await uow.commit()

    async def retire_links(self) -> None:
        """Revoke all live links of the channel."""
        async with self.stage.core.units()() as uow:
            for invite in await uow.channels.live_invites(self.channel.id):
                invite.revoke(self.stage.core.clock().now())
                await uow.channels.save_invite(invite)
            await uow.commit()

    async def invite(self, lifetime: timedelta = timedelta(hours=24)) -> str:
        """Create and send the customer's invite link, and return its address."""
        assert self.chat is not None
        world, now = self.stage.sandbox.world, self.stage.core.clock().now()
        link = world.telegram.invites.export(self.chat.owner, self.chat, request=True)
        world.commit()
        async with self.stage.core.units()() as uow:
            access = await _access(uow, self.phone, self.channel)
            invite = Invite(
                id=new_uuid(),
                channel_id=self.channel.id,
                customer_id=access.customer_id,
                url=link.url,
                creator="account:1",
                created_at=now,
                expires_at=now + lifetime,
            )
            await uow.channels.add_invite(invite)
            access.invite(invite.id)
            await uow.accesses.save(access)
            await uow.commit()
        return link.url


async def _access(uow: UnitOfWork, phone: Phone, channel: Channel) -> Access:
    customer = await uow.customers.by_telegram_id(TelegramId(phone.id))
    assert customer is not None
    found = await uow.accesses.find(customer.id, channel.id)
    assert found is not None
    return found


async def paid_for(stage: Stage, phone: Phone, soft_id: str) -> Subscription:
    """Create a paid subscription, for the open order if there is one. Starts the bot as the person first if the chat is
    empty.
    """
    if not await phone.messages():
        await phone.start()
        await phone.said("Bienvenido")
    now, policy = stage.core.clock().now(), stage.core.policy()
    person = Person(telegram_id=TelegramId(phone.id), first_name="Ana", username=None, language_code=None)
    me = await stage.core.meet_customer()(person)
    snapshot = stage.gateway.begin(f"sub-{phone.id}-{soft_id}")
    async with stage.core.units()() as uow:
        plan = await uow.plans.by_soft_id(soft_id)
        assert plan is not None
        known = await uow.orders.open_for(me.id, plan.id, lock=True)
        order = known or Order.open(me.id, plan, now, now + policy.checkout_lifetime)
        order.capture(now)
        subscription = Subscription.begin(order, stage.gateway.name, snapshot.ref, now)
        subscription.apply(SubscriptionEvent.PAID, now)
        subscription.current_period_start = snapshot.current_period_start
        subscription.current_period_end = snapshot.current_period_end
        payment = Payment.capture(
            provider=stage.gateway.name,
            payment_key=f"pay-{order.id}",
            customer_id=me.id,
            order_id=order.id,
            amount=plan.price,
            is_renewal=False,
            occurred_at=now,
            now=now,
        )
        payment.subscription_id = subscription.id
        await uow.orders.save(order)
        await uow.subscriptions.save(subscription)
        await uow.payments.add_if_new(payment)
        await uow.ledger.add_if_new(
            LedgerEntry(
                subscription_id=subscription.id,
                kind=LedgerKind.PAYMENT,
                source_key=payment.payment_key,
                starts_at=now,
                length=timedelta(days=30),
                payment_id=payment.id,
                created_at=now,
            )
        )
        granting = GrantAccess(policy)
        await granting.recount(uow, subscription)
        await uow.subscriptions.save(subscription)
        await granting.grant(uow, subscription, me, plan, now)
        uow.record(PaymentReceived(payment.id, subscription.id, me.id, is_renewal=False))
        await uow.commit()
    return subscription


async def bought(stage: Stage, phone: Phone, soft_id: str = "retabet") -> Owned:
    """Create a paid subscription whose channel does not exist yet. Uses the open order if there is one."""
    subscription = await paid_for(stage, phone, soft_id)
    async with stage.core.units()() as uow:
        channel = await uow.channels.personal_of(subscription.customer_id, subscription.plan_id)
    assert channel is not None
    return Owned(stage, phone, subscription, channel)
