"""Refusals of the API: an unknown parameter on any path is refused, always as problem details."""

from __future__ import annotations

import base64
import json

import httpx
import pytest

from subscriptions.domain.entities.api_key import Ability
from tests.integration.web.conftest import Tables
from tests.support.api_client import PROBLEM, key_for
from tests.support.console_visitor import Visitor
from tests.support.features import runs
from tests.support.website import POSTS_KEY, Website

NOWHERE = "00000000-0000-4000-8000-000000000000"


def described(document: dict[str, object]) -> list[tuple[str, str]]:
    """Return the method and path of every operation, with its parameters filled in."""
    paths = document["paths"]
    assert isinstance(paths, dict)
    filled = {"{telegram_id}": "7", "{key}": "k"}
    found = []
    for path, methods in paths.items():
        address = path
        for name, value in filled.items():
            address = address.replace(name, value)
        while "{" in address:
            head, _, rest = address.partition("{")
            address = f"{head}{NOWHERE}{rest.partition('}')[2]}"
        found += [(method.upper(), address) for method in methods]
    return found


async def test_every_operation_refuses_an_unknown_parameter(client: httpx.AsyncClient, site: Website) -> None:
    headers = {**await key_for(site, *Ability), "Idempotency-Key": "k"}
    document = (await client.get("/api/v1/openapi.json")).json()
    for method, path in [*described(document), ("GET", "/api/v1/openapi.json")]:
        answer = await client.request(method, path, params={"telegramid": "1", "zone": "x"}, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM), (method, path, answer.text)
        assert list(answer.json()["errors"]) == ["telegramid", "zone"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api", 404),
        ("GET", "/api/nothing", 404),
        ("GET", "/api/v1", 404),
        ("POST", "/api/v2/customers", 404),
        ("GET", "/api/v1/nothing", 404),
        ("DELETE", "/api/v1/plans", 405),
        ("GET", "/api/v1/customers/7/note", 405),
        ("POST", "/api/v1/openapi.json", 405),
        ("GET", "/api/v1/customers/nobody", 422),
        ("POST", "/api/v1/roles", 400),
        ("POST", "/api/v1/picks", 400 if runs("picks") else 404),
    ],
)
async def test_refusal_under_api_has_problem_details(
    client: httpx.AsyncClient, site: Website, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path, headers=await key_for(site, *Ability))
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.json()["status"] == status
    assert answer.json()["detail"]


async def test_legacy_endpoint_without_a_key_answers_with_its_documented_error_object(
    client: httpx.AsyncClient,
) -> None:
    for path in (*(["/api/picks"] if runs("picks") else []), "/api/figures"):
        answer = await client.get(path)
        assert (answer.status_code, list(answer.json())) == (401, ["error"])


async def test_response_headers_state_the_remaining_requests_of_the_ip_address(client: httpx.AsyncClient) -> None:
    asking = {"X-Forwarded-For": "203.0.113.9"}
    first, second = [await client.get("/api/v1/customers", headers=asking) for _ in range(2)]
    quota, window = 5 * 8, 8
    for answer in (first, second):
        assert answer.headers["ratelimit-policy"] == f'"address";q={quota};w={window}'
    left = [int(answer.headers["ratelimit"].split(";")[1].removeprefix("r=")) for answer in (first, second)]
    # A refusal counts as five requests.
    assert left[0] - 5 <= left[1] < left[0] < quota
    assert "ratelimit" not in (await client.get("/", headers=asking)).headers


@pytest.mark.parametrize("page", [3, None, {}, {"a": 1, "b": 2}, [], ["x"], [1, 2], ["\0", "x"], ["\ud800", "x"], "ab"])
async def test_invalid_page_cursor_is_refused(olga: Visitor, page: object) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(page).encode()).decode()
    for path in ("/admin/customers", "/admin/customers.csv"):
        answer = await olga.client.get(path, params={"page": cursor, "sort": "first_name"})
        assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("query", ["since=nothing", "state=nothing", "until=9999-12-31T"])
async def test_export_with_a_wrong_filter_is_refused_and_not_audited(olga: Visitor, tables: Tables, query: str) -> None:
    answer = await olga.client.get(f"/admin/customers.csv?{query}")
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (422, "text/html")
    assert not await tables.rows("SELECT 1 FROM audit_log WHERE action = 'export'")


async def test_posts_key_gives_no_access_to_customers(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/customers?x=1", headers={"Authorization": f"Bearer {POSTS_KEY}"})
    assert (answer.status_code, answer.headers["content-type"]) == (403, PROBLEM)
