"""Staff permissions to see and to create promotions."""

from typing import Final

from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.permission import Permission, PermissionGroup

SEE_PROMOTIONS: Final = Permission("promotion.see", StaffRole.SUPPORT, group=PermissionGroup.OFFER)
MAKE_PROMOTIONS: Final = Permission(
    "promotion.make", StaffRole.MANAGER, Ability.CHANGE_OFFER, group=PermissionGroup.OFFER
)

PERMISSIONS: Final = (SEE_PROMOTIONS, MAKE_PROMOTIONS)
