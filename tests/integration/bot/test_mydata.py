"""/mis_datos: the file with all data stored about a customer, and the two confirmations before an erasure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from subscriptions.application.payments.issue_receipts import IssueReceipts
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import TelegramId
from tests.fakes import samples
from tests.integration.bot.conftest import Phone, Stage, buttons, until


async def known(stage: Stage, phone: Phone) -> Customer:
    async with stage.core.units()() as uow:
        customer = await uow.customers.by_telegram_id(TelegramId(phone.id))
    assert customer is not None
    return customer


async def has_time(stage: Stage, phone: Phone, **more: object) -> Subscription:
    """Give the person a month of the plan Retabet, and return the subscription. more: fields of the subscription."""
    customer, now = await known(stage, phone), stage.core.clock().now()
    async with stage.core.units()() as uow:
        [plan] = [plan for plan in await uow.plans.all() if plan.soft_id == "retabet"]
        order = samples.order(customer, plan, status="paid", created_at=now, expires_at=now)
        given = samples.subscription(order, access_until=now + timedelta(days=30), **more)
        channel = samples.ready_channel(given)
        access = Access.request(customer.id, channel.id, now)
        access.join(now)
        await uow.orders.save(order)
        await uow.subscriptions.save(given)
        await uow.channels.save(channel)
        await uow.accesses.save(access)
        await uow.commit()
    return given


async def test_export_file_arrives_in_the_chat(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person("Ana", username="ana_datos")
        await ana.send("/mydata")
        card = await ana.said("Tus datos")
        first, *_, last = buttons(card)
        assert (first, last) == ("📄 Recibir mis datos", "🗑 Borrar mis datos")
        await ana.press(card, button="📄 Recibir mis datos")

        async def arrived() -> object:
            return [item for item in await ana.messages() if item["kind"] == "document"]

        [file] = await until(arrived, "the file")
        assert "todo lo que guardamos de ti" in file["text"]
        reported = (await stage.http.get(f"{stage.sandbox.url}{file['file']['url']}")).json()
        assert reported["telegram_id"] == ana.id
        [row] = reported["tables"]["customers"]["rows"]
        assert (row["first_name"], row["username"]) == ("Ana", "ana_datos")


async def test_renewing_subscription_must_be_canceled_before_the_erasure(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.send("/mis_datos")
        card = await ana.said("Tus datos")
        given = await has_time(stage, ana)
        await ana.press(card, button="🗑 Borrar mis datos")
        reported = await ana.said("se renueva sola")
        assert "/cancelar" in reported["text"]
        await ana.press(reported, data="erase_data_now")
        await ana.said("se renueva sola")
        async with stage.core.units()() as uow:
            kept = await uow.subscriptions.get(given.id)
        assert kept is not None
        assert kept.live


async def test_erasure_needs_two_confirmations_and_names_the_paid_time_given_up(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.send("/mis_datos")
        card = await ana.said("Tus datos")
        given = await has_time(stage, ana, provider_ref=None)
        await ana.press(card, button="🗑 Borrar mis datos")
        first = await ana.said("¿Borramos tus datos?")
        assert "Retabet: pierdes el tiempo que te queda, hasta el" in first["text"]
        assert "seis años" in first["text"]
        await ana.press(first, button="Seguir")
        second = await ana.said("Última pregunta")
        await ana.press(second, button="No, dejarlo como está")
        await ana.said("Tus datos", after=second["seq"])
        await ana.press(second, data="erase_data_now")
        await ana.said("borramos tus datos: suele tardar unos minutos")
        async with stage.core.units()() as uow:
            ended = await uow.subscriptions.get(given.id)
            [access] = await uow.accesses.of_customer(given.customer_id)
        assert ended is not None
        assert (ended.live, ended.end_reason, str(access.status)) == (False, "erased", "revoking")
        # The worker does the rest, once the customer is out of the chats.
        waiting = text("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'core.erase_person'")
        async with stage.core.engine().connect() as connection:
            assert (await connection.execute(waiting)).scalar_one() == 1


async def has_receipt(stage: Stage, person: Phone) -> None:
    """Store a payment that counts, with its receipt, for the person."""
    given = await has_time(stage, person)
    customer, now = await known(stage, person), stage.core.clock().now()
    async with stage.by_login("worker") as uow:
        order = await uow.orders.get(given.order_id)
        assert order is not None
        payment = samples.payment(order)
        await uow.payments.add_if_new(payment)
        receipts = IssueReceipts(replace(stage.core.policy(), legal_identity="Retador S.L. · B00000000"))
        await receipts.receipt(uow, payment, customer, "Retabet", 521, now)
        await uow.commit()
