"""Commands provided by features (`CliPart`). They are refused while their feature is off."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection
from functools import wraps
from typing import Any

import typer

from subscriptions.application.feature_failures import reason_of
from subscriptions.application.features import (
    CliPart,
    Command,
    CommandGroup,
    CommandRefused,
    FeatureState,
    FeatureStates,
    is_off_sentence,
)
from subscriptions.bootstrap.features import installed, off_by_setting
from subscriptions.domain.errors import InvalidInput, UmbralError
from umbral.terminal.loading import load
from umbral.terminal.operating import fail, refuse
from umbral.terminal.options import application


def application_of(feature: str, command: str) -> typer.Typer:
    """Return the Typer application of a feature's command. Raises LookupError if the feature's module `cli` does not
    implement the command.
    """
    part = installed().part(feature, CliPart)
    if part is None or command not in part.commands:
        raise LookupError(f"the feature {feature} declares the command {command} but doesn't implement it")
    work = part.commands[command]
    drains = command in part.while_draining
    states = {FeatureState.ON, *([FeatureState.DRAINING] if drains else [])}
    if not isinstance(work, CommandGroup):
        app = application()
        app.command()(_unless_off(feature, command, work, states))
        return app
    app = application(work.purpose)
    # Without a callback, Typer would treat the only subcommand of a group as the command itself.
    app.callback()(lambda: None)
    for name, action in work.actions.items():
        app.command(name)(_unless_off(feature, command, action, states))
    return app


def _unless_off(feature: str, command: str, work: Command, states: Collection[FeatureState]) -> Command:
    """Return a command that runs `work` only if the feature is in one of the given states."""

    @wraps(work)
    def run(**values: Any) -> int:
        try:
            if state_of(feature) not in states:
                return fail(command, is_off_sentence(feature))
            return work(**values)
        except CommandRefused as error:
            return fail(command, str(error))
        except UmbralError as error:
            return refuse(command, error)
        except (typer.Exit, typer.Abort, typer.BadParameter, BrokenPipeError):
            raise
        except Exception as error:
            return fail(command, f"the feature {feature} failed: {reason_of(error)}")

    return run


def state_of(feature: str) -> FeatureState:
    """Return the state of a feature according to the database in the settings.

    If the settings name no database, as on a machine that only calls the API, a feature is on unless the setting
    FEATURES disables it. Raises UmbralError if the settings are invalid or the database is unavailable.
    """
    if not _is_database_named():
        return FeatureState.OFF if feature in off_by_setting(os.environ) else FeatureState.ON
    return asyncio.run(_stored_states()).states.get(feature, FeatureState.OFF)


def features_off() -> frozenset[str]:
    """Return the features that are off according to the database in the settings or, if the database is unavailable,
    according to the setting FEATURES alone.

    Features that are draining (off with open obligations) are not included. The result is empty if FEATURES is invalid;
    running a command reports that error.
    """
    try:
        if _is_database_named():
            states = asyncio.run(_stored_states()).states
            return frozenset(name for name, state in states.items() if state is FeatureState.OFF)
    except UmbralError:
        pass
    try:
        return off_by_setting(os.environ)
    except InvalidInput:
        return frozenset()


def _is_database_named() -> bool:
    return any(os.environ.get(name, "").strip() for name in ("DATABASE_URL", "DATABASE_URL_FILE"))


async def _stored_states() -> FeatureStates:
    load("subscriptions.bootstrap.operator")
    from subscriptions.bootstrap.operator import operator

    async with operator(os.environ) as container:
        return container.core.features().now
