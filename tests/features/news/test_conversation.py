"""Owners are notified of a sale and open the customer's card by the message's button; a group is notified in its forum
topic.
"""

from __future__ import annotations

import pytest

from bot.screens.notices import render
from features.news.domain import Topic
from features.news.messages import News
from features.news.settings import news_chats
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import TelegramId
from tests.integration.bot.conftest import Phone, Stage, until
from tests.integration.bot.owning import bought
from tests.integration.bot.staff import Desk
from tests.integration.bot.test_messages import inside

FACTS = {"who": "Ana", "customer": "", "plan": "Retabet", "minor": "2999", "currency": "EUR"}


async def test_sale_is_announced_to_the_owner_with_a_link_to_the_customer(stage: Stage) -> None:
    (owner,) = stage.settings.admin_ids
    olga = Phone(stage.http, owner, stage.bot.username)
    await stage.choose_news(Topic.SALE)
    async with stage.running():
        await olga.start()
        await olga.said("Bienvenido")
        await bought(stage, await stage.person())
        reported = await olga.said("Venta")
        assert "29,99\xa0€ · Retabet" in reported["text"]
        desk = Desk(stage, olga)
        assert "Ana" in (await desk.press("Ver su ficha"))["text"]
        assert "Renovaciones" in str(await desk.open() and await desk.press("Avisos"))
        assert "🔔 Renovaciones" in str(await desk.press("Renovaciones"))


async def test_customer_link_in_a_group_message_opens_the_customer_card_for_staff_only(stage: Stage) -> None:
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


async def test_group_receives_activity_entries_and_a_deleted_topic_is_refused(stage: Stage) -> None:
    container = BotContainer(core=stage.core, render=render)
    async with stage.running():
        owned = await inside(stage, await stage.person())
    assert owned.channel.channel_id is not None
    chat = TelegramId(int(owned.channel.channel_id))
    now = stage.core.clock().now()
    for thread in (None, 7):
        reported = News(topic=Topic.SALE, facts=FACTS, thread_id=thread)
        owed = Notification.owe(reported, str(thread), chat, "es", now)
        if thread is None:
            assert (await container.notifier().send(owed, reported)).id > 0
        else:
            with pytest.raises(Permanent, match="thread not found"):
                await container.notifier().send(owed, reported)
    asked = [call["params"].get("message_thread_id") for call in (await stage.calls("sendMessage"))[-2:]]
    assert [str(each) for each in asked] == ["None", "7"]
    await container.bots().aclose()


async def forum(stage: Stage, topic: str) -> tuple[int, int]:
    """Create a forum group of an owner, with a topic and with the bot as a member. Return the ids of the group and of
    the topic.
    """
    phone = "+34600000777"
    wanted = {"title": "Ventas", "owner": phone, "topics": [topic]}
    admins = [{"username": stage.bot.username, "rights": ["can_manage_chat"]}]
    account = {"first_name": "Olga", "phone": phone}
    made = await stage.http.post("/setup", json={"accounts": [account], "channels": [wanted | {"admins": admins}]})
    assert made.status_code == 200, made.text
    (group,) = made.json()["channels"]
    (thread,) = (await stage.http.get(f"/channels/{group['id']}")).json()["topics"]
    return int(group["id"]), int(thread)


async def said_in(stage: Stage, group: int) -> list[tuple[str | None, str]]:
    """Return the messages that the bot delivered to a group, each with its forum topic."""
    sent = [call for call in await stage.calls("sendMessage") if call["params"].get("chat_id") == str(group)]
    return [
        (call["params"].get("message_thread_id"), call["params"]["text"]) for call in sent if call["state"] == "done"
    ]


async def test_activity_entries_of_a_deleted_topic_are_sent_to_the_group(stage: Stage) -> None:
    group, thread = await forum(stage, "Altas")
    stage.settings = stage.settings.model_copy(update={"news_groups": news_chats(f"sale={group}/{thread}")})
    stage.core.settings.override(stage.settings)
    async with stage.running():
        await bought(stage, await stage.person())
        await until(lambda: said_in(stage, group), "the group hears of a sale")
        ((thread_id, reported),) = await said_in(stage, group)
        assert thread_id == str(thread)
        assert "29,99\xa0€ · Retabet" in reported
        deleted = await stage.http.post(f"/channels/{group}/topics/{thread}/delete")
        assert deleted.json() == {"ok": True}
        await stage.http.post("/clock/advance", json={"seconds": 120})
        await bought(stage, await stage.person("Bea"))

        async def twice() -> bool:
            return len(await said_in(stage, group)) == 2

        await until(twice, "the group hears of the second sale")
        _, (thread_id, reported) = await said_in(stage, group)
        assert thread_id is None
        assert f"El tema {thread} de este grupo ya no existe" in reported
        assert "29,99\xa0€ · Retabet" in reported
