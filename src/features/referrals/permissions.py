"""Staff permissions for referrals."""

from typing import Final

from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.permission import Permission, PermissionGroup

SEE_REFERRALS: Final = Permission("referral.see", StaffRole.SUPPORT, group=PermissionGroup.OFFER)

PERMISSIONS: Final = (SEE_REFERRALS,)
