"""Compose a process of the product, and print the imported modules of features and the resident memory in MB as JSON.

    python -m tests.support.composition bot

The environment holds the settings. The process serves nothing and sends no request to Telegram or the providers.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any, Final

from subscriptions.application.alarms.alarm_kind import alarm_kinds
from subscriptions.bootstrap.process import environment_of, open_core
from subscriptions.bootstrap.settings.core import CoreSettings, load
from subscriptions.bootstrap.settings.telegram import BotSettings, UserbotSettings
from subscriptions.bootstrap.settings.web import WebSettings, WorkerSettings

_OF_EVENTS: Final = frozenset(
    [
        "access",
        "answer",
        "as_of",
        "asker",
        "bot",
        "code",
        "command",
        "country",
        "customer",
        "dialogue",
        "language_code",
        "order",
        "promotion",
        "provider",
        "reason",
        "receipt",
        "resource",
        "soft_id",
        "stage",
        "start_links",
        "step",
        "subscription",
        "sweep",
        "t",
        "typed",
        "way",
        "zone_name",
    ]
)
"""Parameters that aiogram, the middleware and the filters add to each event."""


async def _bot(main: Any, settings: CoreSettings) -> None:
    async with open_core(settings, chats=True, stop=asyncio.Event()) as core:
        container = main.BotContainer(core=core, render=main.render)
        _require_parameters(main.build_dispatcher(container))
        main.chat_handlers(container)
        main.late_commands(container)
        main.hidden_commands(core.features())


def _require_parameters(dispatcher: Any) -> None:
    """Check that each handler gets all its parameters after the first, the event: from the dispatcher, or from aiogram,
    the middleware and the filters. If a parameter were missing, aiogram would raise TypeError only when an event
    arrives.
    """
    missing = {
        f"{handler.callback}: {name}"
        for router in dispatcher.chain_tail
        for observer in router.observers.values()
        for handler in observer.handlers
        for name, parameter in [*signature(handler.callback).parameters.items()][1:]
        if parameter.default is parameter.empty
        and parameter.kind is not parameter.VAR_KEYWORD
        and name not in dispatcher.workflow_data
        and name not in _OF_EVENTS
    }
    assert not missing, missing


async def _web(main: Any, settings: CoreSettings) -> None:
    async with open_core(settings, stop=asyncio.Event()) as core, main.console_of(core) as console:
        main.servers(main.WebContainer(core=core), console)


async def _worker(main: Any, settings: CoreSettings) -> None:
    async with open_core(settings, stop=asyncio.Event()) as core:
        container = main.WorkerContainer(core=core)
        main.job_handlers(container)
        main.run_schedule(container)


async def _userbot(main: Any, settings: CoreSettings) -> None:
    async with open_core(settings, sells=False, stop=asyncio.Event()) as core:
        container = main.UserbotContainer(core=core)
        main.job_handlers(container)
        main.looks_of_features(container)


_COMPOSE: Final[Mapping[str, tuple[type[CoreSettings], Callable[[Any, CoreSettings], Coroutine[Any, Any, None]]]]] = {
    "bot": (BotSettings, _bot),
    "userbot": (UserbotSettings, _userbot),
    "web": (WebSettings, _web),
    "worker": (WorkerSettings, _worker),
}


def run(name: str) -> None:
    """Compose the process, and print the imported modules of features and the resident memory."""
    kind, compose = _COMPOSE[name]
    settings = load(kind, environment_of(name, os.environ))
    alarm_kinds()
    asyncio.run(compose(import_module(f"{name}.main"), settings))
    resident = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    modules = sorted(each for each in sys.modules if each.startswith("features."))
    sys.stdout.write(json.dumps({"modules": modules, "resident_mb": round(int(resident.split()[1]) / 1024)}) + "\n")


if __name__ == "__main__":
    run(sys.argv[1])
