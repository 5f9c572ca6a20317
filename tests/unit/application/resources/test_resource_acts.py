"""Which acts a resource offers: by its kind's strategy and whether it is in use, the same on every face."""

from __future__ import annotations

import pytest

from subscriptions.application.resources.resource_acts import resource_acts
from subscriptions.domain.entities.resource import ResourceStatus

PLANS = ["attach_resource", "detach_resource"]
LATER = ["replace_resource", "retire_resource", "delete_resource"]


@pytest.mark.parametrize(
    ("kind", "acts"),
    [
        ("personal_channel", PLANS),
        ("shared_channel", ["rename_resource", "change_entry", *PLANS, *LATER]),
        ("group", ["rename_resource", "arrange_group", *PLANS, *LATER]),
        ("content", ["rename_resource", "change_content", *PLANS, *LATER]),
        ("of a newer version", PLANS),
    ],
)
def test_a_kind_says_which_acts_are_its_own(kind: str, acts: list[str]) -> None:
    assert [act.name for act in resource_acts(kind, ResourceStatus.ACTIVE, has_plans=True)] == acts
    retired = resource_acts(kind, ResourceStatus.RETIRED, has_plans=True)
    assert [act.name for act in retired] == ["attach_resource", "delete_resource"]


def test_only_what_a_plan_opens_is_removed_from_one() -> None:
    acts = [act.name for act in resource_acts("group", ResourceStatus.ACTIVE, has_plans=False)]
    assert "attach_resource" in acts
    assert "detach_resource" not in acts
