"""All permissions: those of the core and those that features declare."""

from collections.abc import Sequence
from functools import cache

from subscriptions.application.dto.rooms import declared_by, of_rooms
from subscriptions.application.feature_failures import contained
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.services.staff_policy import CORE_PERMISSIONS


@cache
def permissions() -> Sequence[Permission]:
    """Return all permissions in the order in which menus list them. Raises ValueError if two permissions of the core
    have the same name. A permission of a feature whose name is taken is left out and reported.
    """
    found = [*CORE_PERMISSIONS, *of_rooms("permissions", "PERMISSIONS")]
    if len(names := {*found}) != len(found):
        raise ValueError(f"declared twice: {', '.join(sorted(each for each in names if found.count(each) > 1))}")
    for name, declared in declared_by("permissions", "PERMISSIONS").items():
        for permission in declared:
            with contained(name, "permissions", lasts=True):
                if permission in found:
                    raise ValueError(f"the permission {permission} is declared twice")
                found.append(permission)
    return tuple(found)
