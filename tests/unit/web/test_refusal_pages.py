"""What a person is shown where there is no page or none now, and what a program is told."""

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
    """A site on which everything is missing, fails or waits. console: it serves the console as well."""
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
async def test_each_reader_has_a_page_of_their_own_with_a_way_on(path: str, status: int) -> None:
    async with site(console=True) as both, site(console=False) as shop:
        answers = [
            await client.get(f"/{place}{path}") for client, place in ((both, "admin/"), (both, ""), (shop, "admin/"))
        ]

    assert {answer.status_code for answer in answers} == {status}
    team, customers, hidden = (answer.text for answer in answers)
    assert TEAM_PAGE in team
    assert CUSTOMERS_PAGE not in team
    assert CUSTOMERS_PAGE in customers
    # Where the console is not served, nothing tells that there is one.
    assert CUSTOMERS_PAGE in hidden
    assert TEAM_PAGE not in hidden
    assert "inside" not in team + customers


async def test_the_teams_page_speaks_what_the_browser_asks_for() -> None:
    async with site(console=True) as client:
        answer = await client.get("/admin/fault", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert "This should not happen" in answer.text


async def test_a_program_is_told_in_its_own_form() -> None:
    async with site(console=True) as client:
        problem, figures = await client.get("/api/v1/fault"), await client.get("/metrics/fault")
    assert (problem.status_code, problem.json()["detail"]) == (500, FAULT)
    assert (figures.status_code, figures.json()) == (500, {"error": FAULT})


async def test_a_row_that_cannot_be_read_is_our_fault_and_no_input_of_the_visitor() -> None:
    REPORTED.clear()
    async with site(console=False) as shop:
        page, program = await shop.get("/unreadable"), await shop.get("/api/unreadable")
    assert (page.status_code, program.status_code) == (500, 500)
    assert "odds" not in page.text + program.text
    assert REPORTED == ["service_plans", "service_plans"]
