"""Permissions of staff."""

from typing import Self

from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import StaffRole


class Permission(str):
    """A permission of staff. Its text is its name, as roles store it and as the audit log names the action.

    least_role: the least built-in role that has it. ability: what a key must be able to do for programs to use it;
    None where programs cannot.
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
        """Return what a copy is made from."""
        return type(self), (str(self), self.least_role, self.ability)
