"""Permission to send broadcasts."""

from typing import Final

from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.permission import Permission, PermissionGroup

BROADCAST: Final = Permission("broadcast.send", StaffRole.MANAGER, Ability.BROADCASTS, group=PermissionGroup.MESSAGES)

PERMISSIONS: Final = (BROADCAST,)
