"""Permissions of staff."""

from enum import StrEnum
from typing import Self

from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import StaffRole


class PermissionGroup(StrEnum):
    """Group under which forms list a permission, named as the console's sections and in their order."""

    CUSTOMERS = "customers"
    MONEY = "money"
    OFFER = "offer"
    CHATS = "chats"
    MESSAGES = "messages"
    FIGURES = "figures"
    SETTINGS = "settings"


class Permission(str):
    """Permission of staff. Its text is its name, as stored in roles and used in the audit log.

    least_role: lowest built-in role that has it
    ability: ability that an API key needs for it; None if it is not available to programs
    group: group under which forms list it
    """

    __slots__ = ("ability", "group", "least_role")

    least_role: StaffRole
    ability: Ability | None
    group: PermissionGroup

    def __new__(
        cls,
        name: str,
        least_role: StaffRole,
        ability: Ability | None = None,
        group: PermissionGroup = PermissionGroup.SETTINGS,
    ) -> Self:
        """Return the permission of this name."""
        permission = super().__new__(cls, name)
        permission.least_role, permission.ability, permission.group = least_role, ability, group
        return permission

    def __reduce__(self) -> tuple[type[Self], tuple[str, StaffRole, Ability | None, PermissionGroup]]:
        """Return the arguments for pickling and copying."""
        return type(self), (str(self), self.least_role, self.ability, self.group)
