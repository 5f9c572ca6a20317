"""Check that the container of every process can be built completely without a connection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from dependency_injector import containers, providers

from subscriptions import bootstrap
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.operator import OperatorContainer
from subscriptions.bootstrap.settings.core import CoreSettings, load
from subscriptions.bootstrap.settings.telegram import BotSettings, UserbotSettings
from subscriptions.bootstrap.settings.web import WebSettings, WorkerSettings
from subscriptions.bootstrap.userbot import UserbotContainer
from subscriptions.bootstrap.web import WebContainer
from subscriptions.bootstrap.worker import WorkerContainer
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.clock import ManualClock
from tests.fakes.gateway import MemoryGateways
from tests.support.features import all_on

ENVIRON: Mapping[str, str] = {
    "DATABASE_URL": "postgresql://nobody:nothing@127.0.0.1:1/none",
    "SESSION_KEY": Fernet.generate_key().decode(),
    "TELEGRAM_API_HASH": "0123456789abcdef",
    "TELEGRAM_API_ID": "12345",
    "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "x" * 35,
}
PROCESSES: list[tuple[type[containers.DeclarativeContainer], type[CoreSettings], dict[str, Any]]] = [
    (WebContainer, WebSettings, {}),
    (WorkerContainer, WorkerSettings, {}),
    (BotContainer, BotSettings, {"render": lambda notification: notification}),
    (UserbotContainer, UserbotSettings, {}),
    (OperatorContainer, CoreSettings, {}),
]


@pytest.fixture
async def parts() -> AsyncIterator[dict[str, Any]]:
    """Yield the objects that every process creates before its container: database engine, clock and feature states."""
    engine = create_engine(ENVIRON["DATABASE_URL"])
    yield {"engine": engine, "clock": ManualClock(), "features": all_on()}
    await engine.dispose()


@pytest.mark.parametrize(("kind", "settings", "more"), PROCESSES, ids=lambda part: getattr(part, "__name__", ""))
async def test_container_of_each_process_is_complete(
    parts: dict[str, Any],
    kind: type[containers.DeclarativeContainer],
    settings: type[CoreSettings],
    more: dict[str, Any],
) -> None:
    core = CoreContainer(settings=load(settings, ENVIRON), **parts)
    core.gateways.override(MemoryGateways({}))
    container = kind(core=core, **more)
    for name, provider in container.providers.items():
        if not isinstance(provider, providers.Container):
            assert provider() is not None, name


async def test_container_lists_only_services_that_were_already_created(parts: dict[str, Any]) -> None:
    """The operator's documents require that no VIP service is created before it is needed."""
    core = CoreContainer(settings=load(BotSettings, ENVIRON), **parts)
    vip, other = (BotContainer(core=core, render=lambda notification: notification).vip() for _ in range(2))
    assert vip.get_loaded_services() == []

    vip.reconcile_entry()

    assert {"reconcile_entry", "invites", "invite_maker"} <= set(vip.get_loaded_services())
    assert "seal_codes" not in vip.get_loaded_services()
    assert other.get_loaded_services() == []


def test_nested_containers_are_declared_with_their_types() -> None:
    """With a bare `providers.Container`, mypy would treat everything in the nested container as Any and would miss type
    errors.
    """
    sources = Path(bootstrap.__file__).parent.rglob("*.py")
    bare = {path.stem for path in sources if "providers.Container(" in path.read_text(encoding="utf-8")}
    assert bare == {"wiring"}
