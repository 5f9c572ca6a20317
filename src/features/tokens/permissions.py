"""Staff permissions for activation codes."""

from typing import Final

from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.permission import Permission, PermissionGroup

SEE_TOKENS: Final = Permission("token.see", StaffRole.SUPPORT, group=PermissionGroup.OFFER, reads=Ability.CODES)
MAKE_TOKENS: Final = Permission("token.make", StaffRole.MANAGER, Ability.MAKE_CODES, PermissionGroup.OFFER)
REVOKE_TOKENS: Final = Permission("token.revoke", StaffRole.MANAGER, Ability.MAKE_CODES, PermissionGroup.OFFER)

PERMISSIONS: Final = (SEE_TOKENS, MAKE_TOKENS, REVOKE_TOKENS)
