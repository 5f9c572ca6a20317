"""Delivery of updates to a bot's webhook, one at a time; each update is repeated until accepted."""

import asyncio
import ssl
from typing import Final

import httpx

from umbral_sandbox.bot_api.settings import Webhook, save_settings, settings_of
from umbral_sandbox.world.telegram.records import Bot, Content
from umbral_sandbox.world.world import World

_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
_ANSWER_S: Final = 30.0
_LOOK_S: Final = 5.0
_LONGEST_PAUSE_S: Final = 10.0


class Webhooks:
    """Senders of updates to webhooks, one task per bot that has set a webhook."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tasks: dict[int, asyncio.Task[None]] = {}
        world.on_reset(self._cancel_all)

    def begin(self, bot: Bot) -> None:
        """Start sending to the bot's webhook, or stop if the webhook was deleted."""
        running = self._tasks.pop(bot.id, None)
        if running is not None:
            running.cancel()
        webhook = settings_of(bot).webhook
        if webhook is not None:
            self._tasks[bot.id] = asyncio.create_task(self._send_all(bot, webhook))

    async def stop(self) -> None:
        """Stop all sending; unaccepted updates remain queued."""
        tasks = list(self._tasks.values())
        self._cancel_all()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _cancel_all(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()

    async def _send_all(self, bot: Bot, webhook: Webhook) -> None:
        verify = ssl.create_default_context(cadata=webhook.certificate) if webhook.certificate else True
        queue = self._world.telegram.updates
        failures = 0
        async with httpx.AsyncClient(verify=verify, timeout=_ANSWER_S, trust_env=False) as client:
            while not self._world.feed.closed:
                update = queue.first(bot.id)
                if update is None:
                    await self._world.feed.wait(_LOOK_S)
                    continue
                error = await self._send(client, webhook, update)
                if error is None:
                    failures = 0
                    update_id = update["update_id"]
                    if isinstance(update_id, int):
                        queue.remove(bot.id, update_id)
                    self._world.commit()
                    continue
                failures += 1
                self._note(bot, error)
                await asyncio.sleep(min(0.5 * 2**failures, _LONGEST_PAUSE_S))

    async def _send(self, client: httpx.AsyncClient, webhook: Webhook, update: Content) -> str | None:
        headers = {_HEADER: webhook.secret_token} if webhook.secret_token else {}
        try:
            answer = await client.post(webhook.url, json=update, headers=headers)
        except httpx.TimeoutException:
            return "Read timeout expired"
        except httpx.ConnectError:
            return "Connection refused"
        except httpx.HTTPError as error:
            return str(error) or type(error).__name__
        if answer.is_success:
            return None
        return f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"

    def _note(self, bot: Bot, error: str) -> None:
        settings = settings_of(bot)
        if settings.webhook is not None:
            settings.webhook.last_error_date = self._world.clock.timestamp()
            settings.webhook.last_error_message = error
            save_settings(self._world, bot, settings)
            self._world.commit()
