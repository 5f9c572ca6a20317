"""`umbral jobs`."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable, Sequence

from subscriptions.bootstrap.operator import OperatorContainer
from umbral.cli.operating import moment, operate, table
from umbral.cli.options import LIST, parser

_STATES = ("failed", "queued", "picked")
Action = Callable[[OperatorContainer, Namespace], Awaitable[int]]


def run(argv: Sequence[str]) -> int:
    """Look after jobs that failed or wait."""
    options = parser("jobs", "Work that failed for good is kept here, until it is run again or dropped.")
    actions = options.add_subparsers(dest="action", required=True)
    listing = actions.add_parser(LIST, help="the oldest first")
    listing.add_argument("--state", choices=_STATES, default="failed", help="default: failed")
    listing.add_argument("--limit", type=int, default=100, metavar="N", help="default: 100")
    for name, purpose in (("show", "all about them"), ("requeue", "run failed ones again"), ("drop", "delete them")):
        actions.add_parser(name, help=purpose).add_argument("ids", type=int, nargs="+", metavar="ID")
    chosen = options.parse_args(argv or [LIST])
    return operate("jobs", lambda container: _ACTIONS[chosen.action](container, chosen))


async def _list(container: OperatorContainer, chosen: Namespace) -> int:
    rows = [
        (job.id, job.name, job.attempts, moment(job.created_at), (job.error or "").partition("\n")[0][:80])
        for job in await container.jobs().list(chosen.state, chosen.limit)
    ]
    print(table(("ID", "JOB", "TRIED", "SINCE (UTC)", "LAST ERROR"), rows) if rows else f"No job is {chosen.state}.")
    return 0


async def _show(container: OperatorContainer, chosen: Namespace) -> int:
    missing = []
    for number in chosen.ids:
        job = await container.jobs().show(number)
        if job is None:
            missing.append(number)
            continue
        print(f"{job.id} {job.name}: {job.status}, tried {job.attempts} times since {moment(job.created_at)} UTC")
        print(f"payload: {json.dumps(job.payload, ensure_ascii=False)}")
        print(job.trace or job.error or "No error was noted.")
    return _tell_missing(missing, "is done or never was")


async def _requeue(container: OperatorContainer, chosen: Namespace) -> int:
    changed = await container.jobs().requeue(chosen.ids)
    return _tell_changed(chosen.ids, changed, "will run again", "has not failed")


async def _drop(container: OperatorContainer, chosen: Namespace) -> int:
    changed = await container.jobs().drop(chosen.ids)
    return _tell_changed(chosen.ids, changed, "was dropped", "neither waits nor has failed")


def _tell_changed(wanted: Sequence[int], changed: Sequence[int], done: str, refused: str) -> int:
    for number in changed:
        print(f"{number} {done}")
    return _tell_missing([number for number in wanted if number not in changed], refused)


def _tell_missing(ids: Sequence[int], why: str) -> int:
    for number in ids:
        print(f"umbral jobs: {number} {why}", file=sys.stderr)
    return 1 if ids else 0


_ACTIONS: dict[str, Action] = {LIST: _list, "show": _show, "requeue": _requeue, "drop": _drop}
