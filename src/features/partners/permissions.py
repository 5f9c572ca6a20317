"""Permissions of staff for partners."""

from typing import Final

from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.permission import Permission

SEE_PARTNERS: Final = Permission("partner.see", StaffRole.MANAGER)
MANAGE_PARTNERS: Final = Permission("partner.manage", StaffRole.OWNER, Ability.CHANGE_OFFER)
PAY_PARTNERS: Final = Permission("partner.pay", StaffRole.OWNER, Ability.REFUND)
REFUSE_SELF_DEALING: Final = Permission("partner.refuse", StaffRole.OWNER)
"""Permission that is never granted. It is the name under which refused commissions are recorded in the audit log."""

PERMISSIONS: Final = (SEE_PARTNERS, MANAGE_PARTNERS, PAY_PARTNERS, REFUSE_SELF_DEALING)
