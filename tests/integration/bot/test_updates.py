"""Telegram updates are stored before they are processed, and are processed once and in order. A button press is
answered at once.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import httpx
from sqlalchemy import text

from bot.handling import TELEGRAM_TRIES
from bot.pre_checkout import PreCheckoutDesk
from bot.receiving import Reception
from subscriptions.application.checkout.approve_chat_payment import ApproveChatPayment
from subscriptions.application.inbox.bot_updates import ReceiveUpdates
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.bootstrap.bot import Bots
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import TelegramId
from tests.integration.bot.conftest import Phone, Stage, until
from tests.support.plain_http import plain_http
from umbral.demo.loopback import free_port


async def rows(stage: Stage) -> list[dict[str, Any]]:
    async with stage.core.engine().connect() as connection:
        found = await connection.execute(text("SELECT * FROM bot_updates ORDER BY update_id"))
        return [dict(row) for row in found.mappings()]


def message_update(number: int, sender: int, words: str) -> dict[str, Any]:
    person = {"id": sender, "is_bot": False, "first_name": "Ana"}
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "date": 1,
            "from": person,
            "chat": {"id": sender, "type": "private", "first_name": "Ana"},
            "text": words,
            "entities": [{"type": "bot_command", "offset": 0, "length": len(words)}] if words[0] == "/" else [],
        },
    }


async def taken(stage: Stage, *updates: object, groups: Collection[int] = ()) -> None:
    """Store updates as if Telegram had delivered them."""
    bots = Bots(stage.bot.token, [], stage.sandbox.url)
    try:
        core = stage.core
        approve = ApproveChatPayment(core.units(), core.gateways(), core.browse_plans(), core.clock())
        desk = PreCheckoutDesk(bots.subscription, approve)
        receive = ReceiveUpdates(core.units(), core.clock())
        reception = Reception(bots.subscription, receive, desk, groups=groups)
        await reception.take(updates)
        await reception.aclose()
    finally:
        await bots.aclose()


async def test_button_press_is_acknowledged_before_its_screen_is_changed(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.start()
        welcome = await ana.said("Bienvenido")
        answer = await ana.press(welcome, button="Ver Planes")
        await ana.said("Elige una casa")

        assert answer["answer"] == {"text": None, "alert": False}
        order = [call["method"] for call in await stage.calls()]
        assert order.index("answerCallbackQuery") < order.index("editMessageText")


async def test_repeated_update_is_processed_once(stage: Stage) -> None:
    ana = await stage.person()
    await ana.start()
    update = message_update(7_000_001, ana.id, "/planes")
    await taken(stage, update, update)
    await taken(stage, update)
    async with stage.running():
        await ana.said("Bienvenido")
        await ana.said("Elige una casa")

        assert len([item for item in await ana.messages() if "Elige una casa" in item["text"]]) == 1
        assert len(await rows(stage)) == 2


async def test_messages_between_group_members_are_not_stored(stage: Stage) -> None:
    """The bot is an administrator of groups opened by plans, and receives every message in the groups."""
    group, support = -1002200000001, -1002200000002
    notified = [message_update(7_100_000 + number, 5, "hola") for number in range(3)]
    for update, chat, kind in zip(
        notified, (group, support, group), ("supergroup", "supergroup", "group"), strict=True
    ):
        update["message"]["chat"] = {"id": chat, "type": kind, "title": "Tertulia"}
    await taken(stage, *notified, groups=[support])
    assert [row["payload"]["message"]["chat"]["id"] for row in await rows(stage)] == [support]


async def test_updates_of_a_chat_are_processed_in_order(stage: Stage) -> None:
    ana = await stage.person()
    stage.sandbox.world.telegram.chats.start(ana.id, stage.bot.id)
    stage.sandbox.world.telegram.updates.drop(stage.bot.id)
    stage.sandbox.world.commit()
    words = ["/planes", "/estado", "/cancelar", "/planes", "/estado", "/cancelar"]
    for number, word in enumerate(words):
        await taken(stage, message_update(8_000_000 + number, ana.id, word))
    async with stage.running():

        async def all_answered() -> bool:
            return len(await ana.messages()) == 1 + len(words)

        await until(all_answered, "every command is answered")
        notified = [item["text"] for item in await ana.messages() if item["from"]["is_bot"]]

    starts = ["Elige una casa", "Todavía no tienes", "No tienes ninguna"] * 2
    assert [answer[: len(start)] for answer, start in zip(notified, starts, strict=True)] == starts


async def test_unreadable_update_is_parked_without_blocking_other_updates(stage: Stage) -> None:
    ana = await stage.person()
    stage.sandbox.world.telegram.chats.start(ana.id, stage.bot.id)
    stage.sandbox.world.telegram.updates.drop(stage.bot.id)
    stage.sandbox.world.commit()
    nonsense = {"update_id": 1, "message": {"chat": {"id": ana.id}, "text": "\x00 no sender, no date"}}
    await taken(stage, nonsense, {"update_id": 2, "something_new": {"id": 1}}, ["not", "an", "update"])
    await taken(stage, message_update(3, ana.id, "/planes"))
    async with stage.running():
        await ana.said("Elige una casa")

        async def all_done() -> bool:
            return all(row["done_at"] is not None for row in await rows(stage))

        await until(all_done, "all updates are settled")
    assert "cannot be read" in (await rows(stage))[0]["failed"]
    async with stage.core.units()() as uow:
        assert [alarm.kind for alarm in await uow.alarms.open(9)] == ["updates_unread"]
    assert [row["failed"] for row in (await rows(stage))[1:]] == [None, None]


async def test_customer_gets_an_apology_when_a_handler_fails_permanently(stage: Stage) -> None:
    stage.gateway.errors += [ValueError("a fault of ours")] * 3
    async with stage.running():
        ana = await stage.person()
        await ana.start("plan_retabet")
        card = await ana.said("Plan Retabet")
        await ana.press(card, button="Suscribirse")
        await ana.said("Algo ha fallado de nuestra parte")

        failed = [row for row in await rows(stage) if row["failed"]]
        assert [row["failed"] for row in failed] == ["ValueError"]
        await ana.send("/planes")
        await ana.said("Elige una casa")


async def tried_in_vain(stage: Stage, times: int) -> None:
    """Set the number of failed attempts of the current update."""

    async def tried() -> bool:
        return [row["attempts"] for row in await rows(stage) if row["done_at"] is None and row["attempts"]] != []

    await until(tried, "it failed a first time")
    async with stage.core.engine().begin() as connection:
        await connection.execute(
            text("UPDATE bot_updates SET attempts = :times WHERE done_at IS NULL AND attempts > 0"), {"times": times}
        )


async def test_permanently_failing_call_is_abandoned_and_later_updates_of_its_chat_are_processed(stage: Stage) -> None:
    await stage.faults({"on": "bot_api", "do": "error", "code": 500, "method": "editMessageText"})
    async with stage.running():
        ana = await stage.person()
        await ana.start()
        await ana.press(await ana.said("Bienvenido"), button="Ver Planes")
        await ana.send("/estado")
        await tried_in_vain(stage, TELEGRAM_TRIES - 1)
        await ana.said("Algo ha fallado de nuestra parte")
        await ana.said("Todavía no tienes")

    assert [row["failed"] for row in await rows(stage)] == [None, "Ambiguous", None]


async def test_answers_are_sent_when_telegram_is_available_again(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.start()
        await ana.said("Bienvenido")
        await stage.faults({"on": "bot_api", "do": "error", "code": 500})
        await taken(stage, message_update(9_000_001, ana.id, "/estado"))
        await tried_in_vain(stage, TELEGRAM_TRIES * 10)

        async def looked() -> bool:
            return "failed" in [call["state"] for call in await stage.calls("getMe")]

        await until(looked, "Telegram is seen to answer nothing else either")
        await stage.faults()
        await ana.said("Todavía no tienes")


async def test_rate_limited_answer_is_sent_later(stage: Stage) -> None:
    await stage.faults({"on": "bot_api", "do": "flood", "method": "sendMessage", "seconds": 1, "times": 1})
    async with stage.running():
        ana = await stage.person()
        await ana.start()
        await ana.said("Bienvenido")

    assert len([call for call in await stage.calls("sendMessage") if call["state"] == "failed"]) == 1


async def test_customer_who_blocks_the_bot_is_unreachable_until_they_return(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        await ana.start()
        await ana.said("Bienvenido")

        async def reachable() -> bool:
            async with stage.core.units()() as uow:
                customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
            return customer is not None and customer.reachable

        async def blocked() -> bool:
            return not await reachable()

        await ana.do("block_bot")
        await until(blocked, "the block is remembered")
        await ana.do("unblock_bot")
        await until(reachable, "she is back")


async def test_started_bot_registers_its_commands_its_menu_and_the_owners(stage: Stage) -> None:
    async with stage.running():
        olga = Phone(stage.http, next(iter(stage.settings.admin_ids)), stage.bot.username)
        await olga.start()
        await olga.said("Bienvenido")
        async with stage.core.units()() as uow:
            known = {bot.username: bot.role for bot in await uow.accounts.bots()}
            username = await uow.variables.get(BOT_USERNAME)
            owner = await uow.customers.by_telegram_id(TelegramId(olga.id))

        assert known == {"umbral_bot": "subscription", "picks_bot": "sender"}
        assert username == "umbral_bot"
        assert owner is not None
        assert owner.staff_role is StaffRole.OWNER
        commands = [call["params"] for call in await stage.calls("setMyCommands")]
        assert [params.get("language_code") for params in commands] == [None, "en", "pt"]
        (menu,) = await stage.calls("setChatMenuButton")
        assert json.loads(menu["params"]["menu_button"]) == {"type": "default"}


async def test_unrequested_chat_payment_is_refused_at_once(stage: Stage) -> None:
    person = {"id": 1, "is_bot": False, "first_name": "Ana", "language_code": "es"}
    query = {"id": "77", "from": person, "currency": "XTR", "total_amount": 1, "invoice_payload": "x"}
    await taken(stage, {"update_id": 1, "pre_checkout_query": query})

    answer = (await stage.calls("answerPreCheckoutQuery"))[0]["params"]
    assert (str(answer["pre_checkout_query_id"]), str(answer["ok"]).lower()) == ("77", "false")


async def test_second_bot_replica_causes_no_polling_conflict_with_the_first_replica(stage: Stage) -> None:
    async with stage.running(), stage.running():
        ana = await stage.person()
        for _ in range(3):
            await ana.send("/planes")

        async def three() -> bool:
            return len([item for item in await ana.messages() if "Elige una casa" in item["text"]]) == 3

        await until(three, "three answers")
        assert [call for call in await stage.calls("getUpdates") if call["state"] == "failed"] == []


HOSTILE = [
    b"\xff{",
    b"[" * 100_000,
    b'{"update_id": ' + b"[" * 900 + b"]" * 900 + b"}",
    b'{"update_id": 1' + b"0" * 30 + b"}",
    b'{"update_id": ' + b"9" * 5000 + b"}",
    b'{"update_id": 7, "x": ' + b"[" * 900 + b"]" * 900 + b"}",
    b'{"update_id": true}',
    b'{"update_id": NaN}',
]
"""Bodies that are not updates. They are sent with the secret, which only Telegram or a thief of the secret has."""


async def test_webhook_requires_the_secret_and_stores_each_update_once(stage: Stage) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/telegram"
    secret = "a-secret-of-this-test"
    stage.settings = stage.settings.model_copy(
        update={
            "mode": "webhook",
            "webhook_url": url,
            "webhook_secret": type(stage.settings.token)(secret),
            "webhook_port": port,
        }
    )
    ana = await stage.person()
    await stage.faults({"on": "bot_api", "do": "garbage", "method": "setWebhook", "times": 1})
    async with stage.running(), plain_http(timeout=90) as http:
        update = message_update(9, ana.id, "/planes")
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret}

        async def listening() -> bool:
            try:
                return (await http.post(url, json=update)).status_code == 401
            except httpx.TransportError:
                return False

        await until(listening, "the webhook listens")
        wrong = await http.post(url, json=update, headers={"X-Telegram-Bot-Api-Secret-Token": "ñ".encode()})
        assert wrong.status_code == 401
        for body in HOSTILE:
            hostile = await http.post(url, content=body, headers=headers)
            assert hostile.status_code in {200, 400}, body[:60]
        answers = [await http.post(url, json=update, headers=headers) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert [row["update_id"] for row in await rows(stage)] == [7, 9]
