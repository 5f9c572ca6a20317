"""Who of the operator's people may do what: one table, from an action to the least built-in role that may take it,
and the operator's own roles, which name what they may do."""

from collections.abc import Mapping, Set
from enum import StrEnum
from typing import Final

from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import OwnRole, Role, StaffRole


class StaffAction(StrEnum):
    """Everything that can be done in the panel. The value is what the audit calls it."""

    OPEN_PANEL = "panel.open"
    OPEN_CONSOLE = "console.open"
    SEE_CUSTOMERS = "customer.see"
    NOTE_CUSTOMER = "customer.note"
    RESEND_INVITE = "customer.resend_invite"
    OFFER_PAGES = "customer.offer_pages"
    SEND_RECEIPT = "receipt.send"
    EXTEND_ACCESS = "customer.extend"
    GRANT_PLAN = "customer.grant"
    SUSPEND_ACCESS = "customer.suspend"
    RESTORE_ACCESS = "customer.restore"
    REMOVE_ACCESS = "customer.remove"
    CANCEL_RENEWALS = "customer.cancel"
    KEEP_RENEWALS = "customer.undo"
    PAUSE_RENEWALS = "customer.pause"
    RESUME_RENEWALS = "customer.resume"
    BLOCK_CUSTOMER = "customer.block"
    UNBLOCK_CUSTOMER = "customer.unblock"
    MOVE_CUSTOMER = "customer.move"
    REFUND_PAYMENT = "payment.refund"
    CONFIRM_PAYMENT = "payment.confirm"
    REFUSE_PAYMENT = "payment.refuse"
    SEE_PLANS = "plan.see"
    CHANGE_PLANS = "plan.change"
    SEE_TOKENS = "token.see"
    MAKE_TOKENS = "token.make"
    REVOKE_TOKENS = "token.revoke"
    SEE_PROMOTIONS = "promotion.see"
    MAKE_PROMOTIONS = "promotion.make"
    SEE_PARTNERS = "partner.see"
    MANAGE_PARTNERS = "partner.manage"
    PAY_PARTNERS = "partner.pay"
    REFUSE_SELF_DEALING = "partner.refuse"
    SEE_ALARMS = "alarm.see"
    REPAIR = "alarm.repair"
    CLOSE_ALARMS = "alarm.close"
    RECONCILE = "books.reconcile"
    SEE_ACCOUNTS = "account.see"
    SEE_WORK = "work.see"
    REPEAT_WORK = "work.repeat"
    SEE_AUDIT = "audit.see"
    EXPORT = "list.export"
    SEE_NUMBERS = "numbers.see"
    SEE_SWEEP = "sweep.see"
    TRACE_LEAK = "leak.trace"
    BROADCAST = "broadcast.send"
    START_SWEEP = "sweep.start"
    CONFIRM_SWEEP = "sweep.confirm"
    SET_UP_CHANNEL = "channel.set_up"
    ARRANGE_METHODS = "payment_method.arrange"
    MANAGE_STAFF = "staff.manage"
    HEAR_NEWS = "news.hear"
    EDIT_TEXTS = "text.edit"
    SEE_RECORD = "tip.see"
    PUBLISH_TIP = "tip.publish"
    SETTLE_TIP = "tip.settle"
    CORRECT_RESULT = "tip.correct"
    CHANGE_RESOURCES = "resource.change"
    MANAGE_PROGRAMS = "program.manage"
    ANSWER_QUESTIONS = "question.answer"
    CHANGE_SETTINGS = "setting.change"


_A, _R = StaffAction, StaffRole

