"""Permissions of staff, and the groups under which forms list them."""

from enum import StrEnum
from typing import Self

from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import StaffRole


class PermissionGroup(StrEnum):
    """Group under which forms list a permission. Names and order of the groups are those of the console's sections."""

    CUSTOMERS = "customers"
    MONEY = "money"
    OFFER = "offer"
    CHATS = "chats"
    MESSAGES = "messages"
    FIGURES = "figures"
    SETTINGS = "settings"


class Permission(str):
    """Permission of staff. Its text is its name, as stored in roles and used in the audit log.

    least_role: lowest built-in role that has the permission
    ability: ability that an API key needs to use the permission; None if programs cannot use it
    group: group under which forms list the permission
    reads: ability of an API key that reads the same data as the permission. Only a person with the permission may give
        this ability to a key, and a program with this ability may grant the permission.
    """

    __slots__ = ("ability", "group", "least_role", "reads")

    least_role: StaffRole
    ability: Ability | None
    group: PermissionGroup
    reads: Ability | None

    def __new__(
        cls,
        name: str,
        least_role: StaffRole,
        ability: Ability | None = None,
        group: PermissionGroup = PermissionGroup.SETTINGS,
        reads: Ability | None = None,
    ) -> Self:
        """Create the permission. `name`: text of the permission. The other parameters are described in the class."""
        permission = super().__new__(cls, name)
        permission.least_role, permission.ability = least_role, ability
        permission.group, permission.reads = group, reads
        return permission

    def __reduce__(
        self,
    ) -> tuple[type[Self], tuple[str, StaffRole, Ability | None, PermissionGroup, Ability | None]]:
        """Return the class and the arguments from which pickle and copy recreate the permission."""
        return type(self), (str(self), self.least_role, self.ability, self.group, self.reads)
