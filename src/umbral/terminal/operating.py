"""Helpers of the operator's commands: opening the database, and reporting errors without a traceback."""

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
    """Run `work` with the open database, and return its exit status, or that of `refuse` for an UmbralError."""
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
    """Print on standard error why a command did nothing, and return its exit status."""
    print(f"umbral {command}: {reason}", file=sys.stderr)
    return 1


def refuse(command: str, error: UmbralError) -> int:
    """Print a known error, and return its exit status: 2 for wrong settings, because nothing was begun."""
    from subscriptions.bootstrap.settings.core import SettingsError

    fail(command, str(error))
    return 2 if isinstance(error, SettingsError) else 1


def moment(at: datetime | None) -> str:
    """Return a time for people, in UTC; a dash for None."""
    return at.strftime("%Y-%m-%d %H:%M") if at else "-"
