"""A feature is switched in a whole demo: each process starts again, keeps its process id, and goes on selling."""

from __future__ import annotations

import json
from typing import Any

import pytest

from subscriptions.bootstrap.processes import PROCESSES
from tests.support.demo import Demo, eventually
from tests.support.member import command

pytestmark = pytest.mark.e2e


def loaded(demo: Demo) -> dict[str, Any]:
    """By process, what the newest run of each has loaded."""
    newest = "SELECT DISTINCT ON (process) process, features FROM process_features ORDER BY process, seen_at DESC"
    found: dict[str, Any] = json.loads(demo.sql(f"SELECT json_object_agg(process, features) FROM ({newest}) AS newest"))
    return found


def follows(demo: Demo) -> bool:
    """Whether each process runs without the feature."""
    features = loaded(demo)
    return features.keys() == PROCESSES.keys() and not any("mcp" in line for line in features.values())


def test_switch_reaches_every_process_and_a_sale_goes_on(own_demo: Demo) -> None:
    ready = own_demo.ready_file.read_text()
    switched = command(own_demo, "features", "off", "mcp")

    assert switched == "mcp is off.\n"
    eventually(lambda: follows(own_demo), "every process follows")
    assert own_demo.ready_file.read_text() == ready, "each has the same process id"
    ana = own_demo.person("Ana")
    assert ana.buy()["title"].startswith("Retador - Retabet")
