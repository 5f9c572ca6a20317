"""`umbral receipts`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime

from subscriptions.application.payments.list_receipts import receipt_table
from subscriptions.bootstrap.operator import OperatorContainer
from subscriptions.domain.errors import InvalidInput
from umbral.cli.operating import operate
from umbral.cli.options import parser

_FIRST = "the first day, as 2026-01-01 (UTC)"


def run(argv: Sequence[str]) -> int:
    """Write the receipts of a span of days as CSV, or make those that an earlier version did not."""
    options = parser("receipts", "What was paid and what went back, by its numbers.")
    actions = options.add_subparsers(dest="action", required=True)
    complete = actions.add_parser("complete", help="number payments that an earlier version counted without a receipt")
    complete.add_argument("--from", dest="first", metavar="DAY", required=True, help=_FIRST)
    export = actions.add_parser("export", help="write them as CSV")
    export.add_argument("--from", dest="first", metavar="DAY", required=True, help=_FIRST)
    export.add_argument("--to", dest="last", metavar="DAY", help="the last day, included; today unless given")
    chosen = options.parse_args(argv)
    if chosen.action == "complete":
        return operate("receipts", lambda container: _complete(container, chosen.first))
    return operate("receipts", lambda container: _export(container, chosen.first, chosen.last))


async def _complete(container: OperatorContainer, first: str) -> int:
    print(f"{await container.complete_receipts()(_day('--from', first))} receipts written.")
    return 0


async def _export(container: OperatorContainer, first: str, last: str | None) -> int:
    start = _day("--from", first)
    end = _day("--to", last) if last else container.core.clock().now().astimezone(UTC).date()
    if end < start:
        raise InvalidInput("--to", "is before --from")
    sys.stdout.write(receipt_table(await container.list_receipts()(start, end)))
    return 0


def _day(option: str, text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise InvalidInput(option, f"{text!r} is no day; write it as 2026-01-01") from error
