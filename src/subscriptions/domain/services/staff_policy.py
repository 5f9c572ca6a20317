"""Permissions of staff. Each permission names the lowest built-in role that has it; custom roles list their
permissions.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Final

from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import OwnRole, Role, StaffRole
from subscriptions.domain.entities.permission import Permission, PermissionGroup

_R = StaffRole
_G = PermissionGroup


class StaffAction:
    """Permissions of the core. A feature declares its own as `PERMISSIONS` in its module `permissions`."""

    OPEN_PANEL = Permission("panel.open", _R.SUPPORT)
    OPEN_CONSOLE = Permission("console.open", _R.SUPPORT)
    SEE_CUSTOMERS = Permission("customer.see", _R.SUPPORT, group=_G.CUSTOMERS)
    NOTE_CUSTOMER = Permission("customer.note", _R.SUPPORT, Ability.CHANGE_CUSTOMERS, group=_G.CUSTOMERS)
    RESEND_INVITE = Permission("customer.resend_invite", _R.SUPPORT, Ability.CHANGE_ACCESS, group=_G.CUSTOMERS)
    OFFER_PAGES = Permission("customer.offer_pages", _R.SUPPORT, Ability.CHANGE_ACCESS, group=_G.CUSTOMERS)
    EXTEND_ACCESS = Permission("customer.extend", _R.MANAGER, Ability.CHANGE_ACCESS, group=_G.CUSTOMERS)
    GRANT_PLAN = Permission("customer.grant", _R.MANAGER, Ability.CHANGE_ACCESS, group=_G.CUSTOMERS)
    SUSPEND_ACCESS = Permission("customer.suspend", _R.MANAGER, Ability.CHANGE_ACCESS, group=_G.CUSTOMERS)
    RESTORE_ACCESS = Permission("customer.restore", _R.MANAGER, Ability.CHANGE_ACCESS, group=_G.CUSTOMERS)
    REMOVE_ACCESS = Permission("customer.remove", _R.MANAGER, Ability.CHANGE_ACCESS, group=_G.CUSTOMERS)
    CANCEL_RENEWALS = Permission("customer.cancel", _R.MANAGER, Ability.CHANGE_ACCESS, group=_G.CUSTOMERS)
    KEEP_RENEWALS = Permission("customer.undo", _R.MANAGER, Ability.CHANGE_ACCESS, group=_G.CUSTOMERS)
    PAUSE_RENEWALS = Permission("customer.pause", _R.MANAGER, Ability.CHANGE_ACCESS, group=_G.CUSTOMERS)
    RESUME_RENEWALS = Permission("customer.resume", _R.MANAGER, Ability.CHANGE_ACCESS, group=_G.CUSTOMERS)
    BLOCK_CUSTOMER = Permission("customer.block", _R.MANAGER, Ability.CHANGE_CUSTOMERS, group=_G.CUSTOMERS)
    UNBLOCK_CUSTOMER = Permission("customer.unblock", _R.MANAGER, Ability.CHANGE_CUSTOMERS, group=_G.CUSTOMERS)
    REFUND_PAYMENT = Permission("payment.refund", _R.OWNER, Ability.REFUND, group=_G.MONEY)
    CONFIRM_PAYMENT = Permission("payment.confirm", _R.MANAGER, Ability.REFUND, group=_G.MONEY)
    REFUSE_PAYMENT = Permission("payment.refuse", _R.MANAGER, Ability.REFUND, group=_G.MONEY)
    SEE_PLANS = Permission("plan.see", _R.SUPPORT, group=_G.OFFER, reads=Ability.PLANS)
    CHANGE_PLANS = Permission("plan.change", _R.MANAGER, Ability.CHANGE_OFFER, group=_G.OFFER)
    SEE_ALARMS = Permission("alarm.see", _R.SUPPORT)
    REPAIR = Permission("alarm.repair", _R.MANAGER, Ability.OPERATE)
    CLOSE_ALARMS = Permission("alarm.close", _R.MANAGER, Ability.OPERATE)
    RECONCILE = Permission("books.reconcile", _R.MANAGER, Ability.OPERATE, group=_G.MONEY)
    SEE_ACCOUNTS = Permission("account.see", _R.MANAGER, group=_G.CHATS)
    SEE_WORK = Permission("work.see", _R.MANAGER)
    REPEAT_WORK = Permission("work.repeat", _R.MANAGER, Ability.OPERATE)
    SEE_AUDIT = Permission("audit.see", _R.MANAGER)
    EXPORT = Permission("list.export", _R.MANAGER, group=_G.FIGURES)
    SEE_NUMBERS = Permission("numbers.see", _R.MANAGER, group=_G.FIGURES)
    SEE_BULK_EXPIRY = Permission("sweep.see", _R.MANAGER, group=_G.CUSTOMERS)
    START_BULK_EXPIRY = Permission("sweep.start", _R.MANAGER, Ability.OPERATE, group=_G.CUSTOMERS)
    CONFIRM_BULK_EXPIRY = Permission("sweep.confirm", _R.OWNER, Ability.OPERATE, group=_G.CUSTOMERS)
    SET_UP_CHANNEL = Permission("channel.set_up", _R.OWNER, Ability.CHANGE_OFFER, group=_G.CHATS)
    ARRANGE_METHODS = Permission("payment_method.arrange", _R.OWNER, Ability.CHANGE_OFFER)
    MANAGE_STAFF = Permission("staff.manage", _R.OWNER, Ability.MANAGE_STAFF)
    EDIT_TEXTS = Permission("text.edit", _R.OWNER, Ability.EDIT_TEXTS)
    CHANGE_RESOURCES = Permission("resource.change", _R.MANAGER, Ability.CHANGE_OFFER, group=_G.CHATS)
    MANAGE_PROGRAMS = Permission("program.manage", _R.OWNER, Ability.MANAGE_STAFF)
    CHANGE_SETTINGS = Permission("setting.change", _R.OWNER, Ability.CHANGE_SETTINGS)


CORE_PERMISSIONS: Final[Sequence[Permission]] = tuple(
    each for each in vars(StaffAction).values() if isinstance(each, Permission)
)

_A = StaffAction

OPENS: Final[Mapping[Ability, Permission]] = {
    Ability.REPORTS: _A.SEE_NUMBERS,
    Ability.CUSTOMERS: _A.EXPORT,
    Ability.SUBSCRIPTIONS: _A.EXPORT,
    Ability.PAYMENTS: _A.EXPORT,
}
"""Permission that a person needs to grant an API key the ability to read each kind of data. The person also needs the
permissions of the staff commands of that ability, and the permissions that declare the ability as `reads`.
"""

_GRANTED_BY_PROGRAMS: Final = frozenset({_A.OPEN_PANEL, _A.OPEN_CONSOLE})
"""Permissions that any program may add to a role, because they show nothing without another permission."""

ASSIGNABLE_ROLES: Final = (StaffRole.SUPPORT, StaffRole.MANAGER)
"""Built-in roles that can be granted and revoked; owners are named only in the settings."""

_RANK: Final = {StaffRole.SUPPORT: 1, StaffRole.MANAGER: 2, StaffRole.OWNER: 3}


def may(role: Role | None, permission: Permission) -> bool:
    """Return True if a role has a permission. `role`: None for a person who is not a staff member."""
    if isinstance(role, OwnRole):
        return permission in role.permissions
    return role is not None and _RANK[role] >= _RANK[permission.least_role]


def permissions_of(role: Role, known: Iterable[Permission]) -> list[Permission]:
    """Return the permissions of a role, in the order of `known`."""
    return [permission for permission in known if may(role, permission)]


def may_grant(abilities: Set[Ability], permission: Permission) -> bool:
    """Return True if a program with these abilities may grant a permission to a person.

    A permission without abilities reveals data that no API key can read, such as customers' messages and the audit log,
    so only a person may grant it.
    """
    ability = permission.ability or permission.reads
    return ability in abilities if ability is not None else permission in _GRANTED_BY_PROGRAMS
