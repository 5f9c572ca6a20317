"""Creation of the runner of staff commands, with the dependencies of all commands."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from typing import Final, TypeVar, get_type_hints

from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.renew_invite import RenewInvite
from subscriptions.application.catalog.method_prices import MethodPrices
from subscriptions.application.catalog.plan_catalog import PlanCatalog
from subscriptions.application.dto.policy import Policy
from subscriptions.application.dto.rooms import feature_of
from subscriptions.application.expiry.decide_bulk_expiry import find_bulk_expiry
from subscriptions.application.feature_failures import made
from subscriptions.application.features import StateOf, all_on
from subscriptions.application.inbox.repeat_work import find_job, find_webhook
from subscriptions.application.payments.awaited_payments import AwaitedPayments
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.settings.change_setting import setting_finder
from subscriptions.application.staff.command import SubjectKind, staff_commands
from subscriptions.application.staff.run_command import RunCommand
from subscriptions.application.staff.subject_type import FindSubject, subject_types
from subscriptions.application.texts.edit_text import text_finder
from subscriptions.application.views.staff_subjects import (
    find_access,
    find_alarm,
    find_customer,
    find_invitation,
    find_payment,
    find_plan,
    find_resource,
    find_role,
    method_finder,
    shop_finder,
    subscription_finder,
)
from subscriptions.application.withdrawals.withdraw_contract import WithdrawContract
from subscriptions.bootstrap.seals import NO_SEALS
from subscriptions.bootstrap.settings_in_force import NO_SETTINGS
from subscriptions.bootstrap.texts import TEXTS
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.seals import Seals
from subscriptions.domain.ports.setting_catalog import SettingCatalog
from subscriptions.domain.ports.text_catalog import TextCatalog
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.code_seal import KEYLESS, CodeSeal

T = TypeVar("T")

COMMANDS: Final = staff_commands()
SUBJECT_TYPES: Final = subject_types()
SUBJECTS: Final[Mapping[str, FindSubject]] = {
    SubjectKind.CUSTOMER: find_customer,
    SubjectKind.INVITATION: find_invitation,
    SubjectKind.ROLE: find_role,
    SubjectKind.ACCESS: find_access,
    SubjectKind.PAYMENT: find_payment,
    SubjectKind.TEXT: text_finder(TEXTS),
    SubjectKind.PLAN: find_plan,
    SubjectKind.BULK_EXPIRY: find_bulk_expiry,
    SubjectKind.ALARM: find_alarm,
    SubjectKind.RESOURCE: find_resource,
    SubjectKind.JOB: find_job,
    SubjectKind.WEBHOOK: find_webhook,
}


def run_command(
    units: UnitOfWorkFactory,
    clock: Clock,
    staff_desk: StaffDesk,
    policy: Policy,
    gateways: GatewayRegistry,
    renew_invite: RenewInvite,
    plan_catalog: PlanCatalog,
    seal: CodeSeal = KEYLESS,
    seals: Seals = NO_SEALS,
    settings: SettingCatalog = NO_SETTINGS,
    state_of: StateOf = all_on,
) -> RunCommand:
    """Create the runner of staff commands. Dependencies are injected into a command by the types of its fields.

    seal: object that computes digests of codes; has no key in a process that lacks the setting
    seals: object that encrypts secrets; has no key in a process that lacks the setting
    settings: settings that can be changed at run time; the built-in defaults in a process that cannot change them
    """
    grant_access = GrantAccess(policy)
    awaited_payments = AwaitedPayments(clock, gateways)
    withdraw_contract = WithdrawContract(units, gateways, clock, policy)
    parts_by_type = (
        policy,
        renew_invite,
        withdraw_contract,
        grant_access,
        GiveTime(grant_access),
        plan_catalog,
        seal,
        awaited_payments,
    )
    parts: dict[type, object] = {type(part): part for part in (*parts_by_type, MethodPrices(gateways))}
    parts[GatewayRegistry] = gateways
    parts[TextCatalog] = TEXTS
    parts[Seals] = seals
    parts[SettingCatalog] = settings
    parts[Clock] = clock
    commands = [built for command in COMMANDS.values() for built in _built(command, parts)]
    find_shop = shop_finder(clock, policy)
    finders: dict[str, FindSubject] = {
        SubjectKind.SHOP: find_shop,
        SubjectKind.SUBSCRIPTION: subscription_finder(clock, policy),
        SubjectKind.PAYMENT_METHOD: method_finder(gateways),
        SubjectKind.SETTING: setting_finder(settings),
        SubjectKind.AWAITED_PAYMENT: awaited_payments.find,
    }
    declared_finders = {
        kind: finder
        for kind, each in SUBJECT_TYPES.items()
        if each.find is not None
        for finder in _built(each.find, parts)
    }
    return RunCommand(units, clock, staff_desk, commands, {**SUBJECTS, **finders, **declared_finders}, state_of)


def _built(kind: Callable[..., T], parts: Mapping[type, object]) -> list[T]:
    """Return a list with the object that `_build` creates. The list is empty if the class belongs to a feature and
    cannot be built.
    """
    feature = feature_of(kind)
    return (
        [_build(kind, parts)]
        if feature is None
        else made(feature, f"commands: {kind.__name__}", lambda: _build(kind, parts))
    )


@cache
def _needs(kind: type) -> Mapping[str, type]:
    """Return the type of each field of a dataclass, keyed by name. Cached because this is the slowest part of creating
    a runner.
    """
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind)}


def _build(kind: Callable[..., T], parts: Mapping[type, object]) -> T:
    """Create an object of the class with its dependencies. A dependency that `parts` does not contain, such as another
    command, is built in the same way.
    """
    needs = _needs(kind).items()
    return kind(**{name: parts[need] if need in parts else _build(need, parts) for name, need in needs})
