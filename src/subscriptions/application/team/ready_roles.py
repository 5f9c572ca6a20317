"""Predefined roles, in addition to the built-in ones: bookkeeping and publishing.

A predefined role becomes a custom role of the shop when it is assigned for the first time, and can then be changed like
any other custom role.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from subscriptions.application.staff.known_permissions import permissions
from subscriptions.domain.entities.customer import OwnRole, StaffRole
from subscriptions.domain.entities.permission import Permission, PermissionGroup
from subscriptions.domain.services.staff_policy import StaffAction

_SIGN_IN_RIGHTS: Final = frozenset({StaffAction.OPEN_PANEL, StaffAction.OPEN_CONSOLE})
_BOOKS: Final = frozenset({PermissionGroup.MONEY, PermissionGroup.FIGURES})


def _keeps_books(permission: Permission) -> bool:
    """Return True for permissions that only show or export payments and statistics."""
    shown = {StaffAction.SEE_CUSTOMERS, StaffAction.SEE_PLANS}
    return (permission.group in _BOOKS and permission.ability is None) or permission in shown


def _publishes(permission: Permission) -> bool:
    """Return True for permissions to post, to record results and to write to many customers."""
    is_owners = permission.least_role is StaffRole.OWNER
    return permission == StaffAction.SEE_PLANS or (permission.group is PermissionGroup.MESSAGES and not is_owners)


_READY: Final[Mapping[str, Callable[[Permission], bool]]] = {"accounting": _keeps_books, "publishing": _publishes}


@cache
def ready_roles() -> Mapping[str, OwnRole]:
    """Return the predefined roles by name, with permissions of the core and of all features."""
    return {
        name: OwnRole(name=name, permissions=_SIGN_IN_RIGHTS | {each for each in permissions() if has(each)})
        for name, has in _READY.items()
    }
