"""Reception of updates by webhook, which answers 200 only after the update is stored."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramNetworkError, TelegramRetryAfter, TelegramServerError
from aiohttp import web

from bot.receiving import Reception
from bot.waiting import backoff, pause
from subscriptions.domain.errors import RetryLater

log = structlog.get_logger(__name__)

HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
BODY_LIMIT: Final = 1_048_576
HEAD_S: Final = 30.0
"""Maximum time in seconds until a connection's first request, and maximum idle time before the next request. aiohttp's
default is an hour.
"""
LONGEST_PAUSE_S: Final = 30.0


def webhook_app(path: str, secret: str, reception: Reception) -> web.Application:
    """Return the webhook's application with its single route. A request without the secret gets the response 401."""
    secret_bytes = secret.encode()

    async def take(request: web.Request) -> web.Response:
        # Compared as bytes, because a header may hold any characters.
        header = request.headers.get(HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(header, secret_bytes):
            log.warning("webhook without the secret refused", remote=request.remote)
            return web.Response(status=401)
        try:
            raw = json.loads(await request.read())
        except (ValueError, RecursionError):
            return web.Response(status=400)
        try:
            await reception.take([raw])
        except RetryLater as error:
            log.warning("update not stored", reason=str(error))
            return web.Response(status=503)
        return web.Response()

    app = web.Application(client_max_size=BODY_LIMIT)
    app.router.add_post(path, take)
    return app


def webhook_runner(app: web.Application, head_s: float = HEAD_S) -> web.AppRunner:
    """Return the runner of the application.

    head_s: seconds after which a connection without a complete request head is closed, even if the client is still
    sending.
    """
    return web.AppRunner(app, access_log=None, keepalive_timeout=head_s)


@asynccontextmanager
async def webhook_server(
    bot: Bot,
    reception: Reception,
    *,
    url: str,
    secret: str,
    host: str,
    port: int,
    update_kinds: Sequence[str],
    stop: asyncio.Event,
) -> AsyncIterator[None]:
    """Start the server, then register the URL and the kinds of updates at Telegram, retrying until Telegram answers.

    Raises OSError if the port is in use, and TelegramAPIError if Telegram refuses the URL.
    """
    runner = webhook_runner(webhook_app(urlsplit(url).path or "/", secret, reception))
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        await _tell(bot, url, secret, list(update_kinds), stop)
        yield
    finally:
        await runner.cleanup()


async def _tell(bot: Bot, url: str, secret: str, update_kinds: list[str], stop: asyncio.Event) -> None:
    failures = 0
    while not stop.is_set():
        try:
            await bot.set_webhook(url, secret_token=secret, allowed_updates=update_kinds, drop_pending_updates=False)
            log.info("webhook set")
            return
        except (TelegramServerError, TelegramNetworkError, TelegramRetryAfter) as error:
            failures += 1
            log.warning("webhook not set yet", reason=str(error), failures=failures)
            await pause(stop, backoff(failures, LONGEST_PAUSE_S))
