"""Permission to receive the activity feed."""

from typing import Final

from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.permission import Permission, PermissionGroup

RECEIVE_NEWS: Final = Permission("news.hear", StaffRole.OWNER, group=PermissionGroup.MESSAGES)

PERMISSIONS: Final = (RECEIVE_NEWS,)
