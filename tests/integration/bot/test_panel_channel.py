"""Choice of the VIP channel in the panel, and messages while the bot lacks rights in the channel."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.access.give_time import GiveTime, TimeGrant
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from tests.integration.bot.conftest import Phone, Stage, until
from tests.integration.bot.staff import Desk, audited, owner, words
from tests.integration.bot.vip import a_vip_plan, last
from tests.support.features import runs
from umbral_sandbox.world.telegram.channel_records import Channel as WorldChannel
from umbral_sandbox.world.telegram.records import bot_api_id

ALL = {"can_invite_users", "can_restrict_members", "can_post_messages"}


def a_channel(stage: Stage, rights: set[str] | None, title: str = "Retador VIP") -> WorldChannel:
    """Create a channel of another person, with the bot as its admin if rights are given."""
    telegram = stage.sandbox.world.telegram
    boss = telegram.people.add_person("Dueña")
    made = telegram.channels.create(boss.id, title)
    if rights is not None:
        telegram.channels.edit_admin(boss.id, made, stage.bot.id, rights)
    stage.sandbox.world.commit()
    return made


def give(stage: Stage, channel: WorldChannel, rights: set[str]) -> None:
    """Change the bot's rights in the channel."""
    stage.sandbox.world.telegram.channels.edit_admin(channel.owner, channel, stage.bot.id, rights)
    stage.sandbox.world.commit()


async def asked(stage: Stage) -> Desk:
    """Open the dialogue that requests the channel, and return the owner's desk."""
    olga = await owner(stage)
    await olga.open()
    page = await olga.press("⭐ Canal VIP")
    assert "Todavía no hay canal VIP" in page["text"]
    await olga.press("⭐ Elegir canal")
    return olga


async def test_channel_is_set_up_only_after_all_rights_are_given(stage: Stage) -> None:
    async with stage.running():
        olga = await asked(stage)
        assert "escribe su id, como -100" in (await olga.write("mi canal"))["text"]
        for typed in ("-1009999999999", "@nadie", "1999999999"):
            assert "el bot no encuentra" in (await olga.write(typed))["text"], typed
        foreign = a_channel(stage, None)
        reported = await olga.write(str(bot_api_id(foreign.id)))
        assert "el bot no encuentra" in reported["text"] or "no es administrador" in reported["text"]
        lacking = a_channel(stage, {"can_post_messages"})
        reported = await olga.write(str(bot_api_id(lacking.id)))
        assert "falta el permiso «Invitar usuarios con enlace»" in reported["text"]
        give(stage, lacking, ALL)
        sure = await olga.write(str(bot_api_id(lacking.id)))
        assert "Retador VIP" in sure["text"]
        done = await olga.press("⭐ Usar este canal")
        assert "«Retador VIP» es el canal VIP" in done["text"]
        assert "✅ invitar a personas" in done["text"]
        assert "Todo en orden" in done["text"]
        async with stage.core.units()() as uow:
            channel = await uow.of(VIP_KEY).channel()
        assert channel is not None
        assert channel.channel_id == bot_api_id(lacking.id)
        lines = await audited(stage, channel.id)
        assert [(line.actor, line.action) for line in lines] == [(str(olga.phone.id), "channel.set_up")]


async def test_channel_check_reports_lost_rights_of_the_bot(stage: Stage) -> None:
    async with stage.running():
        olga = await asked(stage)
        channel = a_channel(stage, ALL)
        await olga.write(str(bot_api_id(channel.id)))
        await olga.press("⭐ Usar este canal")
        give(stage, channel, {"can_post_messages"})
        # The owner is alerted without opening the page; the alarm and the page may come in either order.
        await olga.press("🔄 Comprobar ahora")
        lacking = await olga.phone.said("❌ invitar a personas")
        assert "Dale al bot los permisos que faltan" in lacking["text"]
        await olga.phone.said("A un bot le faltan permisos en un chat tuyo")
        give(stage, channel, set())
        await olga.phone.press(lacking, button="Comprobar ahora")
        put_out = await olga.phone.said("⚠️ El bot")
        assert words(put_out)[0] == "⭐ Cambiar de canal"


async def test_another_channel_replaces_the_first_channel_after_a_warning(stage: Stage) -> None:
    async with stage.running():
        olga = await asked(stage)
        first, second = a_channel(stage, ALL, "El viejo"), a_channel(stage, ALL, "El nuevo")
        await olga.write(str(bot_api_id(first.id)))
        await olga.press("⭐ Usar este canal")
        await olga.press("⭐ Cambiar de canal")
        sure = await olga.write(str(bot_api_id(second.id)))
        assert "El canal VIP será «El nuevo»; ahora es «El viejo»" in sure["text"]
        assert "El nuevo" in (await olga.press("⭐ Usar este canal"))["text"]


@pytest.mark.skipif(not runs("vip"), reason="the customer goes through the three steps")
async def test_customer_who_paid_before_a_channel_was_chosen_is_invited_afterwards(stage: Stage) -> None:
    plan = await a_vip_plan(stage)
    async with stage.running():
        ana = await stage.person()
        await ana.start()
        await until(lambda: last(ana), "an answer")
        olga = await asked(stage)
        await paid_already(stage, ana, plan)
        seq = await last(ana)
        channel = a_channel(stage, ALL)
        await olga.write(str(bot_api_id(channel.id)))
        await olga.press("⭐ Usar este canal")
        first = await ana.said("Paso 1 de 3", after=seq)
        await ana.press(first, button="Continuar")
        await ana.press(await ana.said("Paso 2 de 3", after=first["seq"]), button="Estoy listo")
        await ana.said("Paso 3 de 3", after=first["seq"])


async def paid_already(stage: Stage, phone: Phone, plan: ServicePlan) -> None:
    """Give the customer a month of the plan while there is no channel."""
    now = stage.core.clock().now()
    giving = GiveTime(GrantAccess(stage.core.policy()))
    async with stage.core.units()() as uow:
        customer = await uow.customers.by_telegram_id(TelegramId(phone.id), lock=True)
        assert customer is not None
        given = await giving.find(uow, customer, plan, plan.price, now)
        month = TimeGrant(
            kind=LedgerKind.ADMIN_GRANT, source_key="paid", length=timedelta(days=30), price=plan.price, cause="paid"
        )
        await giving.add(uow, given, customer, plan, month, now)
        await uow.commit()


async def test_chat_is_added_only_after_all_rights_are_given(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        talk = a_channel(stage, {"can_invite_users", "can_post_messages"}, "Tertulia")

        async def seen() -> object:
            async with stage.core.units()() as uow:
                return await uow.resources.seen_chats(9)

        await until(seen, "the bot hears of its new chat")
        await olga.open()
        await olga.press("💬 Canales y grupos")
        await olga.press("➕ Añadir chat")
        refused = await olga.press("Tertulia")
        assert "falta el permiso «Vetar usuarios»" in refused["text"]
        give(stage, talk, ALL)

        async def fit() -> object:
            async with stage.core.units()() as uow:
                return [each for each in await uow.resources.seen_chats(9) if not each.missing_rights]

        await until(fit, "the bot hears of its rights")
        sure = await olga.write(f"{bot_api_id(talk.id)}")
        assert "«Tertulia» tendrá el nombre corto tertulia" in sure["text"]
        done = await olga.press("✅ Confirmar")
        assert "«Tertulia» ya está disponible" in done["text"]
        async with stage.core.units()() as uow:
            made = await uow.resources.by_soft_id("tertulia")
        assert made is not None
        assert [each.action for each in await audited(stage, made.id)] == ["resource.added"]
