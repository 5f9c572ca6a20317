"""Shop with one existing group: what a customer reads from the card to the entry, and while the bot cannot admit
anybody.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from subscriptions.application.catalog.plan_catalog import sellable
from subscriptions.bootstrap.worker import WorkerContainer
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import REFUNDED
from subscriptions.domain.ids import TelegramId
from tests.integration.bot.conftest import NEWS_S, Phone, Stage, buttons, until
from tests.integration.bot.owning import paid_for
from tests.integration.bot.test_bundles import RIGHTS, a_chat, bought, sold
from tests.integration.bot.test_tracing import by_worker
from tests.integration.bot.vip import last
from tests.support.operator_cli import Terminal
from umbral_sandbox.world.telegram.channel_records import Channel as Chat
from umbral_sandbox.world.telegram.records import bot_api_id

NOT_SOLD = "no está a la venta"


async def a_group(stage: Stage, terminal: Terminal) -> Chat:
    """Add an existing group by the command line."""
    chat = a_chat(stage, "Charla", "group")
    added = await terminal.run("resources", "add", str(bot_api_id(chat.id)), "--name", "charla")
    assert added.status == 0, added.err
    return chat


async def is_sold(stage: Stage, plan: ServicePlan) -> bool:
    """Return True if the plan is on sale."""
    async with stage.core.units()() as uow:
        return [each.id for each in await sellable(uow, [plan])] == [plan.id]


async def is_told(phone: Phone, words: str) -> bool:
    """Open the plan's link, and return True if the bot answers with these words. It keeps the list of plans for half a
    second.
    """
    seq = await last(phone)
    await phone.start("plan_sala")
    return any(words in each["text"] for each in await phone.messages(seq + 1, wait_s=NEWS_S))


async def alarms(stage: Stage) -> dict[str, dict[str, str]]:
    """Return the facts of the open alarms by kind."""
    async with stage.core.units()() as uow:
        return {alarm.kind: dict(alarm.facts) for alarm in await uow.alarms.open(20)}


def throw_out(stage: Stage, chat: Chat) -> None:
    """Let the group's owner remove the bot and ban it."""
    stage.sandbox.world.telegram.members.ban(chat.owner, chat, stage.bot.id)


def demote(stage: Stage, chat: Chat) -> None:
    """Let the group's owner make the bot an ordinary member."""
    stage.sandbox.world.telegram.channels.edit_admin(chat.owner, chat, stage.bot.id, set())


def take_right(stage: Stage, chat: Chat) -> None:
    """Let the group's owner take the bot's right to invite."""
    stage.sandbox.world.telegram.channels.edit_admin(chat.owner, chat, stage.bot.id, {"can_restrict_members"})


def delete(stage: Stage, chat: Chat) -> None:
    """Let the group's owner delete the group."""
    stage.sandbox.world.telegram.channels.delete(chat.owner, chat)


def restore(stage: Stage, chat: Chat) -> None:
    """Let the group's owner make the bot an administrator again."""
    telegram = stage.sandbox.world.telegram
    if telegram.members.is_banned(chat, stage.bot.id):
        telegram.members.unban(chat.owner, chat, stage.bot.id)
    telegram.channels.edit_admin(chat.owner, chat, stage.bot.id, RIGHTS["group"])
    stage.sandbox.world.commit()


async def test_status_shows_the_working_link_of_a_group_and_its_expiry(stage: Stage, terminal: Terminal) -> None:
    await a_group(stage, terminal)
    plan = await sold(stage, "sala", "charla")
    async with stage.running():
        ana = await stage.person()
        (url,) = (await bought(stage, ana, plan)).values()
        await ana.send("/estado")
        card = await ana.said("falta que entres")
        assert "ya no funciona" not in card["text"]
        assert "el enlace vale hasta el" in card["text"]
        assert url in [each.get("url") for each in buttons(card).values()]
        assert "🔄 Actualizar" not in buttons(card)


