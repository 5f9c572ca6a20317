"""Staff permission to find the customer whose copy of a post was leaked."""

from typing import Final

from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.permission import Permission, PermissionGroup

TRACE_LEAK: Final = Permission("leak.trace", StaffRole.MANAGER, group=PermissionGroup.MESSAGES)

PERMISSIONS: Final = (TRACE_LEAK,)
