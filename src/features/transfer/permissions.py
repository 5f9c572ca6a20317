"""Staff permissions for account transfers."""

from typing import Final

from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.permission import Permission, PermissionGroup

MOVE_CUSTOMER: Final = Permission(
    "customer.move", StaffRole.MANAGER, Ability.CHANGE_CUSTOMERS, group=PermissionGroup.CUSTOMERS
)

PERMISSIONS: Final = (MOVE_CUSTOMER,)
