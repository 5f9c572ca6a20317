"""Delivery of updates: long polling and webhooks."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiogram import Bot
from aiohttp import web

from tests.sandbox.conftest import Scene, chat_id
from tests.support.plain_http import plain_http
from umbral_sandbox.server import running_sandbox

POLLED_TWICE = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


def _write(scene: Scene, text: str) -> None:
    scene.telegram.chats.send_text(scene.customer.id, scene.bot.id, text)
    scene.world.commit()


async def _polling(scene: Scene) -> None:
    """Wait until a caller polls for updates, because only then a second caller is refused."""
    while (await scene.call("getUpdates", timeout=0)).status_code == 200:
        continue


async def test_pending_updates_are_retained_until_acknowledged(scene: Scene, bot: Bot) -> None:
    _write(scene, "one")
    _write(scene, "two")
    first = await bot.get_updates(limit=1)
    assert [update.message.text for update in first if update.message] == ["one"]
    assert await bot.get_updates(limit=1) == first
    second = await bot.get_updates(offset=first[0].update_id + 1)
    assert [update.message.text for update in second if update.message] == ["two"]
    assert await bot.get_updates(offset=second[0].update_id + 1) == []
    assert await bot.get_updates() == []


async def test_long_poll_ends_with_an_update(scene: Scene, bot: Bot) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=50))
    await _polling(scene)
    _write(scene, "now")
    found = await asyncio.wait_for(waiting, 40)
    assert [update.message.text for update in found if update.message] == ["now"]


async def test_second_simultaneous_long_poll_is_refused(scene: Scene) -> None:
    first = asyncio.create_task(scene.call("getUpdates", timeout=50))
    await _polling(scene)
    assert await scene.refused("getUpdates", timeout=5) == (409, POLLED_TWICE)
    _write(scene, "still mine")
    assert len((await first).json()["result"]) == 1
    assert (await scene.call("getUpdates", timeout=0)).status_code == 200


async def test_disconnected_poller_does_not_block_the_next_poller(scene: Scene) -> None:
    first = asyncio.create_task(scene.call("getUpdates", timeout=50))
    await _polling(scene)
    first.cancel()
    assert (await scene.call("getUpdates", timeout=0)).status_code == 200


async def test_choice_of_allowed_updates_applies_to_later_polls(scene: Scene, bot: Bot) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])
    _write(scene, "nobody wants this")
    assert await bot.get_updates() == []
    await bot.get_updates(allowed_updates=["message", "chat_member"])
    channel = scene.channel()
    scene.join(channel, scene.stranger)
    _write(scene, "wanted")
    assert [update.event_type for update in await bot.get_updates()] == ["message"]
    scene.telegram.members.leave(scene.stranger.id, channel)
    found = await bot.get_updates(offset=-1)
    assert found[0].chat_member is not None
    assert found[0].chat_member.chat.id == chat_id(channel)


class Receiver:
    """HTTP server that receives a bot's webhooks. seen: secret token and content of each request. answers: statuses of
    the next responses.
    """

    def __init__(self) -> None:
        self.seen: list[tuple[str | None, dict[str, object]]] = []
        self.answers: list[int] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        """Store the request and answer with the next configured status, by default 200."""
        self.seen.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), await request.json()))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Provide the running server that receives webhooks, on a free port."""
    served = Receiver()
    app = web.Application()
    app.router.add_post("/hook", served.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    served.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield served
    await runner.cleanup()


async def _drained(scene: Scene) -> None:
    while scene.telegram.updates.count(scene.bot.id):
        await scene.world.feed.wait(1)


async def test_webhook_receives_each_update_with_the_secret(scene: Scene, bot: Bot, receiver: Receiver) -> None:
    _write(scene, "before")
    assert await bot.set_webhook(receiver.url, secret_token="s3cret", allowed_updates=["message"])
    _write(scene, "after")
    await _drained(scene)
    assert [secret for secret, _ in receiver.seen] == ["s3cret"] * 2
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count, info.allowed_updates) == (receiver.url, 0, ["message"])
    assert await scene.refused("getUpdates") == (
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    )
    assert await bot.delete_webhook()
    assert await bot.get_updates() == []


async def test_refused_webhook_is_retried(scene: Scene, bot: Bot, receiver: Receiver) -> None:
    receiver.answers = [500]
    await bot.set_webhook(receiver.url)
    _write(scene, "again")
    await _drained(scene)
    assert len(receiver.seen) == 2
    assert receiver.seen[0][1] == receiver.seen[1][1]
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"


async def test_webhook_survives_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    async with running_sandbox(data_dir=tmp_path) as first:
        before = Scene(first)
        hook = {"url": receiver.url, "drop_pending_updates": True}
        assert (await before.call("setWebhook", **hook)).json()["result"] is True
    async with running_sandbox(data_dir=tmp_path) as second:
        chats = second.world.telegram.chats
        chats.send_text(before.customer.id, before.bot.id, "after")
        second.world.commit()
        while second.world.telegram.updates.count(before.bot.id):
            await second.world.feed.wait(1)
    assert len(receiver.seen) == 1


async def test_setting_a_webhook_ends_a_long_poll(scene: Scene, bot: Bot, receiver: Receiver) -> None:
    waiting = asyncio.create_task(scene.call("getUpdates", timeout=50))
    await _polling(scene)
    await bot.set_webhook(receiver.url, drop_pending_updates=True)
    answer = await waiting
    assert answer.status_code == 409
    assert answer.json()["description"] == "Conflict: terminated by setWebhook request"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.com/hook", "An HTTPS URL must be provided for webhook"),
        ("https://example.com:1234/hook", "Webhook can be set up only on ports 80, 88, 443 or 8443"),
        ("https://", "invalid webhook URL specified"),
    ],
)
async def test_invalid_webhook_addresses_are_refused(scene: Scene, url: str, reason: str) -> None:
    assert await scene.refused("setWebhook", url=url) == (400, f"Bad Request: bad webhook: {reason}")


async def test_end_of_the_sandbox_ends_long_polls(scene: Scene) -> None:
    async with plain_http(timeout=90) as client:
        url = f"{scene.sandbox.url}/bot{scene.bot.token}/getUpdates"
        waiting = asyncio.create_task(client.get(url, params={"timeout": 50}))
        await _polling(scene)
        scene.world.feed.close()
        assert (await waiting).json() == {"ok": True, "result": []}
