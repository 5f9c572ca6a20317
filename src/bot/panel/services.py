"""The use cases the panel calls."""

from dataclasses import dataclass

from subscriptions.application.dto.policy import Policy
from subscriptions.application.handlers.admin_accounts import SeeAccounts
from subscriptions.application.handlers.admin_alarms import SeeAlarms
from subscriptions.application.handlers.admin_customers import SeeCustomers
from subscriptions.application.handlers.admin_dialogues import KeepDialogues
from subscriptions.application.handlers.admin_staff import ManageStaff
from subscriptions.application.handlers.watch_access import RepairAccess
from subscriptions.application.services.staff_desk import StaffDesk
from subscriptions.bootstrap.panel import PanelContainer
from subscriptions.domain.ports.clock import Clock


@dataclass(frozen=True, kw_only=True)
class PanelServices:
    """One of each, for all pages."""

    desk: StaffDesk
    dialogues: KeepDialogues
    staff: ManageStaff
    alarms: SeeAlarms
    repair_access: RepairAccess
    accounts: SeeAccounts
    customers: SeeCustomers
    policy: Policy
    clock: Clock


def panel_services(container: PanelContainer) -> PanelServices:
    """As the process is wired."""
    return PanelServices(
        desk=container.desk(),
        dialogues=container.dialogues(),
        staff=container.staff(),
        alarms=container.alarms(),
        repair_access=container.repair_access(),
        accounts=container.accounts(),
        customers=container.customers(),
        policy=container.core.policy(),
        clock=container.core.clock(),
    )
