"""Execution of all checks, and the record of the time at which each problem was first found."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from subscriptions.bootstrap.checks.address import ask_address
from subscriptions.bootstrap.checks.bots import ask_bots
from subscriptions.bootstrap.checks.database import DatabaseState, ask_database, wrong_with
from subscriptions.bootstrap.checks.problem import Problem
from subscriptions.bootstrap.checks.providers import ask_providers
from subscriptions.bootstrap.checks.selling import (
    contradicted_on_phones,
    lacking_in_database,
    lacking_in_settings,
    refused_at_providers,
)
from subscriptions.bootstrap.new_settings import installed_providers
from subscriptions.bootstrap.operator import OperatorContainer, operator
from subscriptions.bootstrap.processes import has_userbot
from subscriptions.bootstrap.settings.core import CoreSettings, SettingsError, load
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.domain.entities.variable import Variable
from subscriptions.domain.errors import UmbralError


def _parse(text: str) -> Mapping[str, datetime] | None:
    try:
        return {str(key): datetime.fromisoformat(each) for key, each in dict(json.loads(text)).items()}
    except (ValueError, TypeError):
        return None


def _write(first_seen: Mapping[str, datetime]) -> str:
    return json.dumps({key: each.isoformat() for key, each in first_seen.items()})


FIRST_SEEN: Final = Variable("doctor_seen", _parse, _write)
"""Stored variable with the time at which each problem was first found: a JSON object keyed by the problem's key."""


@dataclass(frozen=True, kw_only=True)
class DatedProblem:
    """Problem with the time at which it was first found; `first_seen` is None if the database could not store
    the time.
    """

    problem: Problem
    first_seen: datetime | None = None


async def diagnose(environ: Mapping[str, str], *, live: bool = False) -> Sequence[DatedProblem]:
    """Run every check whose settings are complete, and return the problems found.

    live: True to also check that the site is reachable, that the account at each provider has all features that
        Umbral uses, and that each provider would sell every plan
    """
    bots, database, providers, address = await asyncio.gather(
        _bots(environ), _database(environ), _providers(environ, live=live), _address(environ) if live else _nothing()
    )
    problems = [*bots, *providers, *address]
    if database is not DatabaseState.OURS:
        trouble = wrong_with(database) if database is not None else None
        problems += lacking_in_settings(environ)
        return [DatedProblem(problem=each) for each in ([trouble] if trouble is not None else []) + problems]
    try:
        async with operator(environ) as container:
            core = container.core
            async with core.units()() as uow:
                chosen = {each.name: each.value for each in await uow.settings.all()}
            problems += lacking_in_settings({**environ, **chosen})
            problems += await lacking_in_database(
                core.units(), core.clock(), core.policy(), userbot=has_userbot(environ)
            )
            problems += await contradicted_on_phones(core.units(), core.gateways(), core.policy())
            problems += await refused_at_providers(core.units(), core.gateways()) if live else []
            return await _remember(container, problems)
    except UmbralError as error:
        # The database answered just before.
        problem = Problem(
            subject="database", code="database_away", setting="DATABASE_URL", facts={"detail": str(error)}
        )
        return [DatedProblem(problem=each) for each in (problem, *problems)]


def questions(environ: Mapping[str, str], *, live: bool = False) -> Sequence[tuple[str, str]]:
    """Return the kind and name of each check that `diagnose` would run with these settings."""
    parts = [("settings", "")]
    with suppress(SettingsError):
        bots = load(BotSettings, environ)
        parts.append(("bots", str(1 + len(bots.sender_tokens))))
    with suppress(SettingsError):
        core = load(CoreSettings, environ)
        parts += [("database", ""), ("selling", "")]
        parts += [("site", core.web_base_url)] if live else []
    with suppress(UmbralError):
        parts += [("provider", each) for each in installed_providers(environ).enabled_names()]
    return parts


async def _bots(environ: Mapping[str, str]) -> Sequence[Problem]:
    try:
        settings = load(BotSettings, environ)
    except SettingsError:
        return []
    senders = [token.get_secret_value() for token in settings.sender_tokens]
    _, wrong = await ask_bots(settings.token.get_secret_value(), senders, settings.api_base)
    return wrong


async def _database(environ: Mapping[str, str]) -> DatabaseState | Problem | None:
    try:
        url = load(CoreSettings, environ).database_url
    except SettingsError:
        return None
    return await ask_database(url.get_secret_value())


async def _providers(environ: Mapping[str, str], *, live: bool) -> Sequence[Problem]:
    try:
        return await ask_providers(environ, live=live)
    except UmbralError:
        # Invalid settings are reported elsewhere.
        return []


async def _address(environ: Mapping[str, str]) -> Sequence[Problem]:
    try:
        problem = await ask_address(load(CoreSettings, environ).web_base_url)
    except SettingsError:
        return []
    return [problem] if problem is not None else []


async def _nothing() -> Sequence[Problem]:
    return []


async def _remember(container: OperatorContainer, problems: Sequence[Problem]) -> Sequence[DatedProblem]:
    now = container.core.clock().now()
    async with container.units()() as uow:
        seen_before = await uow.variables.get(FIRST_SEEN) or {}
        first_seen = {each.key: seen_before.get(each.key, now) for each in problems}
        if first_seen != seen_before:
            await uow.variables.set(FIRST_SEEN, first_seen)
            await uow.commit()
    return [DatedProblem(problem=each, first_seen=first_seen[each.key]) for each in problems]