LEAST_ROLE: Final[Mapping[StaffAction, StaffRole]] = {
    _A.OPEN_PANEL: _R.SUPPORT,
    _A.OPEN_CONSOLE: _R.SUPPORT,
    _A.SEE_CUSTOMERS: _R.SUPPORT,
    _A.NOTE_CUSTOMER: _R.SUPPORT,
    _A.RESEND_INVITE: _R.SUPPORT,
    _A.OFFER_PAGES: _R.SUPPORT,
    _A.SEND_RECEIPT: _R.SUPPORT,
    _A.SEE_PLANS: _R.SUPPORT,
    _A.SEE_TOKENS: _R.SUPPORT,
    _A.SEE_PROMOTIONS: _R.SUPPORT,
    _A.SEE_ALARMS: _R.SUPPORT,
    _A.SEE_PARTNERS: _R.MANAGER,
    _A.MANAGE_PARTNERS: _R.OWNER,
    _A.PAY_PARTNERS: _R.OWNER,
    _A.REFUSE_SELF_DEALING: _R.OWNER,
    _A.EXTEND_ACCESS: _R.MANAGER,
    _A.GRANT_PLAN: _R.MANAGER,
    _A.SUSPEND_ACCESS: _R.MANAGER,
    _A.RESTORE_ACCESS: _R.MANAGER,
    _A.REMOVE_ACCESS: _R.MANAGER,
    _A.CANCEL_RENEWALS: _R.MANAGER,
    _A.KEEP_RENEWALS: _R.MANAGER,
    _A.PAUSE_RENEWALS: _R.MANAGER,
    _A.RESUME_RENEWALS: _R.MANAGER,
    _A.BLOCK_CUSTOMER: _R.MANAGER,
    _A.UNBLOCK_CUSTOMER: _R.MANAGER,
    _A.MOVE_CUSTOMER: _R.MANAGER,
    _A.CONFIRM_PAYMENT: _R.MANAGER,
    _A.REFUSE_PAYMENT: _R.MANAGER,
    _A.CHANGE_PLANS: _R.MANAGER,
    _A.MAKE_TOKENS: _R.MANAGER,
    _A.REVOKE_TOKENS: _R.MANAGER,
    _A.MAKE_PROMOTIONS: _R.MANAGER,
    _A.REPAIR: _R.MANAGER,
    _A.CLOSE_ALARMS: _R.MANAGER,
    _A.RECONCILE: _R.MANAGER,
    _A.SEE_ACCOUNTS: _R.MANAGER,
    _A.SEE_WORK: _R.MANAGER,
    _A.REPEAT_WORK: _R.MANAGER,
    _A.SEE_AUDIT: _R.MANAGER,
    _A.EXPORT: _R.MANAGER,
    _A.SEE_NUMBERS: _R.MANAGER,
    _A.SEE_SWEEP: _R.MANAGER,
    _A.START_SWEEP: _R.MANAGER,
    _A.TRACE_LEAK: _R.MANAGER,
    _A.BROADCAST: _R.MANAGER,
    _A.REFUND_PAYMENT: _R.OWNER,
    _A.CONFIRM_SWEEP: _R.OWNER,
    _A.SET_UP_CHANNEL: _R.OWNER,
    _A.ARRANGE_METHODS: _R.OWNER,
    _A.MANAGE_STAFF: _R.OWNER,
    _A.HEAR_NEWS: _R.OWNER,
    _A.EDIT_TEXTS: _R.OWNER,
    _A.SEE_RECORD: _R.SUPPORT,
    _A.PUBLISH_TIP: _R.MANAGER,
    _A.SETTLE_TIP: _R.MANAGER,
    _A.CORRECT_RESULT: _R.MANAGER,
    _A.CHANGE_RESOURCES: _R.MANAGER,
    _A.MANAGE_PROGRAMS: _R.OWNER,
    _A.ANSWER_QUESTIONS: _R.SUPPORT,
    _A.CHANGE_SETTINGS: _R.OWNER,
}

