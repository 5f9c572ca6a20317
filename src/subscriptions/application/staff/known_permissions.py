"""All permissions: those of the core and those that features declare."""

from collections.abc import Sequence
from functools import cache

from subscriptions.application.dto.rooms import declared
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.services.staff_policy import CORE_PERMISSIONS


@cache
def permissions() -> Sequence[Permission]:
    """Return all permissions in the order in which menus list them. Raises ValueError if two have one name."""
    found = (*CORE_PERMISSIONS, *declared("permissions", "PERMISSIONS"))
    if len(names := {*found}) != len(found):
        raise ValueError(f"declared twice: {', '.join(sorted(each for each in names if found.count(each) > 1))}")
    return found
