"""Permission to send receipts to customers."""

from typing import Final

from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.permission import Permission, PermissionGroup

SEND_RECEIPT: Final = Permission(
    "receipt.send", StaffRole.SUPPORT, Ability.CHANGE_CUSTOMERS, group=PermissionGroup.MONEY
)

PERMISSIONS: Final = (SEND_RECEIPT,)
