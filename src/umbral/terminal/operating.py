"""Helpers of the operator's commands, which open the database and report errors without a traceback."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from subscriptions.domain.errors import UmbralError
from umbral.terminal.loading import load

if TYPE_CHECKING:
    from subscriptions.bootstrap.operator import OperatorContainer

Work = Callable[["OperatorContainer"], Awaitable[int]]


def operate(command: str, work: Work) -> int:
    """Open the database, run `work` and return its exit status. For an UmbralError, return the exit status
    of `refuse`.
    """
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
    """Print the reason for a failed command on standard error, and return the exit status 1."""
    print(f"umbral {command}: {reason}", file=sys.stderr)
    return 1


def refuse(command: str, error: UmbralError) -> int:
    """Print a known error, and return the exit status: 2 for invalid settings, because nothing was started, else 1."""
    from subscriptions.bootstrap.settings.core import SettingsError

    fail(command, str(error))
    return 2 if isinstance(error, SettingsError) else 1


def moment(at: datetime | None) -> str:
    """Return a timestamp in UTC as text, or a dash for None."""
    return at.strftime("%Y-%m-%d %H:%M") if at else "-"


def duration(length: timedelta) -> str:
    """Return a length of time by its two largest units, as in `30 days`, `1 day 6 h` or `5 min`."""
    seconds = abs(int(length.total_seconds()))
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    parts = ((days, "day" if days == 1 else "days"), (hours, "h"), (minutes, "min"), (seconds % 60, "s"))
    shown = [f"{number} {unit}" for number, unit in parts if number][:2] or ["0 s"]
    return f"{'-' * (length < timedelta())}{' '.join(shown)}"
