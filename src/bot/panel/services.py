"""The use cases the panel calls."""

from dataclasses import dataclass

from subscriptions.application.access.change_access import ChangeAccess
from subscriptions.application.access.resend_invite import ResendInvite
from subscriptions.application.access.watch_access import RepairAccess
from subscriptions.application.accounts.see_accounts import SeeAccounts
from subscriptions.application.catalog.arrange_methods import ArrangeMethods
from subscriptions.application.catalog.pricing_service import PricingService
from subscriptions.application.checkout.try_method import TryMethod
from subscriptions.application.dto.policy import Policy
from subscriptions.application.expiry.see_sweep import SeeSweep
from subscriptions.application.payments.confirm_by_hand import ConfirmByHand
from subscriptions.application.payments.refund_payment import WantRefund
from subscriptions.application.people.alarms import SeeAlarms
from subscriptions.application.people.customer_notes import BarCustomer, NoteCustomer
from subscriptions.application.people.keep_dialogues import KeepDialogues
from subscriptions.application.people.manage_staff import ManageStaff
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.views.explain_access import ExplainAccess
from subscriptions.application.views.numbers import SeeNumbers
from subscriptions.application.views.see_customers import SeeCustomers
from subscriptions.application.vip.see_vip_channel import SeeVipChannel
from subscriptions.application.vip.set_up_channel import SetUpChannel
from subscriptions.application.vip.tokens import MakeTokens, RevokeToken, SeeTokens
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
    set_up_channel: SetUpChannel
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
