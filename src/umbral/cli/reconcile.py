"""The command `umbral reconcile`, which compares the records with the providers' data."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from subscriptions.domain.ids import TELEGRAM_ID_LIMIT
from umbral.terminal.filters import require_existing
from umbral.terminal.listing import show, show_json
from umbral.terminal.operating import operate
from umbral.terminal.options import EPILOG, Json, application
from umbral.terminal.progress import progress

if TYPE_CHECKING:
    from subscriptions.application.reconciliation.reconcile import Report
    from subscriptions.bootstrap.operator import OperatorContainer

app = application()


@app.command(epilog=EPILOG)
def run(
    provider: Annotated[str | None, typer.Option(help="Only this payment provider.")] = None,
    customer: Annotated[
        int | None, typer.Option(min=1, max=TELEGRAM_ID_LIMIT, help="Only this customer, by Telegram id.")
    ] = None,
    start_day: Annotated[
        datetime | None,
        typer.Option(
            "--since",
            formats=["%Y-%m-%d"],
            metavar="DAY",
            help="Events since this day in TIMEZONE, as 2026-01-31; a week ago by default.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List the differences; change nothing.")] = False,
    as_json: Json = False,
) -> int:
    """Compare the providers' data with the records here, and apply missing events."""
    question = partial(
        _reconcile, provider=provider, customer=customer, start_day=start_day, dry_run=dry_run, as_json=as_json
    )
    return operate("reconcile", question)


async def _reconcile(
    container: OperatorContainer,
    *,
    provider: str | None,
    customer: int | None,
    start_day: datetime | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    import structlog

    from subscriptions.application.people.customers import known_customer
    from subscriptions.domain.ids import TelegramId
    from subscriptions.domain.services.zones import in_zone

    if provider is not None:
        require_existing("--provider", provider, container.core.gateways().enabled_names())
    if customer is not None:
        async with container.core.units()() as uow:
            await known_customer(uow, TelegramId(customer))
    zone = container.core.policy().zones.home
    # Send log messages to standard error, because standard output is reserved for the report.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with progress("asking the providers"):
        report = await container.reconciliation.reconcile()(
            provider=provider,
            customer=TelegramId(customer) if customer is not None else None,
            start=in_zone(start_day, zone) if start_day is not None else None,
            dry_run=dry_run,
        )
    if as_json:
        show_json(_report_of(report))
    else:
        _show(report)
    return 0


def _show(report: Report) -> None:
    if not report.differences:
        print("No differences.")
        return
    rows = [(each.kind, each.subject, each.cause, each.done or "-", each.decide or "-") for each in report.differences]
    show(("WHAT", "WHOSE", "WHY", "DONE", "DECIDE"), rows)
    if not report.scope.dry_run:
        print("The worker is applying the missing events.")


def _report_of(report: Report) -> dict[str, object]:
    return {
        "at": report.at.isoformat(),
        "dry_run": report.scope.dry_run,
        "since": report.scope.start.isoformat(),
        "differences": [asdict(each) for each in report.differences],
    }
