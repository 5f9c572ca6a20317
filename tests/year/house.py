"""The product with all of its processes wired in one process, with a simulated provider and Telegram in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from uuid import UUID

from aiogram import Bot
from dependency_injector import providers
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.feature import chat_handlers
from bot.screens.notices import render
from subscriptions.application.dto.jobs import account_job_name
from subscriptions.application.people.operators import BotName
from subscriptions.application.schedule.run_schedule import RunSchedule
from subscriptions.bootstrap import bot, userbot, worker
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.entry_steps import has_entry_steps
from subscriptions.bootstrap.job_handlers import JobHandler
from subscriptions.bootstrap.operator import OperatorContainer
from subscriptions.bootstrap.schedule import run_schedule
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.bootstrap.web import WebContainer
from subscriptions.domain.entities.notification import Message, Notification
from subscriptions.domain.ids import AccountId
from subscriptions.domain.ports.notifier import SentMessage
from subscriptions.infrastructure.telegram.bot_client import bot_api_errors
from subscriptions.infrastructure.telegram.post_sender import SenderBots
from tests.fakes.clock import ManualClock
from tests.fakes.gateway import MemoryGateways
from tests.support.features import EVERY, only
from tests.year.bot_api import BOT_ID, BOT_TOKEN, BotApi, unhurried
from tests.year.provider import YearProvider

BOT_NAME = "umbral_bot"
OWNER = 900_000_001
PACE = timedelta(seconds=90)
LOOKS_AGAIN = timedelta(minutes=20)
"""Interval of the checks of an ended period. In production they run every five minutes, which would take most of the
available time here.
"""

PHONES = ("+34600000001", "+34600000002")

SETTINGS = {
    "DATABASE_URL": "postgresql://umbral@127.0.0.1/umbral",
    "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": BOT_TOKEN,
    "ADMIN_TELEGRAM_IDS": str(OWNER),
    "FEATURES": EVERY,
    "SUPPORT_CONTACT": "@umbral_help",
}


class Letters:
    """Notifier with the product's texts over the Bot API, without the real notifier's delays in real time.

    arrived: callback for every message that a person has received, whatever the result of its call.
    """

    def __init__(self, api: BotApi, arrived: Callable[[Notification], None]) -> None:
        self._api = api
        self._bot = api.bots().subscription
        self._arrived = arrived

    async def send(self, owed: Notification, message: Message) -> SentMessage:
        """Render the message and send it over the Bot API."""
        rendered = render(message, owed.language, SETTINGS["SUPPORT_CONTACT"])
        before = self._api.sent
        try:
            with bot_api_errors():
                sent = await self._bot.send_message(owed.recipient, rendered.text, reply_markup=rendered.markup)
        finally:
            if self._api.sent > before:
                self._arrived(owed)
        return SentMessage(int(sent.message_id), rendered.text)

    async def take_buttons(self, notification: Notification) -> None:
        """Do nothing, because outdated buttons are never pressed in the simulated year."""


@dataclass
class House:
    """Dependency injection containers of all processes, which share one core."""

    core: CoreContainer
    worker: worker.WorkerContainer
    schedule: RunSchedule[worker.WorkerContainer]
    bot: bot.BotContainer
    userbot: userbot.UserbotContainer
    web: WebContainer
    operator: OperatorContainer
    accounts: tuple[AccountId, ...] = ()

    def handlers(self) -> dict[str, JobHandler]:
        """Return the handlers of every job of every process."""
        account = userbot.account_job_handler(self.userbot)
        return {
            **worker.job_handlers(self.worker),
            **bot.job_handlers(self.bot, _no_updates, _nothing_to_retire, _nothing_to_retire),
            **chat_handlers(self.bot),
            **userbot.job_handlers(self.userbot),
            **{account_job_name(number): account for number in self.accounts},
        }

    async def open(self) -> None:
        """Prepare the product as an operator does, and start the processes."""
        for phone in PHONES:
            await self.operator.pool().add(phone, "sealed", label=phone[-1], channel_cap=400, day_cap=15, pace=PACE)
        self.accounts = tuple(account.id for account in await self.operator.pool().all())
        await self.bot.introduce_bots()(BotName(BOT_ID, BOT_NAME), [])
        await self.bot.appoint_owners().appoint_known()


def build(
    engine: AsyncEngine,
    clock: ManualClock,
    provider: YearProvider,
    api: BotApi,
    arrived: Callable[[Notification], None],
    senders: Sequence[Bot] = (),
    features: str = EVERY,
) -> House:
    """Connect all parts and return the product. senders: bots that post in channels, if posts are made. features: value
    of FEATURES.
    """
    settings = load(BotSettings, {**SETTINGS, "FEATURES": features})
    core = CoreContainer(settings=settings, engine=engine, clock=clock, features=only(features))
    policy = replace(settings.policy, check_interval=LOOKS_AGAIN)
    policy.use_features(has_entry_steps(core.features))
    core.policy.override(providers.Object(policy))
    core.gateways.override(providers.Object(MemoryGateways({provider.name: provider})))
    bots = bot.BotContainer(core=core, render=partial(render, support=SETTINGS["SUPPORT_CONTACT"]))
    at_telegram = api.bots(*senders)
    bots.bots.override(providers.Object(at_telegram))
    bots.senders.override(providers.Object(SenderBots(at_telegram, pace=unhurried)))
    bots.notifier.override(providers.Object(Letters(api, arrived)))
    accounts = userbot.UserbotContainer(core=core)
    accounts.sessions.override(providers.Object(api.telegram))
    # The old rows are needed to check the promises, so nothing is pruned.
    clock_worker = worker.WorkerContainer(core=core)
    return House(
        core=core,
        worker=clock_worker,
        schedule=run_schedule(clock_worker, excluded_names={"prune_records"}),
        bot=bots,
        userbot=accounts,
        web=WebContainer(core=core),
        operator=OperatorContainer(core=core),
    )


async def _no_updates(bot_id: int, chat_key: int, *, known: bool) -> None:
    """Do nothing: simulated people perform actions directly instead of pressing buttons."""


async def _nothing_to_retire(payment_id: UUID) -> None:
    """Do nothing: no message in the simulated year has a button to a payment page."""
