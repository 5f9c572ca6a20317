"""A feature is switched off in a running demo: each process restarts, keeps its process id, and can still sell."""

from __future__ import annotations

import json
from typing import Any

import pytest

from subscriptions.bootstrap.processes import PROCESSES
from tests.support.demo import Demo, eventually
from tests.support.member import command

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]


def loaded(demo: Demo) -> dict[str, Any]:
    """Return the loaded features of the newest run of each process."""
    newest = "SELECT DISTINCT ON (process) process, features FROM process_features ORDER BY process, seen_at DESC"
    found: dict[str, Any] = json.loads(demo.sql(f"SELECT json_object_agg(process, features) FROM ({newest}) AS newest"))
    return found


def follows(demo: Demo) -> bool:
    """Return True if all processes have restarted without the MCP feature."""
    features = loaded(demo)
    return features.keys() == PROCESSES.keys() and not any("mcp" in line for line in features.values())


def test_feature_switched_off_by_command_is_off_in_every_process_and_sales_continue(own_demo: Demo) -> None:
    ready = own_demo.ready_file.read_text()
    switched = command(own_demo, "features", "off", "mcp")

    assert switched == "mcp is off.\n"
    eventually(lambda: follows(own_demo), "every process follows")
    assert own_demo.ready_file.read_text() == ready, "each has the same process id"
    ana = own_demo.person("Ana")
    assert ana.buy()["title"].startswith("Retador - Retabet")
