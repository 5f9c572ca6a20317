"""What the operator's commands share: opening the database, and saying what is wrong without a traceback."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime

from subscriptions.bootstrap.operator import OperatorContainer, operator
from subscriptions.domain.errors import UmbralError

Work = Callable[[OperatorContainer], Awaitable[int]]


def operate(command: str, work: Work) -> int:
    """Run `work` over the opened database; its exit status, or 1 with one line for an error we know."""
    try:
        return asyncio.run(_open_and(work))
    except UmbralError as error:
        print(f"umbral {command}: {error}", file=sys.stderr)
        return 1


async def _open_and(work: Work) -> int:
    async with operator(os.environ) as container:
        return await work(container)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows in columns as wide as their widest cell."""
    cells = [tuple(heads), *(tuple(map(str, row)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells)
    return "\n".join(lines)


def moment(at: datetime | None) -> str:
    """A time as people read it, in UTC; a dash for none."""
    return at.strftime("%Y-%m-%d %H:%M") if at else "-"
