"""Saved entities are read back unchanged, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from subscriptions.application.messages.channel_messages import JoinedMessage
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.domain.entities import variable
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.entities.order import CheckoutAttempt
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.payment_account import PaymentAccount
from subscriptions.domain.entities.post import PostButton, PostContent, PostDelivery
from subscriptions.domain.entities.service_plan import AccessKind
from subscriptions.domain.entities.userbot_account import AccountBot, Bot
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from subscriptions.domain.ports.repositories.inbox import InboxStatus, StoredUpdate
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.selling import entry, selling
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]


async def test_purchase_is_read_as_saved(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        await uow.commit()
    async with units() as uow:
        assert await uow.customers.get(sale.customer.id) == sale.customer
        assert await uow.customers.by_telegram_id(sale.customer.telegram_id, lock=True) == sale.customer
        assert await uow.plans.get(sale.plan.id) == sale.plan
        assert await uow.plans.by_soft_id(sale.plan.soft_id) == sale.plan
        assert await uow.orders.get(sale.order.id, lock=True) == sale.order
        assert await uow.orders.open_for(sale.customer.id, sale.plan.id, lock=True) == sale.order
        assert await uow.subscriptions.get(sale.subscription.id, lock=True) == sale.subscription
        assert await uow.payments.get(sale.payment.id) == sale.payment
        assert await uow.payments.by_key("acme", sale.payment.payment_key) == sale.payment
        assert await uow.channels.get(sale.channel.id, lock=True) == sale.channel
        assert sale.channel.channel_id is not None
        assert await uow.channels.by_chat_id(sale.channel.channel_id) == sale.channel
        assert await uow.channels.personal_of(sale.customer.id, sale.plan.id) == sale.channel


async def test_changed_entities_overwrite_the_saved_entities(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        sale.customer.staff_role, sale.customer.first_name = StaffRole.OWNER, "Ñ 🎰 <b>&amp;"
        sale.plan = replace(
            sale.plan,
            recurring=False,
            interval=None,
            duration_days=30,
            access=AccessKind.VIP_CHANNEL,
            grace_days=0,
            texts={"en": {"name": "Monthly"}},
        )
        sale.subscription.cancel(now=NOON)
        sale.payment.raise_flag(FlagReason.AMOUNT_MISMATCH)
        await uow.customers.save(sale.customer)
        await uow.plans.save(sale.plan)
        await uow.subscriptions.save(sale.subscription)
        await uow.payments.save(sale.payment)
        await uow.commit()
        assert await uow.customers.get(sale.customer.id) == sale.customer
        assert await uow.plans.get(sale.plan.id) == sale.plan
        assert await uow.subscriptions.get(sale.subscription.id) == sale.subscription
        assert await uow.payments.get(sale.payment.id) == sale.payment


async def test_amounts_of_every_size_are_read_as_saved(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        for number, money in enumerate([Money(0, "JPY"), Money(-2999, "EUR"), Money(9_999_999_999, "KWD")]):
            paid = samples.payment(sale.order, payment_key=f"m{number}", amount=money)
            assert await uow.payments.add_if_new(paid)
            assert await uow.payments.get(paid.id) == paid


async def test_stored_payments_missing_from_the_providers_list_are_found(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        at, later = NOON + timedelta(days=90), NOON + timedelta(days=91)
        known, unknown, second = (
            samples.payment(sale.order, payment_key=key, occurred_at=moment)
            for key, moment in (("known", at), ("unknown", at), ("second", later))
        )
        for payment in (second, known, unknown, samples.payment(sale.order, payment_key="p", provider="else")):
            assert await uow.payments.add_if_new(payment)
        span, provider = (at, later + timedelta(hours=1)), known.provider
        assert await uow.payments.list_unlisted(provider, *span, ["known"], 9) == [unknown, second]
        assert await uow.payments.list_unlisted(provider, *span, ["known"], 1) == [unknown]
        assert await uow.payments.list_unlisted(provider, at, later, [], 9) in ([known, unknown], [unknown, known])
        assert await uow.payments.list_unlisted(provider, *span, ["known", "unknown", "second"], 9) == []


async def test_partial_payments_waiting_for_the_remaining_amount_are_found(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        early = samples.payment(sale.order, part=True, occurred_at=NOON - timedelta(hours=1))
        late = samples.payment(sale.order, part=True, excess=Money(101, "EUR"))
        counted = samples.payment(sale.order, part=True, subscription_id=sale.subscription.id)
        given_up = samples.payment(sale.order, part=True)
        given_up.raise_flag(FlagReason.ORDER_CLOSED)
        for payment in (late, early, counted, given_up):
            assert await uow.payments.add_if_new(payment)
        assert await uow.payments.waiting_parts([sale.order.id]) == [early, late]
        assert await uow.payments.waiting_parts([]) == []
        assert await uow.payments.get(given_up.id) == given_up


async def test_ledger_entry_is_read_as_saved(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        wanted = replace(entry(sale.subscription.id), payment_id=sale.payment.id, note="from the provider")
        await uow.ledger.add_if_new(wanted)
        (kept,) = await uow.ledger.of_subscription(sale.subscription.id)
    assert kept.id is not None
    assert replace(kept, id=None) == wanted


async def test_attempts_accounts_and_prices_are_read_as_saved(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        attempt = CheckoutAttempt(
            order_id=sale.order.id, number=1, provider="acme", created_at=NOON, expires_at=NOON + timedelta(minutes=35)
        )
        await uow.orders.save_attempt(attempt)
        attempt.mark_opened("cs-1", "https://pay.example/1", NOON + timedelta(minutes=30))
        await uow.orders.save_attempt(attempt)
        account = PaymentAccount(
            customer_id=sale.customer.id, provider="acme", external_customer_id="cus-1", created_at=NOON
        )
        price = PlanPaymentPrice(plan_id=sale.plan.id, provider="acme", external_price_id="price-1")
        await uow.customers.save_account(account)
        await uow.plans.save_price(price)
        await uow.plans.save_price(replace(price, external_price_id="price-2"))
        await uow.commit()
        assert await uow.orders.attempts(sale.order.id) == [attempt]
        assert await uow.orders.attempt_by_session("acme", "cs-1") == attempt
        assert await uow.customers.account_at(sale.customer.id, "acme") == account
        assert await uow.plans.price_at(sale.plan.id, "acme") == replace(price, external_price_id="price-2")
        assert await uow.plans.price_at(sale.plan.id, "other") is None


async def test_price_of_a_payment_method_is_read_as_saved_and_can_be_deleted(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        made = PlanPaymentPrice(plan_id=sale.plan.id, provider="acme", external_price_id="price-1")
        own = PlanPaymentPrice(
            plan_id=sale.plan.id, provider="tokens", external_price_id=None, price=Money(1500, "XTR")
        )
        attempt = CheckoutAttempt(
            order_id=sale.order.id,
            number=1,
            provider="tokens",
            amount=Money(700, "XTR"),
            price=Money(1500, "XTR"),
            created_at=NOON,
            expires_at=NOON + timedelta(minutes=35),
        )
        await uow.plans.save_price(made)
        await uow.plans.save_price(own)
        await uow.orders.save_attempt(attempt)
        await uow.commit()
        assert await uow.plans.price_at(sale.plan.id, "tokens") == own
        assert await uow.plans.own_prices(sale.plan.id) == [own]
        assert own in await uow.plans.own_prices()
        assert await uow.orders.attempts(sale.order.id) == [attempt]
        await uow.plans.forget_prices(sale.plan.id)
        assert await uow.plans.price_at(sale.plan.id, "acme") is None
        assert await uow.plans.price_at(sale.plan.id, "tokens") == own
        await uow.plans.drop_price(sale.plan.id, "tokens")
        assert await uow.plans.own_prices(sale.plan.id) == []


async def test_accesses_and_invites_are_read_as_saved(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        access = Access.request(sale.customer.id, sale.channel.id, NOON)
        invite = samples.invite(sale.channel)
        await uow.accesses.save(access)
        await uow.channels.add_invite(invite)
        access.invite(invite.id)
        access.join(NOON)
        await uow.accesses.save(access)
        assert await uow.channels.live_invites(sale.channel.id) == [invite]
        invite.revoke(NOON)
        await uow.channels.save_invite(invite)
        assert await uow.accesses.find(sale.customer.id, sale.channel.id, lock=True) == access
        assert await uow.accesses.of_channel(sale.channel.id) == [access]
        assert await uow.accesses.of_customer(sale.customer.id) == [access]
        assert await uow.channels.get_invite(invite.id) == invite
        assert await uow.channels.live_invites(sale.channel.id) == []


async def test_accesses_to_a_channel_are_read_in_pages(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        people = [samples.customer(telegram_id=number) for number in range(5_000_001, 5_000_006)]
        for person in people:
            assert await uow.customers.add_if_new(person)
            await uow.accesses.save(Access.request(person.id, sale.channel.id, NOON))
        ids = sorted(each.id for each in await uow.accesses.of_channel(sale.channel.id))
        first = await uow.accesses.page_of_channel(sale.channel.id, None, 3)
        rest = await uow.accesses.page_of_channel(sale.channel.id, first[-1].id, 3)
        assert [each.id for each in first] == ids[:3]
        assert [each.id for each in rest] == ids[3:]


async def test_accounts_and_bots_are_read_as_saved(units: Units) -> None:
    account = samples.account()
    bot = Bot(telegram_id=8_000_000_001, username="umbral_bot", role="subscription", updated_at=NOON)
    async with units() as uow:
        assert await uow.accounts.add_if_new(account)
        account.order_wait("CreateChannel", NOON + timedelta(hours=3))
        account.reserve_channel(NOON)
        await uow.accounts.save(account)
        await uow.accounts.save_bot(bot)
        await uow.accounts.save_bot(replace(bot, username="renamed_bot"))
        known = AccountBot(account_id=account.id, bot_id=bot.telegram_id, access_hash=-(2**62))
        await uow.accounts.save_account_bot(known)
        await uow.commit()
        assert await uow.accounts.all(lock=True) == [account]
        assert await uow.accounts.bots() == [replace(bot, username="renamed_bot")]
        assert await uow.accounts.bot_seen_by(account.id, bot.telegram_id) == known


async def test_posts_and_deliveries_are_read_as_saved(units: Units) -> None:
    content = PostContent(
        text="Más de 2.5 ⚽", photo_url="https://x.example/p.jpg", buttons=((PostButton("a", "b"),), ())
    )
    async with units() as uow:
        sale = await selling(uow)
        pick = samples.pick(sale.plan, content=content)
        assert await uow.of(POSTS_KEY).add_if_new(pick)
        delivery = PostDelivery.plan(pick, sale.channel.id, sale.channel.channel_id or samples.ChatId(0), NOON)
        assert await uow.of(POSTS_KEY).add_delivery_if_new(delivery)
        pick.edit(replace(pick.content, text="Menos"))
        delivery.bot, delivery.message_id, delivery.revision = "sender_bot", 12, 1
        await uow.of(POSTS_KEY).save(pick)
        await uow.of(POSTS_KEY).save_delivery(delivery)
        await uow.commit()
        assert await uow.of(POSTS_KEY).by_key(pick.key, lock=True) == pick
        assert await uow.of(POSTS_KEY).deliveries(pick.id) == [delivery]
        assert await uow.of(POSTS_KEY).get_delivery(delivery.id) == delivery


async def test_notifications_variables_and_audit_are_read_as_saved(units: Units) -> None:
    owed = Notification.owe(
        JoinedMessage(plan_name="Retabet & <b>", until=NOON), "1", samples.customer().telegram_id, "es", NOON
    )
    async with units() as uow:
        assert await uow.notifications.add_if_new(owed)
        owed.sending_since, owed.message_id, owed.sent_at = NOON, 5, NOON
        await uow.notifications.save(owed)
        await uow.variables.set(BOT_USERNAME, "old_bot")
        await uow.variables.set(BOT_USERNAME, "umbral_bot")
        await uow.audit.record(actor="1", action="grant", subject="s", reason="gift", at=NOON, facts={"days": "3"})
        await uow.commit()
        assert await uow.notifications.get(owed.id) == owed
        assert await uow.notifications.by_key("joined:1") == owed
        assert await uow.variables.get(BOT_USERNAME) == "umbral_bot"
        assert await uow.variables.get(variable.text("unknown")) is None


async def test_inbox_and_updates_are_read_as_saved(units: Units) -> None:
    entry_ = samples.inbox_entry(
        event=samples.event(
            amount_refunded=Money(1, "JPY"), period_start=NOON, evidence={"invoice": "in_1"}, livemode=False, final=True
        )
    )
    update = StoredUpdate(bot_id=1, update_id=7, chat_key=5, payload={"message": {"text": "ñ"}}, received_at=NOON)
    async with units() as uow:
        assert await uow.inbox.add_if_new(entry_)
        assert await uow.updates.add_new([update])
        await uow.updates.count_try(1, 7, 3)
        entry_.status, entry_.attempts, entry_.handled_at = InboxStatus.APPLIED, 2, NOON
        await uow.inbox.save(entry_)
        await uow.commit()
        assert await uow.inbox.get(entry_.id, lock=True) == entry_
        assert await uow.updates.open_in_chat(1, 5, 10) == [replace(update, attempts=3)]
