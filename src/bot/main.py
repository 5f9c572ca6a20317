"""Entry point of the bot process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Final

from aiogram import Dispatcher

from bot.conversation import build_dispatcher, status_card
from bot.feature import (
    channel_readers,
    chat_handlers,
    dispatching_handlers,
    group_routers,
    hidden_commands,
    late_commands,
    plan_buttons,
)
from bot.handling import HandleUpdates
from bot.introduction import introduce
from bot.menu import watched_menu
from bot.paying import RetirePayMessages
from bot.polling import Poller
from bot.pre_checkout import PreCheckoutDesk
from bot.receiving import Reception
from bot.screens.notices import render
from bot.updates import update_kinds
from bot.webhook import webhook_server
from subscriptions.application.dto.jobs import HandleNewcomerUpdates
from subscriptions.bootstrap.bot import BotContainer, FairSemaphore, job_handlers, providers_with_pages
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.process import open_core, ready, run_process, start_anyway
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.bootstrap.work import WorkerLimits, open_worker

LIMITS: Final = WorkerLimits(concurrency=100, batch=25, at_most={HandleNewcomerUpdates.name: 60})
"""Maximum concurrent jobs, with a lower limit for updates from newcomers' chats.

Jobs spend nearly all of their time waiting for Telegram and the providers. Each of these services has fewer slots
(`Lanes`, `Bulkhead`) than the worker, so one slow service does not block the work for the others.
"""


def run() -> int:
    """Run the bot until the process is stopped, and return the exit status."""
    return run_process("bot", BotSettings, serve)


async def serve(settings: BotSettings, stop: asyncio.Event) -> None:
    """Open the core container and serve until the process is stopped."""
    async with open_core(settings, chats=True, stop=stop) as core:
        await converse(core, settings, stop)


async def converse(core: CoreContainer, settings: BotSettings, stop: asyncio.Event) -> None:
    """Receive updates, process them, and send due messages."""
    async with AsyncExitStack() as stack:
        pages, zones = providers_with_pages(core), settings.policy.zones
        words = partial(render, support=settings.support_contact, pages=pages, zones=zones, brand=settings.policy.brand)
        container = BotContainer(core=core, render=words)
        stack.push_async_callback(container.bots().aclose)
        with start_anyway("Telegram"):
            is_introduced = await introduce(container, stop)
        if not is_introduced:
            return
        await core.watch_gateways()()
        retire = RetirePayMessages(
            container.bots().subscription,
            container.find_pay_messages(),
            container.find_lapsed(),
            status_card(container).card,
            core.browse_plans(),
            settings.policy.zones,
            core.gateways(),
            plan_buttons(container),
        )
        dispatcher, turns = build_dispatcher(container), FairSemaphore()
        jobs = {
            **chat_handlers(container),
            **job_handlers(container, handle_updates(container, dispatcher, turns), retire, retire.retire_lapsed),
            **dispatching_handlers(container, dispatcher),
        }
        await stack.enter_async_context(open_worker(core, jobs, limits=LIMITS, alert_owners=container.owner_alert()))
        late, hidden = late_commands(container), hidden_commands(core.features())
        await stack.enter_async_context(watched_menu(container.bots().subscription, late, hidden))
        with start_anyway("Telegram"):
            await stack.enter_async_context(_receive_updates(container, settings, stop, turns))
        ready()
        await stop.wait()


def handle_updates(
    container: BotContainer, dispatcher: Dispatcher, turns: FairSemaphore | None = None
) -> HandleUpdates:
    """Return the job that processes the updates of a chat. turns: see `HandleUpdates`."""
    return HandleUpdates(
        bot=container.bots().subscription,
        dispatcher=dispatcher,
        work_updates=container.work_updates(),
        leases=container.core.leases(),
        clock=container.core.clock(),
        mark_unreachable=container.mark_unreachable(),
        receive_chat_payment=container.receive_chat_payment(),
        report_problem=container.report_problem(),
        turns=turns,
    )


@asynccontextmanager
async def _receive_updates(
    container: BotContainer, settings: BotSettings, stop: asyncio.Event, turns: FairSemaphore
) -> AsyncIterator[None]:
    bot = container.bots().subscription
    desk = PreCheckoutDesk(bot, container.approve_chat_payment())
    channels = frozenset(chat for reader in channel_readers(container) for chat in reader.chats)
    reception = Reception(bot, container.receive_updates(), desk, channels, frozenset(group_routers(container)))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(reception.aclose)
        if settings.mode == "webhook" and settings.webhook_url and settings.webhook_secret:
            server = webhook_server(
                bot,
                reception,
                url=settings.webhook_url,
                secret=settings.webhook_secret.get_secret_value(),
                host=settings.webhook_host,
                port=settings.webhook_port,
                update_kinds=update_kinds(channels),
                stop=stop,
            )
            await stack.enter_async_context(server)
            yield
        else:
            leases, watch_polling = container.core.leases(), container.watch_polling()
            async with _poll(Poller(bot, reception, leases, update_kinds(channels), watch_polling, turns)):
                yield


@asynccontextmanager
async def _poll(poller: Poller) -> AsyncIterator[None]:
    """Poll for updates while the block runs. A failure of the polling ends the process."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(poller.run(stop))
        try:
            yield
        finally:
            stop.set()
