"""Proxy in front of Telegram that answers with HTML pages of its own: the bot treats such answers as an outage, and no
job fails.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiogram.exceptions import TelegramServerError
from aiohttp import web

from bot import pre_checkout
from bot.pre_checkout import PreCheckoutDesk
from subscriptions.application.checkout.approve_chat_payment import ChatRefusal
from subscriptions.bootstrap.bot import Bots, bot_api_errors
from subscriptions.domain.errors import Ambiguous
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from tests.integration.bot.conftest import Stage
from tests.support.stars import TOKEN

PAGE = b"<html><head><title>502 Bad Gateway</title></head></html>"
ANSWERS = {
    "HTML page": (502, PAGE, "text/html"),
    "HTML page with status 200": (200, PAGE, "text/html"),
    "nothing": (504, b"", "text/html"),
    "undecodable body": (502, b"\xff\xfe\xfa", "text/html; charset=utf-8"),
    "unknown encoding": (502, PAGE, "text/html; charset=klingon"),
    "json of a proxy": (502, b'{"error": "bad gateway"}', "application/json"),
    "empty refusal": (502, b'{"ok": false}', "application/json"),
    "other JSON": (200, b"[]", "application/json"),
}


class Front:
    """Fake Telegram that returns a fixed response until repaired."""

    def __init__(self, answer: tuple[int, bytes, str]) -> None:
        self.status, self.body, self.kind = answer
        self.heals_after: int | None = None
        self.calls: list[float] = []

    async def take(self, request: web.Request) -> web.Response:
        self.calls.append(time.monotonic())
        if self.heals_after is not None and len(self.calls) > self.heals_after:
            return web.json_response({"ok": True, "result": True})
        return web.Response(status=self.status, body=self.body, headers={"Content-Type": self.kind})


@asynccontextmanager
async def bots_behind(front: Front) -> AsyncIterator[Bots]:
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", front.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    bots = Bots(TOKEN, [], f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        yield bots
    finally:
        await bots.aclose()
        await runner.cleanup()


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_non_json_answer_is_treated_as_a_telegram_outage(answer: tuple[int, bytes, str]) -> None:
    async with bots_behind(Front(answer)) as bots:
        with pytest.raises(TelegramServerError):
            await bots.subscription.get_me()
        with pytest.raises(Ambiguous), bot_api_errors():
            await bots.subscription.send_message(1, "Hola")


async def test_pre_checkout_answer_is_retried_after_invalid_responses_within_ten_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert pre_checkout.ANSWER_S < pre_checkout.LAST_S < 10
    # Allow for any pause of a busy machine.
    monkeypatch.setattr(pre_checkout, "ANSWER_S", 60)
    monkeypatch.setattr(pre_checkout, "LAST_S", 60)

    async def agree(person: TelegramId, payload: str, amount: Money) -> ChatRefusal | None:
        return None

    front = Front(ANSWERS["HTML page"])
    front.heals_after = 5
    query = {"id": "1", "from": {"id": 7}, "currency": "XTR", "total_amount": 1, "invoice_payload": "x"}
    async with bots_behind(front) as bots:
        await asyncio.wait_for(PreCheckoutDesk(bots.subscription, agree)(query), 90)
    assert len(front.calls) == 6
    assert front.calls[-1] - front.calls[0] > 1


async def test_bot_keeps_working_after_invalid_responses_of_telegram(stage: Stage) -> None:
    await stage.faults(
        *({"on": "bot_api", "do": "garbage", "method": name, "times": 1} for name in ("getMe", "deleteWebhook")),
        {"on": "bot_api", "do": "garbage", "method": "getUpdates", "times": 2},
    )
    async with stage.running():
        ana = await stage.person()
        await ana.start()
        await ana.said("Bienvenido")
    assert len([call for call in await stage.calls("getUpdates") if call["state"] == "failed"]) == 2
