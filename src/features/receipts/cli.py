"""The command `umbral receipts`, which completes and exports receipts and calculates tax totals."""

from __future__ import annotations

import csv
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from subscriptions.application.features import CliPart, CommandGroup
from subscriptions.bootstrap.words import language_of
from subscriptions.domain.errors import InvalidInput
from umbral.terminal.files import write_content, write_text
from umbral.terminal.listing import show_json
from umbral.terminal.operating import operate
from umbral.terminal.options import Json
from umbral.terminal.progress import progress

if TYPE_CHECKING:
    from subscriptions.bootstrap.operator import OperatorContainer

DATE_FORMAT: Final = "%Y-%m-%d"

FROM: Final = typer.Option(
    "--from", formats=[DATE_FORMAT], metavar="DAY", help="The first day, as 2026-01-01, in TIMEZONE."
)


def complete(first_day: Annotated[datetime, FROM]) -> int:
    """Number payments that an earlier version gave no receipt."""

    async def work(container: OperatorContainer) -> int:
        with progress("receipts"):
            written_count = await container.complete_receipts()(first_day.date())
        print(f"{written_count} receipts written.")
        return 0

    return operate("receipts", work)


def export(
    first_day: Annotated[datetime | None, FROM] = None,
    last_day: Annotated[
        datetime | None,
        typer.Option("--to", formats=[DATE_FORMAT], metavar="DAY", help="The last day, included; today by default."),
    ] = None,
    quarter_name: Annotated[
        str,
        typer.Option("--quarter", metavar="YEAR-N", help="A quarter, as 2026-Q4, in the form for the tax adviser."),
    ] = "",
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="The file to write; standard output by default.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Export receipts as CSV."""

    async def work(container: OperatorContainer) -> int:
        from subscriptions.application.payments.receipt_lines import receipt_rows, receipt_table

        if quarter_name:
            if first_day or last_day:
                raise InvalidInput("--quarter", "excludes --from and --to; leave one")
            return await _export_quarter(container, quarter_name, "--quarter", output, as_json=as_json)
        if first_day is None:
            raise InvalidInput("--from", "is missing; name the first day, or a quarter by --quarter")
        end = last_day.date() if last_day else _current_day(container)
        if end < first_day.date():
            raise InvalidInput("--to", "is before --from")
        with progress("receipts"):
            receipt_lines = await container.list_receipts()(first_day.date(), end)
        if as_json:
            show_json(receipt_rows(receipt_lines))
        else:
            write_text(receipt_table(receipt_lines), output)
        return 0

    return operate("receipts", work)


def adviser(
    which: Annotated[
        str, typer.Argument(metavar="YEAR-N", help="The quarter, as 2026-4, in TIMEZONE; the last one by default.")
    ] = "",
    language: Annotated[
        str, typer.Option(metavar="CODE", help="Language of the headings, decimal sign and separator: es, en or pt.")
    ] = "",
    as_json: Json = False,
) -> int:
    """Export a quarter for the tax adviser: every document, and the totals by country and rate."""

    async def work(container: OperatorContainer) -> int:
        return await _export_quarter(container, which, "YEAR-N", language=language, as_json=as_json)

    return operate("receipts", work)


async def _export_quarter(
    container: OperatorContainer,
    name: str,
    field: str,
    output: Path | None = None,
    *,
    language: str = "",
    as_json: bool,
) -> int:
    """Write the file that the console offers for a quarter. name: the last quarter if empty. field: for errors"""
    from subscriptions.application.payments.tax_report import Quarter, as_record
    from subscriptions.bootstrap.tax_report import tax_file

    make = container.make_tax_report()
    wanted = Quarter.parse(name, field) if name else make.last_quarter
    with progress("receipts"):
        report = await make.load(wanted)
    if as_json:
        show_json(as_record(report))
        return 0
    _, content = tax_file(report, language or language_of())
    write_content(content, output)
    return 0


def quarter(
    which: Annotated[str, typer.Argument(metavar="YEAR-N", help="The quarter, as 2026-4, in TIMEZONE.")],
    as_json: Json = False,
) -> int:
    """Sum a quarter by currency and rate for a VAT return, without the sales that `oss` sums."""

    return _sums(which, as_json=as_json, abroad=False)


def oss(
    which: Annotated[str, typer.Argument(metavar="YEAR-N", help="The quarter, as 2026-4, in TIMEZONE.")],
    as_json: Json = False,
) -> int:
    """Sum a quarter's sales to the countries of VAT_RATES, for the One Stop Shop."""
    return _sums(which, as_json=as_json, abroad=True)


def _sums(which: str, *, as_json: bool, abroad: bool) -> int:
    async def work(container: OperatorContainer) -> int:
        from subscriptions.application.payments.receipt_lines import tax_rows
        from subscriptions.application.payments.tax_report import Quarter

        wanted = Quarter.parse(which, "YEAR-N")
        with progress("receipts"):
            receipt_lines = await container.list_receipts()(wanted.first_day, wanted.last_day)
        rows = tax_rows(receipt_lines, container.core.policy(), abroad=abroad)
        if as_json:
            show_json(rows)
        else:
            heads = (*(("country",) if abroad else ()), "currency", "rate", "net", "tax", "gross", "documents")
            writer = csv.DictWriter(sys.stdout, heads, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return 0

    return operate("receipts", work)


def _current_day(container: OperatorContainer) -> date:
    day: date = container.core.clock().now().astimezone(container.core.policy().zones.home).date()
    return day


CLI: Final = CliPart(
    commands={
        "receipts": CommandGroup(
            "Receipts and credit notes, by number.",
            {"complete": complete, "export": export, "adviser": adviser, "quarter": quarter, "oss": oss},
        )
    },
    while_draining=frozenset({"receipts"}),
)
