"""Check that the staff commands offered for a resource depend on its kind and use, and are identical on every
interface.
"""

from __future__ import annotations

import pytest

from subscriptions.application.resources.resource_commands import resource_commands
from subscriptions.application.staff.command import staff_commands
from subscriptions.domain.entities.resource import ResourceStatus

PLANS = ["attach_resource", "detach_resource"]
ENTRY = [name for name in ("change_entry",) if name in staff_commands()]
"""Staff command about entry steps. Its feature may be absent; then the list is empty."""
LATER = ["replace_resource", "retire_resource", "delete_resource"]


@pytest.mark.parametrize(
    ("kind", "commands"),
    [
        ("personal_channel", PLANS),
        ("shared_channel", ["rename_resource", *ENTRY, *PLANS, *LATER]),
        ("group", ["rename_resource", "arrange_group", *PLANS, *LATER]),
        ("content", ["rename_resource", "change_content", *PLANS, *LATER]),
        ("of a newer version", PLANS),
    ],
)
def test_commands_offered_for_a_resource_depend_on_its_kind_and_status(kind: str, commands: list[str]) -> None:
    assert [command.name for command in resource_commands(kind, ResourceStatus.ACTIVE, has_plans=True)] == commands
    retired = resource_commands(kind, ResourceStatus.RETIRED, has_plans=True)
    assert [command.name for command in retired] == ["attach_resource", "delete_resource"]


def test_detach_is_offered_only_for_resources_of_a_plan() -> None:
    commands = [command.name for command in resource_commands("group", ResourceStatus.ACTIVE, has_plans=False)]
    assert "attach_resource" in commands
    assert "detach_resource" not in commands
