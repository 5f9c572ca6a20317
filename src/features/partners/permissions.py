"""Permissions for partners."""

from typing import Final

from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.permission import Permission

SEE_PARTNERS: Final = Permission("partner.see", StaffRole.MANAGER)
MANAGE_PARTNERS: Final = Permission("partner.manage", StaffRole.OWNER, Ability.CHANGE_OFFER)
PAY_PARTNERS: Final = Permission("partner.pay", StaffRole.OWNER, Ability.REFUND)
REFUSE_SELF_DEALING: Final = Permission("partner.refuse", StaffRole.OWNER)
"""Never granted; the audit log names refusals of commissions by it."""

PERMISSIONS: Final = (SEE_PARTNERS, MANAGE_PARTNERS, PAY_PARTNERS, REFUSE_SELF_DEALING)
