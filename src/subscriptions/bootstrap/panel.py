"""The wiring of the admin panel, which runs in the bot's process."""

from dependency_injector import containers, providers

from subscriptions.application.handlers.admin_accounts import SeeAccounts
from subscriptions.application.handlers.admin_alarms import SeeAlarms
from subscriptions.application.handlers.admin_customers import SeeCustomers
from subscriptions.application.handlers.admin_dialogues import KeepDialogues
from subscriptions.application.handlers.admin_staff import ManageStaff
from subscriptions.application.handlers.watch_access import RepairAccess
from subscriptions.application.services.staff_desk import StaffDesk
from subscriptions.bootstrap.core import CoreContainer


class PanelContainer(containers.DeclarativeContainer):
    """Everything the panel calls."""

    core = providers.Container(CoreContainer)

    desk = providers.Singleton(StaffDesk, core.units, core.clock)
    dialogues = providers.Singleton(KeepDialogues, core.units, core.clock)
    accounts = providers.Singleton(SeeAccounts, core.units, core.clock, desk)
    repair_access = providers.Singleton(RepairAccess, core.units, core.clock, desk)
    alarms = providers.Singleton(SeeAlarms, core.units, core.clock, desk)
    customers = providers.Singleton(SeeCustomers, core.units, core.gateways, desk)
    staff = providers.Singleton(ManageStaff, core.units, core.clock, desk)
