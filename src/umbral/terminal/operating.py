"""What the operator's commands share: opening the database, and saying what is wrong without a traceback."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING

from subscriptions.domain.errors import UmbralError
from umbral.terminal.loading import load

if TYPE_CHECKING:
    from subscriptions.bootstrap.operator import OperatorContainer

Work = Callable[["OperatorContainer"], Awaitable[int]]


def operate(command: str, work: Work) -> int:
    """Run `work` over the opened database; its exit status, or that of `refuse` for an error we know."""
    load("subscriptions.bootstrap.operator")
    try:
        return asyncio.run(_open_and(work))
    except UmbralError as error:
        return refuse(command, error)


async def _open_and(work: Work) -> int:
    from subscriptions.bootstrap.operator import operator

    async with operator(os.environ) as container:
        return await work(container)


def fail(command: str, reason: str) -> int:
    """Say on standard error why a command did nothing; its exit status."""
    print(f"umbral {command}: {reason}", file=sys.stderr)
    return 1


def refuse(command: str, error: UmbralError) -> int:
    """The same of an error we know: settings to mend have a status of their own, for nothing was begun."""
    from subscriptions.bootstrap.settings.core import SettingsError

    fail(command, str(error))
    return 2 if isinstance(error, SettingsError) else 1


def moment(at: datetime | None) -> str:
    """A time as people read it, in UTC; a dash for none."""
    return at.strftime("%Y-%m-%d %H:%M") if at else "-"
