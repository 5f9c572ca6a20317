"""API for posts: the contract agreed with the operator's own system, checked down to the stored rows and jobs."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
from structlog.testing import capture_logs

from tests.integration.web.conftest import Tables
from tests.support.plain_http import plain_http
from tests.support.website import POSTS_KEY, running_website

ENDPOINT = "/api/picks"
PICK: dict[str, Any] = {"plan": "retabet", "text": "Real Madrid – Barça: +2.5 @ 1.95 <b>&"}
FULL: dict[str, Any] = PICK | {
    "photo_url": "https://img.example/1.png",
    "buttons": [[{"text": "Ver cuota", "url": "https://retabet.example/?a=1&b=2"}]],
}


async def post(core: httpx.AsyncClient, pick: Any = None, key: str = "match-1") -> httpx.Response:
    return await core.post(ENDPOINT, json=PICK if pick is None else pick, headers={"Idempotency-Key": key})


async def test_repeated_request_stores_one_post_and_enqueues_its_job(core: httpx.AsyncClient, tables: Tables) -> None:
    first, again = await post(core, FULL), await post(core, FULL)
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    assert set(first.json()) == {"id"}
    [row] = await tables.rows("SELECT id, key, status, revision, content FROM picks")
    assert (str(row["id"]), row["key"], row["status"], row["revision"]) == (
        str(UUID(first.json()["id"])),
        "match-1",
        "accepted",
        1,
    )
    kept = json.loads(row["content"])["data"]
    assert (kept["text"], kept["photo_url"]) == (FULL["text"], FULL["photo_url"])
    assert kept["buttons"] == FULL["buttons"]
    assert len(await tables.jobs()) == 1


async def test_twenty_concurrent_copies_of_a_request_create_one_post(core: httpx.AsyncClient, tables: Tables) -> None:
    answers = await asyncio.gather(*(post(core) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await tables.rows("SELECT 1 FROM picks")) == 1
    assert len(await tables.jobs()) == 1


async def test_same_key_with_another_body_is_a_conflict(core: httpx.AsyncClient, tables: Tables) -> None:
    await post(core)
    for other in [{"text": "another"}, {"plan": "sportium"}, {"photo_url": "https://img.example/2"}]:
        answer = await post(core, PICK | other)
        assert answer.status_code == 409
        assert "Idempotency-Key" in answer.json()["error"]
    assert len(await tables.rows("SELECT 1 FROM picks")) == 1


async def test_post_is_edited_and_withdrawn_by_its_key(core: httpx.AsyncClient, tables: Tables) -> None:
    made = (await post(core)).json()
    edited = await core.put(f"{ENDPOINT}/match-1", json=PICK | {"text": "+3.5 @ 2.40"})
    assert (edited.status_code, edited.json()) == (200, made)
    withdrawn = await core.delete(f"{ENDPOINT}/match-1")
    assert (withdrawn.status_code, withdrawn.json()) == (200, made)
    [row] = await tables.rows("SELECT status, revision, content FROM picks")
    assert (row["status"], row["revision"]) == ("withdrawn", 3)
    assert json.loads(row["content"])["data"]["text"] == "+3.5 @ 2.40"
    assert (await core.delete(f"{ENDPOINT}/match-1")).status_code == 200


async def test_edit_that_omits_the_plan_and_changes_nothing_is_accepted_without_a_new_job(
    core: httpx.AsyncClient, tables: Tables
) -> None:
    await post(core)
    waiting = await tables.jobs()
    assert (await core.put(f"{ENDPOINT}/match-1", json={"text": PICK["text"]})).status_code == 200
    assert await tables.jobs() == waiting


async def test_post_can_be_addressed_by_any_printable_key_in_the_path(core: httpx.AsyncClient) -> None:
    for key in ("liga/2026-11-20/1", "ñandú ⚽", "a?b#c", "x" * 200):
        headers: list[tuple[bytes, bytes]] = [(b"Idempotency-Key", key.encode())]
        assert (await core.post(ENDPOINT, json=PICK, headers=headers)).status_code == 202
        assert (await core.delete(f"{ENDPOINT}/{quote(key, safe='')}")).status_code == 200, key


async def test_unknown_key_is_not_found(core: httpx.AsyncClient) -> None:
    keys = ("unknown", "x" * 201, "%00", "%0A")
    edits = [await core.put(f"{ENDPOINT}/{key}", json=PICK) for key in keys]
    for answer in (*edits, *[await core.delete(f"{ENDPOINT}/{key}") for key in keys]):
        assert (answer.status_code, answer.json()) == (404, {"error": "no pick has this key"})


async def test_api_key_is_checked_before_the_request(client: httpx.AsyncClient) -> None:
    for wrong in ("", "Bearer", "Bearer no", f"Basic {POSTS_KEY}", POSTS_KEY, f"Bearer {POSTS_KEY}x", "Bearer \xf1"):
        await nothing_is_looked_at(client, [(b"authorization", wrong.encode("latin-1"))] if wrong else [])


async def nothing_is_looked_at(client: httpx.AsyncClient, headers: list[tuple[bytes, bytes]]) -> None:
    """Assert that every request is refused with status 401, whatever its method, path and body are."""
    for method, path, body in [
        ("POST", ENDPOINT, b"not json"),
        ("POST", ENDPOINT, b"x" * 500_000),
        ("PUT", f"{ENDPOINT}/match-1", b"{}"),
        ("DELETE", f"{ENDPOINT}/match-1", b""),
        ("GET", ENDPOINT, b""),
        ("POST", f"{ENDPOINT}/", b""),
    ]:
        answer = await client.request(method, path, content=body, headers=headers)
        assert answer.status_code == 401, (method, path)
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_every_posts_key_is_refused_if_no_posts_key_is_configured(database_url: str) -> None:
    async with (
        running_website(database_url, PICKS_API_KEY="") as site,
        plain_http(base_url=site.url) as client,
    ):
        for authorization in ("", "Bearer", "Bearer None", f"Bearer {POSTS_KEY}"):
            answer = await client.post(ENDPOINT, json=PICK, headers={"Authorization": authorization})
            assert answer.status_code == 401


async def test_post_requires_an_idempotency_key(core: httpx.AsyncClient) -> None:
    for headers in ({}, {"Idempotency-Key": ""}, {"Idempotency-Key": "x" * 201}):
        answer = await core.post(ENDPOINT, content=b"not json", headers=headers)
        assert answer.status_code == 400
        assert "Idempotency-Key" in answer.json()["error"]


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"text": ""}, "text"),
    ({"text": "   "}, "text"),
    ({"text": None}, "text"),
    ({"text": "a\x00b"}, "text"),
    ({"text": "x" * 4097}, "text"),
    ({"text": "x" * 1025, "photo_url": "https://img.example/1.png"}, "text"),
    ({"plan": None}, "plan"),
    ({"plan": 7}, "plan"),
    ({"photo_url": "ftp://img.example/1.png"}, "photo_url"),
    ({"photo_url": "picture.png"}, "photo_url"),
    ({"buttons": {}}, "buttons"),
    ({"buttons": [[]]}, "buttons.0"),
    ({"buttons": [[{"text": "", "url": "https://a.example"}]]}, "buttons.0.0.text"),
    ({"buttons": [[{"text": "a", "url": "javascript:alert(1)"}]]}, "buttons.0.0.url"),
    ({"buttons": [[{"text": "a", "url": "https://a.example", "data": "x"}]]}, "buttons.0.0.data"),
    ({"buttons": [[{"text": "a", "url": "https://a.example"}] * 9]}, "buttons.0"),
    ({"colour": "red"}, "colour"),
]


async def test_error_in_a_request_body_names_the_field(core: httpx.AsyncClient, tables: Tables) -> None:
    await post(core)
    for change, field in FAULTS:
        new = await post(core, PICK | change, key="match-2")
        edit = await core.put(f"{ENDPOINT}/match-1", json=PICK | ({"plan": 7} if field == "plan" else change))
        for answer in (new, edit):
            assert answer.status_code == 422, change
            assert answer.json()["error"].startswith(f"{field}: ")
    assert [row["revision"] for row in await tables.rows("SELECT revision FROM picks")] == [1]


async def test_malformed_body_is_refused(core: httpx.AsyncClient) -> None:
    for body in [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b'{"plan": "retabet", "text": "\\ud800"}']:
        answer = await core.post(ENDPOINT, content=body, headers={"Idempotency-Key": "match-1"})
        assert answer.status_code == 422, body
        assert answer.json()["error"].startswith(("body: ", "text: "))


async def test_longest_allowed_texts_of_posts_are_accepted(core: httpx.AsyncClient) -> None:
    assert (await post(core, PICK | {"text": "x" * 4096}, key="a")).status_code == 202
    assert (await post(core, FULL | {"text": "x" * 1024}, key="b")).status_code == 202


async def test_unknown_plan_is_not_found(core: httpx.AsyncClient) -> None:
    for plan in ("unknown", "", "Retabet", "a b", "x" * 500):
        answer = await post(core, PICK | {"plan": plan})
        assert (answer.status_code, answer.json()) == (404, {"error": "there is no such plan"})


async def test_large_body_and_wrong_method_are_refused(core: httpx.AsyncClient) -> None:
    answer = await core.post(ENDPOINT, content=b"x" * 70_000, headers={"Idempotency-Key": "match-1"})
    assert answer.status_code == 413
    assert (await core.get(ENDPOINT)).status_code == 405
    assert (await core.post(f"{ENDPOINT}/match-1", json=PICK)).status_code == 405


async def test_refused_request_is_logged_without_its_api_key(client: httpx.AsyncClient) -> None:
    with capture_logs() as notified:
        wrong = f"{POSTS_KEY}x"
        assert (await client.post(ENDPOINT, headers={"Authorization": f"Bearer {wrong}"})).status_code == 401
    refusals = [line for line in notified if line["event"] == "api key refused"]
    assert [(line["remote"], line["method"], line["known"]) for line in refusals] == [("127.0.0.1", "POST", False)]
    assert POSTS_KEY not in str(notified)


async def test_versioned_endpoint_behaves_like_the_legacy_endpoint_but_reports_problem_details(
    core: httpx.AsyncClient, tables: Tables
) -> None:
    here = "/api/v1/picks"
    first = await post(core, FULL)
    again = await core.post(here, json=FULL, headers={"Idempotency-Key": "match-1"})
    assert (again.status_code, again.json()) == (202, first.json())
    edited = await core.put(f"{here}/match-1", json=FULL | {"text": "Otro"})
    assert (edited.status_code, edited.json()) == (200, first.json())
    assert (await core.delete(f"{here}/match-1")).status_code == 200
    assert [row["status"] for row in await tables.rows("SELECT status FROM picks")] == ["withdrawn"]

    refused = [
        await core.post(here, json=PICK),
        await core.post(here, json=PICK | {"plan": "unknown"}, headers={"Idempotency-Key": "match-2"}),
        await core.post(here, json=PICK | {"text": "x"}, headers={"Idempotency-Key": "match-1"}),
        await core.post(here, json=PICK | {"text": ""}, headers={"Idempotency-Key": "match-2"}),
        await core.put(f"{here}/nobody/s", json={"text": "x"}),
        await core.delete(f"{here}/{'x' * 201}"),
    ]
    assert [answer.status_code for answer in refused] == [400, 404, 409, 422, 404, 404]
    assert {answer.headers["content-type"] for answer in refused} == {"application/problem+json"}
    assert set(refused[3].json()["errors"]) == {"text"}
