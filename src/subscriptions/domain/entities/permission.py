"""Permissions of staff."""

from typing import Self

from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import StaffRole


class Permission(str):
    """Permission of staff. Its text is its name, as stored in roles and used in the audit log.

    least_role: lowest built-in role that has it
    ability: ability that an API key needs for it; None if it is not available to programs
    """

    __slots__ = ("ability", "least_role")

    least_role: StaffRole
    ability: Ability | None

    def __new__(cls, name: str, least_role: StaffRole, ability: Ability | None = None) -> Self:
        """Return the permission of this name."""
        permission = super().__new__(cls, name)
        permission.least_role, permission.ability = least_role, ability
        return permission

    def __reduce__(self) -> tuple[type[Self], tuple[str, StaffRole, Ability | None]]:
        """Return the arguments for pickling and copying."""
        return type(self), (str(self), self.least_role, self.ability)
