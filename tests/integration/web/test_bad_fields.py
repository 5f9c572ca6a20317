"""Invalid values are refused at their field, in the console and in the API: texts, roles, settings, addresses."""

from __future__ import annotations

import re

import httpx

from subscriptions.domain.entities.api_key import Ability
from tests.integration.web.conftest import Tables
from tests.support.api_client import key_for
from tests.support.console_visitor import OLGA, Visitor
from tests.support.of_features import of_features
from tests.support.website import Website

WRITTEN = "SELECT (SELECT count(*) FROM audit_log) AS lines, (SELECT count(*) FROM pgqueuer) AS jobs"
REFUSED = {
    "a text too long for a message": ("edit_text", "es:plans.welcome", {"text": "x" * 3501}, "text"),
    "a text too long for a button": ("edit_text", "es:buttons.plans", {"text": "x" * 65}, "text"),
    "broken markup": ("edit_text", "es:plans.welcome", {"text": "Hola <b>{brand}"}, "text"),
    "a role with no way in": (
        "make_role",
        "shop",
        {"role_name": "Nadie", "permissions": "see_customers"},
        "permissions",
    ),
    "a role called owner": (
        "make_role",
        "shop",
        {"role_name": "owner", "permissions": "open_console,see_customers"},
        "role_name",
    ),
    "a setting that cannot be read": ("change_setting", "GRACE_DAYS", {"value": "pronto"}, "value"),
    "a brand's colour that is none": ("change_setting", "BRAND_ACCENT", {"value": "rojo"}, "value"),
    **of_features("walks", "REFUSED"),
}


async def test_refusal_of_an_invalid_value_names_the_field(
    olga: Visitor, site: Website, client: httpx.AsyncClient, tables: Tables
) -> None:
    headers, described = await key_for(site, *Ability), await client.get("/api/v1/openapi.json")
    paths = described.json()["paths"] if "/api/v1" in of_features("walks", "API_ROOTS") else {}
    before = await tables.rows(WRITTEN)
    for what, (command, subject, answers, field) in REFUSED.items():
        page = await olga.look(command, subject, **answers)
        assert f'id="{field}-wrong"' in page, what
        assert 'class="sure"' not in page, what

        if not paths:
            continue
        (path,) = [path for path, each in paths.items() if each.get("post", {}).get("operationId") == command]
        key = {"Idempotency-Key": what.replace(" ", "-")}
        answer = await client.post(re.sub(r"{\w+}", subject, path), json=answers, headers=headers | key)
        assert answer.status_code == 422, (what, answer.text)
        assert field in answer.json()["errors"], (what, answer.text)
        # Refused for its value, not because this shop lacks a setting.
        assert field != "url" or "public" in answer.json()["errors"][field], (what, answer.text)
    assert await tables.rows(WRITTEN) == before


async def test_owner_role_cannot_be_removed(olga: Visitor, tables: Tables) -> None:
    owner = f"SELECT id, staff_role FROM customers WHERE telegram_id = {OLGA}"
    (before,) = await tables.rows(owner)
    for role in ("none", "support"):
        assert "propietari" in (await olga.do("role", before["id"], role=role)).lower()
    assert await tables.rows(owner) == [before]
