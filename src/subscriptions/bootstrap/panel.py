"""The wiring of the admin panel, which runs in the bot's process."""

from dependency_injector import containers, providers

from subscriptions.application.access.change_access import ChangeAccess
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.renew_invite import RenewInvite
from subscriptions.application.access.resend_invite import ResendInvite
from subscriptions.application.access.watch_access import RepairAccess
from subscriptions.application.accounts.see_accounts import SeeAccounts
from subscriptions.application.catalog.arrange_methods import ArrangeMethods
from subscriptions.application.catalog.pricing_service import PricingService
from subscriptions.application.checkout.start_checkout import StartCheckout
from subscriptions.application.checkout.try_method import TryMethod
from subscriptions.application.dto.policy import Policy
from subscriptions.application.expiry.preview_sweep import PreviewSweep
from subscriptions.application.expiry.see_sweep import SeeSweep
from subscriptions.application.inbox.receive_webhook import ReceiveWebhook
from subscriptions.application.messages.arrange_news import ArrangeNews
from subscriptions.application.payments.confirm_by_hand import ConfirmByHand
from subscriptions.application.payments.refund_payment import WantRefund
from subscriptions.application.people.alarms import SeeAlarms
from subscriptions.application.people.customer_notes import BarCustomer, NoteCustomer
from subscriptions.application.people.keep_dialogues import KeepDialogues
from subscriptions.application.people.manage_staff import ManageStaff
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.picks.pick_marks import PickMarks
from subscriptions.application.picks.trace_leak import TraceLeak
from subscriptions.application.reconciliation.start_reconciliation import StartReconciliation
from subscriptions.application.subscriptions.show_pages import OfferPages
from subscriptions.application.views.explain_access import ExplainAccess
from subscriptions.application.views.numbers import SeeNumbers
from subscriptions.application.views.see_customers import SeeCustomers
from subscriptions.application.vip.see_vip_channel import SeeVipChannel
from subscriptions.application.vip.set_up_channel import SetUpChannel
from subscriptions.application.vip.tokens import MakeTokens, RevokeToken, SeeTokens
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.marks import pictures
from subscriptions.bootstrap.vip import VipContainer
from subscriptions.domain.ports.clock import Clock


class PanelContainer(containers.DeclarativeContainer):
    """Everything the panel calls."""

    core = providers.Container(CoreContainer)
    vip = providers.Container(VipContainer)
    marks: providers.Dependency[PickMarks] = providers.Dependency()

    # What other containers wire, with the type that passing through them hides.
    clock: providers.Provider[Clock] = core.clock
    policy: providers.Provider[Policy] = core.policy
    pricing: providers.Provider[PricingService] = core.pricing_service
    make_tokens: providers.Provider[MakeTokens] = vip.make_tokens
    see_tokens: providers.Provider[SeeTokens] = vip.see_tokens
    revoke_token: providers.Provider[RevokeToken] = vip.revoke_token
    set_up_channel: providers.Provider[SetUpChannel] = vip.set_up_channel
    desk: providers.Provider[StaffDesk] = core.staff_desk
    dialogues = providers.Singleton(KeepDialogues, core.units, core.clock)
    accounts = providers.Singleton(SeeAccounts, core.units, core.clock, desk)
    start_reconciliation = providers.Singleton(StartReconciliation, core.units, core.clock, desk)
    repair_access = providers.Singleton(RepairAccess, core.units, core.clock, desk)
    alarms = providers.Singleton(SeeAlarms, core.units, core.clock, desk)
    customers = providers.Singleton(SeeCustomers, core.units, core.gateways, desk)
    grant_access = providers.Singleton(GrantAccess, core.policy)
    access = providers.Singleton(ChangeAccess, core.units, core.clock, desk, grant_access, core.policy)
    explain = providers.Singleton(ExplainAccess, core.units)
    note = providers.Singleton(NoteCustomer, core.units, core.clock, desk)
    bar = providers.Singleton(BarCustomer, core.units, core.clock, desk)
    renew = providers.Singleton(RenewInvite, core.units, core.clock)
    resend = providers.Singleton(ResendInvite, core.units, core.clock, desk, renew)
    offer_pages = providers.Singleton(OfferPages, core.units, core.clock, desk)
    refund = providers.Singleton(WantRefund, core.units, core.clock, desk, core.gateways)
    preview = providers.Singleton(PreviewSweep, core.units, core.follow_provider, core.clock, core.policy)
    sweep = providers.Singleton(SeeSweep, core.units, preview, desk)
    numbers = providers.Singleton(SeeNumbers, core.units, core.clock, desk)
    vip_channel = providers.Singleton(SeeVipChannel, core.units, desk)
    methods = providers.Singleton(ArrangeMethods, core.units, core.clock, desk, core.gateways, core.plan_catalog)
    start_checkout = providers.Singleton(
        StartCheckout, core.units, core.gateways, core.browse_plans, core.clock, core.policy
    )
    try_method = providers.Singleton(TryMethod, core.units, core.clock, desk, core.browse_plans, start_checkout)
    receive = providers.Singleton(ReceiveWebhook, core.units, core.gateways, core.clock)
    confirmations = providers.Singleton(ConfirmByHand, core.units, core.clock, desk, core.gateways, receive)
    trace_leak = providers.Singleton(TraceLeak, core.units, marks, providers.Object(pictures))
    staff = providers.Singleton(ManageStaff, core.units, core.clock, desk)
    news = providers.Singleton(ArrangeNews, core.units, core.clock, desk)
