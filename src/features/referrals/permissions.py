"""Permissions of staff for referrals."""

from typing import Final

from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.permission import Permission

SEE_REFERRALS: Final = Permission("referral.see", StaffRole.SUPPORT)

PERMISSIONS: Final = (SEE_REFERRALS,)
