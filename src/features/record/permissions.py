"""Staff permissions to see tips, to settle them and to correct results."""

from typing import Final

from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.permission import Permission, PermissionGroup

SEE_RECORD: Final = Permission("tip.see", StaffRole.SUPPORT, group=PermissionGroup.MESSAGES)
SETTLE_TIP: Final = Permission("tip.settle", StaffRole.MANAGER, Ability.PICKS, group=PermissionGroup.MESSAGES)
CORRECT_RESULT: Final = Permission("tip.correct", StaffRole.MANAGER, Ability.PICKS, group=PermissionGroup.MESSAGES)

PERMISSIONS: Final = (SEE_RECORD, SETTLE_TIP, CORRECT_RESULT)
