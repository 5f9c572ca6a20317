"""`umbral receipts`."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from subscriptions.domain.errors import InvalidInput
from umbral.cli.listing import show_json
from umbral.cli.operating import operate
from umbral.cli.options import Json, application
from umbral.cli.progress import waiting

if TYPE_CHECKING:
    from subscriptions.bootstrap.operator import OperatorContainer

WRITTEN: Final = "%Y-%m-%d"

app = application("What was paid and what went back, by its numbers.")

First = Annotated[
    datetime,
    typer.Option("--from", formats=[WRITTEN], metavar="DAY", help="The first day, as 2026-01-01 (UTC)."),
]


@app.callback()
def receipts() -> None:
    """The actions below."""


@app.command()
def complete(first: First) -> int:
    """Number payments that an earlier version gave no receipt."""

    async def work(container: OperatorContainer) -> int:
        with waiting("receipts"):
            written = await container.complete_receipts()(first.date())
        print(f"{written} receipts written.")
        return 0

    return operate("receipts", work)


@app.command()
def export(
    first: First,
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=[WRITTEN], metavar="DAY", help="The last day, included; today unless given."),
    ] = None,
    as_json: Json = False,
) -> int:
    """Write them as CSV."""

    async def work(container: OperatorContainer) -> int:
        from subscriptions.application.payments.list_receipts import receipt_rows, receipt_table

        end = last.date() if last else _today(container)
        if end < first.date():
            raise InvalidInput("--to", "is before --from")
        with waiting("receipts"):
            found = await container.list_receipts()(first.date(), end)
        if as_json:
            show_json(receipt_rows(found))
        else:
            sys.stdout.write(receipt_table(found))
        return 0

    return operate("receipts", work)


def _today(container: OperatorContainer) -> date:
    now: datetime = container.core.clock().now()
    return now.astimezone(UTC).date()
