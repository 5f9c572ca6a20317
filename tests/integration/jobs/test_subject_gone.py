"""Check that every job of every process ends normally or raises a named error if its subject no longer exists, as after
a restore, an erasure or a manual deletion.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from pydantic import BaseModel

from bot.conversation import build_dispatcher
from bot.feature import chat_handlers
from bot.main import handle_updates
from subscriptions.application.dto.jobs import JobPayload, TendChannel
from subscriptions.bootstrap import bot, userbot, worker
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.job_handlers import JobHandler
from subscriptions.bootstrap.settings.core import CoreSettings, load
from subscriptions.bootstrap.settings.telegram import BotSettings, UserbotSettings
from subscriptions.bootstrap.settings.web import WorkerSettings
from subscriptions.domain.errors import UmbralError
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.gateway import MemoryGateways
from tests.fakes.provider import Provider
from tests.support.features import all_on
from tests.support.of_features import message_kinds

ENVIRON: Mapping[str, str] = {
    "SESSION_KEY": Fernet.generate_key().decode(),
    "TELEGRAM_API_HASH": "0123456789abcdef",
    "TELEGRAM_API_ID": "12345",
    # An address without a server: a job about a missing subject makes no call.
    "TELEGRAM_API_BASE": "http://127.0.0.1:1",
    "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "x" * 35,
}
MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def nothing(*_: object) -> None:
    """Do nothing. Stub for the two functions of the running bot that its job handlers receive."""


MAKES: Mapping[str, Callable[[Any], object]] = {
    "Mapping": lambda kind: {},
    "dict": lambda kind: {},
    "tuple": lambda kind: (),
    "list": lambda kind: [],
    "UUID": lambda kind: uuid4(),
    "datetime": lambda kind: MOMENT,
    "enum": lambda kind: next(iter(kind)),
    "bool": lambda kind: True,
    "int": lambda kind: 7,
    **dict.fromkeys(("TelegramId", "ChatId", "AccountId"), lambda kind: 7),
}
"""Factories by the name of the field's type. Other types get a string."""


def a_value(kind: Any, name: str) -> object:
    """Return a value that fits the field and belongs to no row."""
    made = next((make(kind) for word, make in MAKES.items() if word in str(kind)), str(uuid4()))
    return "acme" if name == "provider" else made


def a_payload(of: type[BaseModel], known: Mapping[str, Any] = {}) -> dict[str, Any]:
    fields = {name: field for name, field in of.model_fields.items() if name != "v" and name not in known}
    return {name: a_value(field.annotation, name) for name, field in fields.items()} | dict(known)


@pytest.fixture
async def handlers(new_database_url: str) -> AsyncIterator[dict[str, JobHandler]]:
    engine, clock = create_engine(new_database_url), ManualClock()

    def core(settings: type[CoreSettings]) -> CoreContainer:
        made = CoreContainer(
            features=all_on(),
            settings=load(settings, {**ENVIRON, "DATABASE_URL": new_database_url}),
            engine=engine,
            clock=clock,
        )
        made.gateways.override(MemoryGateways({"acme": Provider(clock, name="acme")}))
        return made

    talking = bot.BotContainer(core=core(BotSettings), render=lambda notification: notification)
    owning = userbot.UserbotContainer(core=core(UserbotSettings))
    async with talking.core.units()() as uow:
        await uow.accounts.add_if_new(samples.account(id=7))
        await uow.commit()
    yield {
        **worker.job_handlers(worker.WorkerContainer(core=core(WorkerSettings))),
        **bot.job_handlers(talking, handle_updates(talking, build_dispatcher(talking)), nothing, nothing),
        **chat_handlers(talking),
        **userbot.job_handlers(owning),
        TendChannel.name: userbot.account_job_handler(owning),
    }
    await talking.bots().aclose()
    await engine.dispose()


def payloads(kind: type[JobPayload]) -> list[JobPayload]:
    """Return a payload for each combination of the job's flags and kinds."""
    flags = [name for name, field in kind.model_fields.items() if field.annotation is bool]
    ways = [dict(zip(flags, chosen, strict=True)) for chosen in itertools.product([True, False], repeat=len(flags))]
    notified = [{"kind": each} for each in sorted(message_kinds())] if kind.name == "bot.announce" else [{}]
    return [kind.model_validate(a_payload(kind, way | each)) for way in ways for each in notified]


async def test_job_about_a_deleted_row_ends_normally_or_with_a_named_error(handlers: dict[str, JobHandler]) -> None:
    kinds = {kind.name: kind for kind in JobPayload.__subclasses__()}
    broken = list[str]()
    for name, handle in handlers.items():
        for payload in payloads(kinds[name]):
            try:
                await handle(payload.model_dump(mode="json"))
            except UmbralError:
                continue
            except Exception as error:
                broken.append(f"{name} {payload}: {type(error).__name__}: {error}")
    assert len(handlers) > 30
    assert broken == []
