"""The client package for posts, against a running site."""

from __future__ import annotations

import importlib.util
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from tests.integration.web.conftest import Tables
from tests.support.website import POSTS_KEY, Website

PACKAGE = Path(__file__).parents[3] / "examples" / "pick-router"


@pytest.fixture
def client_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pick_router", PACKAGE / "src" / "pick_router.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_post_is_published_once_edited_and_withdrawn(
    client_module: ModuleType, site: Website, tables: Tables
) -> None:
    async with client_module.PickRouter(site.url, POSTS_KEY) as pick_router:
        first = await pick_router("a/b", "retabet", "Over 2.5")
        assert await pick_router("a/b", "retabet", "Over 2.5") == first
        assert await pick_router.edit("a/b", "Over 3.5") == first
        assert await pick_router.withdraw("a/b") == first
    [row] = await tables.rows("SELECT key, status, revision FROM picks")
    assert (row["key"], row["status"], row["revision"]) == ("a/b", "withdrawn", 3)


async def test_refused_post_raises_an_error_with_status_and_reason(client_module: ModuleType, site: Website) -> None:
    async with client_module.PickRouter(site.url, POSTS_KEY) as pick_router:
        with pytest.raises(client_module.PickRefused, match="no such plan") as refused:
            await pick_router("k", "unknown", "Over 2.5")
    assert refused.value.status == 404


def test_client_does_not_depend_on_umbral() -> None:
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [each.partition(">")[0] for each in project["dependencies"]] == ["httpx"]
