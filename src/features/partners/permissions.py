"""Staff permissions to see, manage and pay partners."""

from typing import Final

from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.permission import Permission, PermissionGroup

SEE_PARTNERS: Final = Permission("partner.see", StaffRole.MANAGER, group=PermissionGroup.OFFER)
MANAGE_PARTNERS: Final = Permission(
    "partner.manage", StaffRole.OWNER, Ability.CHANGE_OFFER, group=PermissionGroup.OFFER
)
PAY_PARTNERS: Final = Permission("partner.pay", StaffRole.OWNER, Ability.REFUND, group=PermissionGroup.OFFER)
REFUSE_SELF_DEALING: Final = Permission("partner.refuse", StaffRole.OWNER, group=PermissionGroup.OFFER)
"""Name under which the audit log records refused referrals and commissions. It is declared as a permission but never
granted.
"""

PERMISSIONS: Final = (SEE_PARTNERS, MANAGE_PARTNERS, PAY_PARTNERS, REFUSE_SELF_DEALING)
