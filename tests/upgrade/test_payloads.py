"""Check that this version and the previous release can read each other's job payloads, because both run during an
upgrade.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import TypeAdapter

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.application.dto.rooms import load_rooms
from tests.support.each_case import each_case
from tests.support.removed import REMOVED
from tests.upgrade.previous_release import COMMIT
from tests.upgrade.record import PAYLOADS, ROWS

RECORDED: Mapping[str, Any] = json.loads(PAYLOADS.read_text())
load_rooms()
NEW: Mapping[str, type[JobPayload]] = {kind.name: kind for kind in JobPayload.__subclasses__()}


def known(name: str) -> bool:
    """Return True if this version knows the job. A job of a feature whose folder does not exist is unknown and stays in
    the queue.
    """
    return not REMOVED or name in NEW or name.rpartition(".")[0] in NEW


OLD: Mapping[str, Mapping[str, Any]] = {name: kind for name, kind in RECORDED["payloads"].items() if known(name)}
WAITING: list[Mapping[str, Any]] = [
    row for row in json.loads(ROWS.read_text())["tables"]["due_jobs"] if known(row["name"])
]


def test_recorded_payloads_belong_to_the_previous_release() -> None:
    assert RECORDED["commit"] == COMMIT == json.loads(ROWS.read_text())["commit"]


@each_case("name", OLD)
def test_job_payload_of_the_previous_release_contains_every_field_required_now(name: str) -> None:
    """This version may require no field that the previous release does not write."""
    new = NEW[name].model_json_schema()
    assert set(new.get("required", ())) <= set(OLD[name].get("required", ()))


@each_case("name", OLD)
def test_new_job_payload_contains_every_field_required_by_the_previous_release(name: str) -> None:
    """The previous release must find every field that it requires in the known format; it ignores new fields."""
    properties = NEW[name].model_json_schema()["properties"]
    assert {field: properties.get(field) for field in OLD[name]["properties"]} == OLD[name]["properties"]
    assert OLD[name].get("additionalProperties", True) is True


@pytest.mark.parametrize("row", WAITING, ids=lambda row: row["name"])
def test_recorded_payload_is_parsed(row: Mapping[str, Any]) -> None:
    kind = NEW.get(row["name"]) or NEW[row["name"].rpartition(".")[0]]
    assert kind.parse(row["payload"]).model_dump(mode="json").items() >= row["payload"].items()


@each_case("name", NEW)
def test_default_of_an_omitted_job_payload_field_has_the_type_of_the_field(name: str) -> None:
    """The value that this version assumes for a missing field must be readable by the other version."""
    for field in NEW[name].model_fields.values():
        if not field.is_required():
            TypeAdapter(field.annotation).validate_python(field.get_default(call_default_factory=True), strict=True)