@pytest.mark.parametrize("harm", [throw_out, demote, take_right, delete])
async def test_plan_is_sold_only_while_the_bot_can_admit_people(
    stage: Stage, terminal: Terminal, harm: Callable[[Stage, Chat], None]
) -> None:
    chat = await a_group(stage, terminal)
    plan = await sold(stage, "sala", "charla")
    async with stage.running():
        ana, eva = await stage.person(), await stage.person("Eva")
        await ana.start("plan_sala")
        card = await ana.said("Plan Sala")
        harm(stage, chat)
        stage.sandbox.world.commit()
        await until(lambda: is_told(eva, NOT_SOLD), "the plan is not sold any more")

        await ana.press(card, button="Suscribirse")
        await ana.said(NOT_SOLD, after=card["seq"])
        assert not await is_sold(stage, plan)
        await eva.send("/planes")
        listed = await eva.said("plan")
        assert not any("Sala" in text for text in buttons(listed))
        (kind,) = {"vip_bot_put_out", "bot_rights_missing"} & (await alarms(stage)).keys()
        facts = (await alarms(stage))[kind]
        assert facts["channel"] == "Charla"
        if harm is delete:
            return
        restore(stage, chat)
        await until(lambda: is_told(eva, "Plan Sala"), "the plan is sold again")
        assert kind not in await alarms(stage)


async def access_of(stage: Stage, phone: Phone) -> Access:
    """Return the person's only access."""
    async with stage.core.units()() as uow:
        customer = await uow.customers.by_telegram_id(TelegramId(phone.id))
        assert customer is not None
        (access,) = await uow.accesses.of_customer(customer.id)
    return access


async def check_entry(stage: Stage, phone: Phone, **after: int) -> None:
    """Let time pass, and check the person's access as the worker does."""
    if after:
        await stage.http.post("/clock/advance", json=after)
    access = await access_of(stage, phone)
    async with by_worker(stage) as core:
        await WorkerContainer(core=core).watch_entry()(access.id)


async def paid_in_vain(stage: Stage, chat: Chat) -> Phone:
    """Let a person pay on a page that they opened before the bot lost its rights."""
    ana = await stage.person()
    await ana.start("plan_sala")
    card = await ana.said("Plan Sala")
    await ana.press(card, button="Suscribirse")
    await ana.said("Pulsa aquí")
    demote(stage, chat)
    stage.sandbox.world.commit()
    await paid_for(stage, ana, "sala")

    async def is_refused() -> bool:
        return (await access_of(stage, ana)).status is AccessStatus.ACTION_REQUIRED

    await until(is_refused, "Telegram refuses the link")
    await check_entry(stage, ana, minutes=5)
    message = await ana.said("Todavía no podemos darte entrada a Sala")
    assert "te devolvemos tus 9,99\xa0€" in message["text"]
    return ana


async def test_customer_who_paid_for_a_lost_chat_gets_the_money_back_on_the_named_day(
    stage: Stage, terminal: Terminal
) -> None:
    chat = await a_group(stage, terminal)
    await sold(stage, "sala", "charla")
    async with stage.running():
        ana = await paid_in_vain(stage, chat)
        assert "until" in (await alarms(stage))["paid_without_access"]
        await check_entry(stage, ana, hours=73)
        message = await ana.said("No hemos podido darte entrada a Sala")
        assert "te devolvemos tus 9,99\xa0€" in message["text"]
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
            assert customer is not None
            (subscription,) = await uow.subscriptions.of_customer(customer.id)
            (payment,) = await uow.payments.of_customer(customer.id, 9)
        assert (subscription.live, subscription.end_reason) == (False, REFUNDED)
        # The provider of this shop refunds nothing by itself, so that the owner has to.
        async with by_worker(stage) as core:
            refund = WorkerContainer(core=core).refund_payment()
            await refund(payment.id, payment.amount.minor, f"no_access:{payment.id}")

        async def is_told() -> bool:
            return "refund_failed" in await alarms(stage)

        await until(is_told, "the owner is told to refund by hand")


async def test_customer_who_paid_for_a_lost_chat_gets_link_and_lost_hours_once_it_is_back(
    stage: Stage, terminal: Terminal
) -> None:
    chat = await a_group(stage, terminal)
    plan = await sold(stage, "sala", "charla")
    async with stage.running():
        ana = await paid_in_vain(stage, chat)
        await stage.http.post("/clock/advance", json={"hours": 30})
        seq = await last(ana)
        restore(stage, chat)

        async def has_link() -> bool:
            shown = [url for each in await ana.messages(seq) for url in (b.get("url") for b in buttons(each).values())]
            return any(url is not None and "t.me/+" in url for url in shown)

        await until(has_link, "the link is sent")
        await check_entry(stage, ana)
        await ana.said("Tu acceso a Sala ha cambiado", after=seq)
        await check_entry(stage, ana, hours=96)
        assert (await access_of(stage, ana)).status is AccessStatus.INVITED
        assert await is_sold(stage, plan)
