"""Wiring of the staff use cases shared by the chat's panel and the web console."""

from dependency_injector import containers, providers

from subscriptions.application.access.renew_invite import RenewInvite
from subscriptions.application.alarms.alarms import SeeAlarms
from subscriptions.application.catalog.browse_plans import BrowsePlans
from subscriptions.application.catalog.method_prices import MethodPrices
from subscriptions.application.catalog.pricing_service import PricingService
from subscriptions.application.catalog.see_methods import SeeMethods
from subscriptions.application.dto.policy import Policy
from subscriptions.application.payments.awaited_payments import AwaitedPayments, SeeAwaitedPayments
from subscriptions.application.payments.tax_report import MakeTaxReport
from subscriptions.application.people.enter_console import EnterConsole
from subscriptions.application.people.name_actors import NameActors
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.texts.list_texts import ListTexts
from subscriptions.application.views.check_entitlement import CheckEntitlement
from subscriptions.application.views.explain_access import ExplainAccess
from subscriptions.application.views.see_customers import SeeCustomers
from subscriptions.application.views.see_lists import SeeLists
from subscriptions.application.views.see_month import SeeMonth
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.plan_commands import plan_commands
from subscriptions.bootstrap.seals import webhook_seals
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.staff_commands import run_command
from subscriptions.bootstrap.texts import TEXTS
from subscriptions.bootstrap.wiring import nested
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.services.code_seal import KEYLESS
from subscriptions.infrastructure.database.console_lists import SqlLists


def _vertical(settings: CoreSettings) -> str:
    return settings.vertical


def _owners_prove(settings: CoreSettings) -> bool:
    return settings.console_second_factor == "owners"


class DeskContainer(containers.DeclarativeContainer):
    """Use cases that require a staff role and call neither Telegram nor a provider."""

    core = nested(CoreContainer)
    make = wire(core)

    # Providers used by other containers, annotated because their type is lost in nested containers.
    clock: providers.Provider[Clock] = core.clock
    policy: providers.Provider[Policy] = core.policy
    pricing: providers.Provider[PricingService] = core.pricing_service
    desk: providers.Provider[StaffDesk] = core.staff_desk
    browse_plans: providers.Provider[BrowsePlans] = core.browse_plans
    vertical = providers.Callable(_vertical, core.settings)
    plan_commands = providers.Callable(plan_commands, core.features, core.settings)
    enter_console = make(EnterConsole, owners_prove=providers.Callable(_owners_prove, core.settings))
    alarms = make(SeeAlarms)
    customers = make(SeeCustomers)
    explain = make(ExplainAccess, clock=clock)
    renew_invite = make(RenewInvite)
    check_entitlement = make(CheckEntitlement)
    seals = make(webhook_seals)
    run_command = make(run_command, seal=providers.Object(KEYLESS))
    list_texts = make(ListTexts, catalog=providers.Object(TEXTS), vertical=vertical)
    month = make(SeeMonth)
    method_prices = make(MethodPrices)
    methods = make(SeeMethods)
    awaited_payments = make(SeeAwaitedPayments, payments=make(AwaitedPayments))
    make_tax_report = make(MakeTaxReport)
    name_actors = make(NameActors)
    sql_lists = make(SqlLists)
    lists = make(SeeLists, lists=sql_lists)
