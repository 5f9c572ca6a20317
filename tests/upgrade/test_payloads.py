"""Jobs that lie in the queue during an upgrade: each version can read what the other one wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from pydantic import TypeAdapter

from subscriptions.application import dto
from subscriptions.application.dto.job_payload import JobPayload
from tests.upgrade.previous_release import COMMIT
from tests.upgrade.record import PAYLOADS, ROWS

RECORDED: Mapping[str, Any] = json.loads(PAYLOADS.read_text())
OLD: Mapping[str, Mapping[str, Any]] = RECORDED["payloads"]
for module in iter_modules(dto.__path__):
    import_module(f"{dto.__name__}.{module.name}")
NEW: Mapping[str, type[JobPayload]] = {kind.name: kind for kind in JobPayload.__subclasses__()}
WAITING: list[Mapping[str, Any]] = json.loads(ROWS.read_text())["tables"]["due_jobs"]


def test_what_is_recorded_is_the_previous_versions() -> None:
    assert RECORDED["commit"] == COMMIT == json.loads(ROWS.read_text())["commit"]


@pytest.mark.parametrize("name", OLD)
def test_an_old_payload_can_be_read(name: str) -> None:
    """This version asks for nothing that the old one did not write."""
    new = NEW[name].model_json_schema()
    assert set(new.get("required", ())) <= set(OLD[name]["required"])


@pytest.mark.parametrize("name", OLD)
def test_the_previous_version_can_read_a_new_payload(name: str) -> None:
    """It finds every field it knows, in the form it knows; what is new it leaves aside."""
    properties = NEW[name].model_json_schema()["properties"]
    assert {field: properties.get(field) for field in OLD[name]["properties"]} == OLD[name]["properties"]
    assert OLD[name].get("additionalProperties", True) is True


@pytest.mark.parametrize("row", WAITING, ids=lambda row: row["name"])
def test_a_payload_as_it_was_written_can_be_read(row: Mapping[str, Any]) -> None:
    kind = NEW.get(row["name"]) or NEW[row["name"].rpartition(".")[0]]
    assert kind.parse(row["payload"]).model_dump(mode="json").items() >= row["payload"].items()


@pytest.mark.parametrize("name", NEW)
def test_what_is_left_out_is_something_that_may_be_written(name: str) -> None:
    """What this version makes of a payload without the field, another has to be able to read."""
    for field in NEW[name].model_fields.values():
        if not field.is_required():
            TypeAdapter(field.annotation).validate_python(field.get_default(call_default_factory=True), strict=True)
