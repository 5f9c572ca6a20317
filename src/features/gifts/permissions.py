"""Staff permission to see gifts."""

from typing import Final

from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.permission import Permission, PermissionGroup

SEE_GIFTS: Final = Permission("gift.see", StaffRole.SUPPORT, group=PermissionGroup.OFFER)

PERMISSIONS: Final = (SEE_GIFTS,)
