"""An operator's API client: creates its key, and reads lists page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from subscriptions.bootstrap.features import installed
from subscriptions.domain.entities.api_key import Ability, ApiKey, digest_of, new_secret
from tests.fakes.samples import NOON
from tests.support.website import Website

PROBLEM = "application/problem+json"
NEEDS_API = pytest.mark.skipif("api" not in installed().features, reason="the API's folder is gone")
"""Marker of tests outside the API's own folder that call the API. They are skipped if that folder does not exist."""


async def key_for(site: Website, *abilities: Ability) -> dict[str, str]:
    """Create an API key with these abilities and return the headers that authenticate with the key. Without the API's
    folder, the test is skipped.
    """
    if "api" not in installed().features:
        pytest.skip("the API's folder is gone")
    secret = new_secret()
    name = " ".join(abilities)
    key = ApiKey(name=name, digest=digest_of(secret), abilities=frozenset(abilities), created_at=NOON)
    await site.give(key)
    return {"Authorization": f"Bearer {secret}"}


async def pages(
    client: httpx.AsyncClient, path: str, headers: dict[str, str], limit: int
) -> list[list[dict[str, Any]]]:
    """Fetch all pages of a list and return the entries of each page, in order."""
    reported, cursor = [], None
    while cursor is not None or not reported:
        asked = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        answer = await client.get(path, params=asked, headers=headers)
        assert answer.status_code == 200, answer.text
        reported.append(answer.json()["items"])
        cursor = answer.json()["next"]
    return reported


def ids(reported: Sequence[Sequence[dict[str, Any]]]) -> list[str]:
    """Return the ids of the entries on all of these pages."""
    return [item["id"] for page in reported for item in page]
