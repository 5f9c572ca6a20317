"""The use cases the panel calls."""

from dataclasses import dataclass

from subscriptions.application.dto.policy import Policy
from subscriptions.application.handlers.admin_access import ChangeAccess
from subscriptions.application.handlers.admin_accounts import SeeAccounts
from subscriptions.application.handlers.admin_alarms import SeeAlarms
from subscriptions.application.handlers.admin_confirmations import ConfirmByHand
from subscriptions.application.handlers.admin_customers import SeeCustomers
from subscriptions.application.handlers.admin_dialogues import KeepDialogues
from subscriptions.application.handlers.admin_methods import ArrangeMethods
from subscriptions.application.handlers.admin_numbers import SeeNumbers
from subscriptions.application.handlers.admin_people import BarCustomer, NoteCustomer, ResendInvite
from subscriptions.application.handlers.admin_refund import WantRefund
from subscriptions.application.handlers.admin_staff import ManageStaff
from subscriptions.application.handlers.admin_sweep import SeeSweep, SeeVipChannel
from subscriptions.application.handlers.explain_access import ExplainAccess
from subscriptions.application.handlers.tokens import MakeTokens, RevokeToken, SeeTokens
from subscriptions.application.handlers.try_method import TryMethod
from subscriptions.application.handlers.watch_access import RepairAccess
from subscriptions.application.services.pricing_service import PricingService
from subscriptions.application.services.staff_desk import StaffDesk
from subscriptions.application.services.vip_channel import VipChannelSetUp
from subscriptions.bootstrap.panel import PanelContainer
from subscriptions.bootstrap.vip import VipContainer
from subscriptions.domain.ports.clock import Clock


@dataclass(frozen=True, kw_only=True)
class PanelServices:
    """One of each, for all pages."""

    desk: StaffDesk
    dialogues: KeepDialogues
    staff: ManageStaff
    pricing: PricingService
    make_tokens: MakeTokens
    see_tokens: SeeTokens
    revoke_token: RevokeToken
    set_up_channel: VipChannelSetUp
    alarms: SeeAlarms
    repair_access: RepairAccess
    accounts: SeeAccounts
    customers: SeeCustomers
    access: ChangeAccess
    explain: ExplainAccess
    note: NoteCustomer
    bar: BarCustomer
    resend: ResendInvite
    refund: WantRefund
    sweep: SeeSweep
    numbers: SeeNumbers
    vip_channel: SeeVipChannel
    methods: ArrangeMethods
    try_method: TryMethod
    confirmations: ConfirmByHand
    policy: Policy
    clock: Clock


def panel_services(container: PanelContainer, vip: VipContainer) -> PanelServices:
    """As the process is wired."""
    return PanelServices(
        desk=container.desk(),
        dialogues=container.dialogues(),
        staff=container.staff(),
        pricing=container.core.pricing_service(),
        make_tokens=vip.make_tokens(),
        see_tokens=vip.see_tokens(),
        revoke_token=vip.revoke_token(),
        set_up_channel=vip.channel_set_up(),
        alarms=container.alarms(),
        repair_access=container.repair_access(),
        accounts=container.accounts(),
        customers=container.customers(),
        access=container.access(),
        explain=container.explain(),
        note=container.note(),
        bar=container.bar(),
        resend=container.resend(),
        refund=container.refund(),
        sweep=container.sweep(),
        numbers=container.numbers(),
        vip_channel=container.vip_channel(),
        methods=container.methods(),
        try_method=container.try_method(),
        confirmations=container.confirmations(),
        policy=container.core.policy(),
        clock=container.core.clock(),
    )
