"""API operations of the quarterly tax report, for API keys with the ability to read payments."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from subscriptions.application.payments.tax_report import MakeTaxReport, Quarter, TaxReport, as_record
from subscriptions.bootstrap.tax_report import tax_file
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.spoken import LANGUAGES
from web.concurrency import ConcurrencyLimit
from web.problems import V1
from web.routes.writing import dependencies, describe, problems

TAXES: Final = f"{V1}/tax-report"
_LONGEST: Final = 12

WantedQuarter = Annotated[
    str | None,
    Query(
        description="Year and quarter, as `2026-4`, in the shop's time zone; default: the last complete one.",
        max_length=7,
    ),
]
Amount = Annotated[str | None, Field(description="Decimal number; null if no tax is recorded.")]


class TaxDocumentOut(BaseModel):
    """One receipt or credit note; refunds are negative."""

    date: str
    number: str
    kind: str
    customer: str
    plan: str
    provider: str
    country: str | None
    rate: Amount
    net: Amount
    tax: Amount
    gross: str
    currency: str
    corrects: str | None = Field(description="Number of the receipt that this document corrects.")
    order: str
    payment: str
    issuer: str


class TaxTotalOut(BaseModel):
    """Totals of the documents of one country, rate and currency."""

    country: str | None
    rate: Amount
    currency: str
    documents: int
    net: Amount
    tax: Amount
    gross: str


class TaxReportOut(BaseModel):
    """Tax report of a quarter."""

    quarter: str
    first_day: str
    last_day: str
    timezone: str
    documents: list[TaxDocumentOut]
    totals: list[TaxTotalOut]


_FILE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


def taxes_router(make_tax_report: MakeTaxReport, concurrency: ConcurrencyLimit) -> APIRouter:
    """Return the routes of the tax report as JSON, and as the CSV file that staff can also download in the console."""
    router = APIRouter(responses=problems(404, 409, 413), dependencies=dependencies())

    async def load(quarter: str | None) -> TaxReport:
        wanted = Quarter.parse(quarter) if quarter is not None else make_tax_report.last_quarter
        async with concurrency.slot():
            return await make_tax_report.load(wanted)

    @router.get(
        TAXES,
        response_model=TaxReportOut,
        operation_id="get_tax_report",
        summary="Retrieve the tax report of a quarter",
        description=describe(Ability.PAYMENTS, "Return every receipt and credit note of a quarter, and their totals."),
    )
    async def get_tax_report(quarter: WantedQuarter = None) -> JSONResponse:
        return JSONResponse(dict(as_record(await load(quarter))), headers={"Cache-Control": "no-store"})

    @router.get(
        f"{TAXES}.csv",
        response_class=Response,
        responses=_FILE,
        operation_id="get_tax_report_file",
        summary="Download the tax report of a quarter as CSV",
        description=describe(
            Ability.PAYMENTS, "Return the tax report as the CSV file that staff downloads in the console."
        ),
    )
    async def get_tax_report_file(
        quarter: WantedQuarter = None,
        language: Annotated[
            str | None,
            Query(
                description="Language of headings, decimal sign and separator; default: the shop's.",
                max_length=_LONGEST,
            ),
        ] = None,
    ) -> Response:
        name, content = await asyncio.to_thread(tax_file, await load(quarter), language or LANGUAGES.home)
        headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type="text/csv; charset=utf-8", headers=headers)

    return router
