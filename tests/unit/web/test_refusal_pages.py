"""Page that a person sees, and response that a program gets, when a request fails."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI

from subscriptions.domain.errors import RetryLater, Unreadable
from tests.unit.web.test_pages import IDENTITY
from web.console.frame import Frame
from web.refusals import FAULT, add_refusals, fault_answer, refusal_page
from web.render import Renderer
from web.shell import Shell

CUSTOMERS_PAGE = "Ir a la portada"
TEAM_PAGE = '<a class="button" href="/admin">'


REPORTED: list[str] = []


def site(*, console: bool) -> httpx.AsyncClient:
    """Return a client of a site where each request is missing, fails or is unavailable, with or without the console."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/{path:path}")
    async def answer(path: str) -> None:
        if path.endswith("fault"):
            raise LookupError("inside")
        if path.endswith("away"):
            raise RetryLater("the database cannot be reached")
        if path.endswith("unreadable"):
            raise Unreadable("service_plans", "7", "ValueError: odds")

    async def report(row: Unreadable) -> None:
        REPORTED.append(row.table)

    show = refusal_page(Renderer(IDENTITY), Frame(IDENTITY, by_telegram=False) if console else None)
    add_refusals(app, show, report)
    app.add_middleware(Shell, headers={}, fault=fault_answer(show))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://site")


@pytest.mark.parametrize(("path", "status"), [("fault", 500), ("away", 503)])
async def test_staff_and_customers_get_different_error_pages_and_hidden_console_is_not_revealed(
    path: str, status: int
) -> None:
    async with site(console=True) as both, site(console=False) as shop:
        answers = [
            await client.get(f"/{prefix}{path}") for client, prefix in ((both, "admin/"), (both, ""), (shop, "admin/"))
        ]

    assert {answer.status_code for answer in answers} == {status}
    team, customers, hidden = (answer.text for answer in answers)
    assert TEAM_PAGE in team
    assert CUSTOMERS_PAGE not in team
    assert CUSTOMERS_PAGE in customers
    # Without the console, no page reveals that there is one.
    assert CUSTOMERS_PAGE in hidden
    assert TEAM_PAGE not in hidden
    assert "inside" not in team + customers


async def test_error_page_for_staff_is_in_the_browsers_language() -> None:
    async with site(console=True) as client:
        answer = await client.get("/admin/fault", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert "Something went wrong" in answer.text


async def test_api_client_gets_the_error_in_its_own_format() -> None:
    async with site(console=True) as client:
        problem, figures = await client.get("/api/v1/fault"), await client.get("/metrics/fault")
    assert (problem.status_code, problem.json()["detail"]) == (500, FAULT)
    assert (figures.status_code, figures.json()) == (500, {"error": FAULT})


async def test_database_row_that_cannot_be_parsed_causes_a_server_error_and_is_reported() -> None:
    REPORTED.clear()
    async with site(console=False) as shop:
        page, program = await shop.get("/unreadable"), await shop.get("/api/unreadable")
    assert (page.status_code, program.status_code) == (500, 500)
    assert "odds" not in page.text + program.text
    assert REPORTED == ["service_plans", "service_plans"]
