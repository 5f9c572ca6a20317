"""Simulate a span on several copies of the source, one after the other, each in a separate process.

Modules shared by all copies are imported before the fork, because loading takes longer than most spans. The input has
one line of JSON (root, url, span) for each copy, and the output one line with the outcome.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import traceback
from importlib import import_module
from typing import Any, NoReturn

SHARED = ("aiogram", "asyncpg", "dependency_injector", "pgqueuer", "pydantic", "sqlalchemy.ext.asyncio", "telethon")


def main() -> int:
    """Simulate the span of each input line until the input ends."""
    for name in SHARED:
        import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _grow(order)
        if os.waitpid(child, 0)[1] != 0:
            return 1
    return 0


def _grow(order: dict[str, Any]) -> NoReturn:
    """Simulate the span of an input line in the child process and exit, without the exit handlers of the parent
    process.
    """
    try:
        sys.stdout.write(json.dumps(_grown(order)) + "\n")
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _grown(order: dict[str, Any]) -> dict[str, Any]:
    """Simulate the span of an input line and return the outcome, errors included."""
    root = order["root"]
    sys.path[:0] = [f"{root}/src", root]
    os.chdir(root)
    import_module("subscriptions.bootstrap.migrate").upgrade(order["url"])
    import_module("tests.support.postgres").judge_time(order["url"], judges=False)
    world = import_module("tests.year.world")
    for module in (world, import_module("subscriptions")):
        if not str(module.__file__).startswith(root):
            raise ImportError(f"{module.__file__} belongs to another copy of the source")
    outcome = asyncio.run(world.play(order["url"], world.Span(**order["span"])))
    broken = outcome.broken
    return {
        "digest": outcome.digest,
        "hour": outcome.hour,
        "broken": broken and broken.promise,
        "rows": [str(row) for row in broken.rows] if broken else [],
        "last": outcome.last,
        "counts": outcome.counts,
    }


if __name__ == "__main__":
    sys.exit(main())
