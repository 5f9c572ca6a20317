"""Permission to publish posts and tips."""

from typing import Final

from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.permission import Permission, PermissionGroup

PUBLISH_TIP: Final = Permission("tip.publish", StaffRole.MANAGER, Ability.PICKS, group=PermissionGroup.MESSAGES)

PERMISSIONS: Final = (PUBLISH_TIP,)
