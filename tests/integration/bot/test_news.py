"""Owners hear of a sale and reach the customer by its button; a group is written to in the topic it named."""

from __future__ import annotations

import pytest

from bot.screens.notices import render
from subscriptions.application.messages.news_messages import News
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.domain.entities.news import Topic
from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import TelegramId
from tests.integration.bot.conftest import Phone, Stage
from tests.integration.bot.owning import bought
from tests.integration.bot.staff import Desk
from tests.integration.bot.test_messages import inside

FACTS = {"who": "Ana", "customer": "", "plan": "Retabet", "minor": "2999", "currency": "EUR"}


async def test_a_sale_is_told_to_the_owner_and_leads_to_the_customer(stage: Stage) -> None:
    (owner,) = stage.settings.admin_ids
    olga = Phone(stage.http, owner, stage.bot.username)
    await stage.hear(Topic.SALE)
    async with stage.running():
        await olga.start()
        await olga.said("Bienvenido")
        await bought(stage, await stage.person())
        told = await olga.said("Venta")
        assert "29,99\xa0€ · Retabet" in told["text"]
        desk = Desk(stage, olga)
        assert "Ana" in (await desk.press("Ver su ficha"))["text"]
        assert "Renovaciones" in str(await desk.open() and await desk.press("Avisos"))
        assert "🔔 Renovaciones" in str(await desk.press("Renovaciones"))


async def test_a_link_from_a_group_shows_the_customer_to_staff_and_nothing_to_others(stage: Stage) -> None:
    (owner,) = stage.settings.admin_ids
    olga = Phone(stage.http, owner, stage.bot.username)
    async with stage.running():
        await olga.start()
        await olga.said("Bienvenido")
        ana = await stage.person()
        await bought(stage, ana)
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
        assert customer is not None
        screen = render(News(topic=Topic.SALE, facts=FACTS | {"customer": str(customer.id), "bot": "b"}), "es")
        assert screen.markup is not None
        payload = (screen.markup.inline_keyboard[0][0].url or "").partition("start=")[2]
        await olga.start(payload)
        await olga.said(str(ana.id))
        await ana.start(payload)
        await ana.said("código")


async def test_a_group_is_written_to_and_a_topic_that_is_gone_is_refused(stage: Stage) -> None:
    container = BotContainer(core=stage.core, render=render)
    async with stage.running():
        owned = await inside(stage, await stage.person())
    assert owned.channel.channel_id is not None
    chat = TelegramId(int(owned.channel.channel_id))
    now = stage.core.clock().now()
    for place in (None, 7):
        told = News(topic=Topic.SALE, facts=FACTS, place=place)
        owed = Notification.owe(told, str(place), chat, "es", now)
        if place is None:
            assert await container.notifier().send(owed, told) > 0
        else:
            with pytest.raises(Permanent, match="thread not found"):
                await container.notifier().send(owed, told)
    asked = [call["params"].get("message_thread_id") for call in (await stage.calls("sendMessage"))[-2:]]
    assert [str(each) for each in asked] == ["None", "7"]
    await container.bots().aclose()