ABILITIES: Final[Mapping[StaffAction, Ability]] = {
    _A.NOTE_CUSTOMER: Ability.CHANGE_CUSTOMERS,
    _A.BLOCK_CUSTOMER: Ability.CHANGE_CUSTOMERS,
    _A.UNBLOCK_CUSTOMER: Ability.CHANGE_CUSTOMERS,
    _A.MOVE_CUSTOMER: Ability.CHANGE_CUSTOMERS,
    _A.SEND_RECEIPT: Ability.CHANGE_CUSTOMERS,
    _A.RESEND_INVITE: Ability.CHANGE_ACCESS,
    _A.OFFER_PAGES: Ability.CHANGE_ACCESS,
    _A.EXTEND_ACCESS: Ability.CHANGE_ACCESS,
    _A.GRANT_PLAN: Ability.CHANGE_ACCESS,
    _A.SUSPEND_ACCESS: Ability.CHANGE_ACCESS,
    _A.RESTORE_ACCESS: Ability.CHANGE_ACCESS,
    _A.REMOVE_ACCESS: Ability.CHANGE_ACCESS,
    _A.MAKE_TOKENS: Ability.MAKE_CODES,
    _A.REVOKE_TOKENS: Ability.MAKE_CODES,
    _A.CANCEL_RENEWALS: Ability.CHANGE_ACCESS,
    _A.KEEP_RENEWALS: Ability.CHANGE_ACCESS,
    _A.PAUSE_RENEWALS: Ability.CHANGE_ACCESS,
    _A.RESUME_RENEWALS: Ability.CHANGE_ACCESS,
    _A.REFUND_PAYMENT: Ability.REFUND,
    _A.CONFIRM_PAYMENT: Ability.REFUND,
    _A.REFUSE_PAYMENT: Ability.REFUND,
    _A.MANAGE_STAFF: Ability.MANAGE_STAFF,
    _A.EDIT_TEXTS: Ability.EDIT_TEXTS,
    _A.CHANGE_PLANS: Ability.CHANGE_OFFER,
    _A.MAKE_PROMOTIONS: Ability.CHANGE_OFFER,
    _A.ARRANGE_METHODS: Ability.CHANGE_OFFER,
    _A.MANAGE_PARTNERS: Ability.CHANGE_OFFER,
    _A.PAY_PARTNERS: Ability.REFUND,
    _A.REPAIR: Ability.OPERATE,
    _A.CLOSE_ALARMS: Ability.OPERATE,
    _A.REPEAT_WORK: Ability.OPERATE,
    _A.RECONCILE: Ability.OPERATE,
    _A.START_SWEEP: Ability.OPERATE,
    _A.CONFIRM_SWEEP: Ability.OPERATE,
    _A.PUBLISH_TIP: Ability.PICKS,
    _A.SETTLE_TIP: Ability.PICKS,
    _A.CORRECT_RESULT: Ability.PICKS,
    _A.CHANGE_RESOURCES: Ability.CHANGE_OFFER,
    _A.SET_UP_CHANNEL: Ability.CHANGE_OFFER,
    _A.MANAGE_PROGRAMS: Ability.MANAGE_STAFF,
    _A.ANSWER_QUESTIONS: Ability.CHANGE_CUSTOMERS,
    _A.CHANGE_SETTINGS: Ability.CHANGE_SETTINGS,
    _A.BROADCAST: Ability.BROADCASTS,
}
"""What the key of a program has to be able to, for acts that programs may ask for."""

OPENS: Final[Mapping[Ability, StaffAction]] = {
    Ability.PICKS: _A.PUBLISH_TIP,
    Ability.REPORTS: _A.SEE_NUMBERS,
    Ability.CUSTOMERS: _A.EXPORT,
    Ability.SUBSCRIPTIONS: _A.EXPORT,
    Ability.PAYMENTS: _A.EXPORT,
    Ability.PLANS: _A.SEE_PLANS,
    Ability.CODES: _A.SEE_TOKENS,
    Ability.BROADCASTS: _A.BROADCAST,
}
"""What somebody has to be allowed to for a key that reads or says something, beside the acts it opens."""

_GRANTED_BY_PROGRAMS: Final[Mapping[StaffAction, frozenset[Ability]]] = {
    **{action: frozenset({ability}) for action, ability in ABILITIES.items()},
    # These show nothing without another permission.
    _A.OPEN_PANEL: frozenset(),
    _A.OPEN_CONSOLE: frozenset(),
    _A.SEE_PLANS: frozenset({Ability.PLANS}),
    _A.SEE_TOKENS: frozenset({Ability.CODES}),
}
"""Abilities with which a program may put a permission into a role. The other permissions show more than any key can
read, such as the messages of customers and the audit log: only a person grants them."""

ASSIGNABLE_ROLES: Final = (StaffRole.SUPPORT, StaffRole.MANAGER)
"""Built-in roles that are given and taken; owners are named in the settings alone."""

_RANK: Final = {StaffRole.SUPPORT: 1, StaffRole.MANAGER: 2, StaffRole.OWNER: 3}


def may(role: Role | None, action: StaffAction) -> bool:
    """Whether somebody of this role may take an action. None: no staff, who may take none."""
    if isinstance(role, OwnRole):
        return action in role.permissions
    return role is not None and _RANK[role] >= _RANK[LEAST_ROLE[action]]


def permissions_of(role: Role) -> list[StaffAction]:
    """All that a role may do, in the order of the table."""
    return [action for action in StaffAction if may(role, action)]


def may_grant(abilities: Set[Ability], action: StaffAction) -> bool:
    """Return True if a program with these abilities may grant a permission to a person."""
    needed_abilities = _GRANTED_BY_PROGRAMS.get(action)
    return needed_abilities is not None and needed_abilities <= abilities
