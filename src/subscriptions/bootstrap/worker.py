"""The worker's wiring: payment events, and the business clock."""

from dependency_injector import containers, providers

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.look_inside import LookInsideAll
from subscriptions.application.access.narrow_plan import NarrowPlan
from subscriptions.application.access.open_plan import OpenPlan
from subscriptions.application.access.watch_access import WatchAccess
from subscriptions.application.accounts.watch_losses import WatchLosses
from subscriptions.application.accounts.watch_pool import WatchPool
from subscriptions.application.alarms.watch_alarms import WatchAlarms
from subscriptions.application.alarms.watch_clock import WatchClock
from subscriptions.application.alarms.watch_questions import WatchQuestions
from subscriptions.application.broadcasts.watch_sources import WatchSources
from subscriptions.application.catalog.sync_prices import SyncPrices
from subscriptions.application.catalog.watch_webhooks import WatchWebhooks
from subscriptions.application.channels.keep_stock import KeepStock
from subscriptions.application.checkout.check_order import CheckOrder
from subscriptions.application.checkout.close_checkouts import CloseCheckouts
from subscriptions.application.dto import expiry_jobs, invoice_jobs, jobs, outbox_jobs, partner_jobs, promotion_jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.application.expiry.check_subscription import CheckSubscription
from subscriptions.application.expiry.erase_person import ErasePerson
from subscriptions.application.expiry.mend_schedule import MendSchedule
from subscriptions.application.expiry.prune_records import PruneRecords
from subscriptions.application.expiry.restore_swept import RestoreSwept
from subscriptions.application.expiry.run_due import RunDue
from subscriptions.application.expiry.settle_sweeps import SettleSweeps
from subscriptions.application.expiry.sweep_vip import SweepVip
from subscriptions.application.expiry.watch_renewals import WatchRenewals
from subscriptions.application.inbox.ask_events import AskEvents
from subscriptions.application.inbox.watch_providers import WatchProviders
from subscriptions.application.invoices.issue_invoice import IssueInvoice
from subscriptions.application.invoices.send_records import SendRecords
from subscriptions.application.messages.watch_news import WatchNews
from subscriptions.application.moving.move_accounts import MoveAccounts
from subscriptions.application.partners.payer_check import PayerCheck
from subscriptions.application.partners.settle_commission import SettleCommission
from subscriptions.application.payments.apply_event import ApplyEvent
from subscriptions.application.payments.ask_provider import AskProvider
from subscriptions.application.payments.disputes import WatchDispute
from subscriptions.application.payments.gather_evidence import GatherEvidence
from subscriptions.application.payments.gather_purchase import GatherPurchase
from subscriptions.application.payments.issue_receipts import IssueReceipts
from subscriptions.application.payments.offer_evidence import OfferEvidence
from subscriptions.application.payments.payment_webhook_handler import PaymentWebhookHandler
from subscriptions.application.payments.refund_payment import RefundPayment
from subscriptions.application.payments.return_payment import ReturnPayment
from subscriptions.application.payments.submit_evidence import SubmitEvidence
from subscriptions.application.people.announce_terms import AnnounceTerms
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.picks.remind_of_tips import RemindOfTips
from subscriptions.application.picks.watch_deadlines import WatchDeadlines
from subscriptions.application.promotions.give_referral import GiveReferral
from subscriptions.application.record.keep_public_posts import KeepPublicPosts
from subscriptions.application.record.read_record import ReadRecord
from subscriptions.application.record.settle_by_source import SettleBySource
from subscriptions.application.record.settle_tip import SettleTip
from subscriptions.application.record.watch_results import WatchResults
from subscriptions.application.recovery.recall_orders import RecallOrders
from subscriptions.application.recovery.reconcile_return import ReconcileReturn
from subscriptions.application.settings.report_invoice_readiness import ReportInvoiceReadiness
from subscriptions.application.staff.command import SubjectKind
from subscriptions.application.staff.run_command import RunCommand
from subscriptions.application.subscriptions.ask_subscription import UNPAID_WHILE_AWAY, AskSubscription
from subscriptions.application.subscriptions.carry_out_change import CarryOutChange
from subscriptions.application.subscriptions.change_renewals import RenewalChange
from subscriptions.application.subscriptions.hold_charges import HoldCharges
from subscriptions.application.subscriptions.move_charge import MoveCharge
from subscriptions.application.subscriptions.pause_subscription import PauseSubscription
from subscriptions.application.subscriptions.remind import Remind
from subscriptions.application.subscriptions.stop_billing import StopBilling
from subscriptions.application.subscriptions.subscription_handler import CancelSubscription, UndoCancellation
from subscriptions.application.views.keep_figures import KeepFigures
from subscriptions.application.views.staff_subjects import tip_finder
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.evidence import EVIDENCE_FILES
from subscriptions.bootstrap.invoices import issuer, tax_office
from subscriptions.bootstrap.job_handlers import JobHandlers, handler_of
from subscriptions.bootstrap.outbox import OutboxContainer
from subscriptions.bootstrap.reconciliation import ReconciliationContainer
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.settings.web import WorkerSettings
from subscriptions.domain.ids import AccessId, CustomerId, InboxId, OrderId, PaymentId, PlanId, SubscriptionId, SweepId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.results_source import ResultsSource
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.infrastructure.database.evidence import SqlEvidence
from subscriptions.infrastructure.jobs.due import DueJobs
from subscriptions.infrastructure.jobs.returning import AFTER_RETURN
from subscriptions.infrastructure.repositories.due_looks import DueLooks
from subscriptions.infrastructure.results.football_data import FootballData


def _settling(units: UnitOfWorkFactory, clock: Clock, staff_desk: StaffDesk, policy: Policy) -> RunCommand:
    return RunCommand(units, clock, staff_desk, [SettleTip()], {SubjectKind.TIP: tip_finder(clock, policy)})


def _results_source(settings: CoreSettings) -> ResultsSource | None:
    token = settings.football_data_token if isinstance(settings, WorkerSettings) else None
    if token is None or not isinstance(settings, WorkerSettings):
        return None
    return FootballData(token.get_secret_value(), settings.football_data_api_base)


class WorkerContainer(containers.DeclarativeContainer):
    """Everything the worker process calls."""

    core = providers.Container(CoreContainer)

    reconciliation = providers.Container(ReconciliationContainer, core=core)
    told_outside = providers.Container(OutboxContainer, core=core)
    grant_access = providers.Singleton(GrantAccess, core.policy)
    issue_receipts = providers.Singleton(IssueReceipts, core.policy)
    issue_invoice = providers.Singleton(
        IssueInvoice,
        core.units,
        core.clock,
        providers.Singleton(issuer, core.settings),
        core.policy.provided.zones.home,
    )
    send_records = providers.Singleton(
        SendRecords, core.units, core.clock, providers.Singleton(tax_office, core.settings)
    )
    ask_provider = providers.Singleton(AskProvider, core.units, core.gateways, core.clock)
    gather_purchase = providers.Singleton(GatherPurchase, core.follow_plan)
    apply_event = providers.Singleton(ApplyEvent, grant_access, issue_receipts)
    apply_payment_event = providers.Singleton(
        PaymentWebhookHandler, core.units, ask_provider, gather_purchase, apply_event
    )
    check_subscription = providers.Singleton(
        CheckSubscription, core.units, core.follow_provider, core.clock, core.policy
    )
    stop_billing = providers.Singleton(StopBilling, core.units, core.follow_provider, core.clock)
    hold_charges = providers.Singleton(
        HoldCharges, core.units, core.gateways, core.follow_provider, core.clock, core.policy
    )
    close_checkouts = providers.Singleton(CloseCheckouts, core.units, core.gateways)
    return_payment = providers.Singleton(ReturnPayment, core.units, core.gateways, core.clock)
    sync_prices = providers.Singleton(SyncPrices, core.units, core.gateways, core.policy.provided.brand)
    ask_subscription = providers.Singleton(AskSubscription, core.units, core.follow_provider, core.clock)
    ask_events = providers.Singleton(AskEvents, core.units, core.gateways, core.clock)
    watch_providers = providers.Singleton(WatchProviders, core.units, core.gateways, core.clock)
    move_charge = providers.Singleton(
        MoveCharge, core.units, core.gateways, core.follow_provider, core.clock, core.policy
    )
    remind = providers.Singleton(Remind, core.units, core.clock, core.policy, ask_subscription)
    check_order = providers.Singleton(CheckOrder, core.units, core.gateways, core.clock)
    watch_access = providers.Singleton(WatchAccess, core.units, core.clock)
    watch_dispute = providers.Singleton(WatchDispute, core.units, core.gateways, core.clock)
    offer_evidence = providers.Singleton(OfferEvidence, core.units, core.gateways, core.clock)
    submit_evidence = providers.Singleton(
        SubmitEvidence,
        core.units,
        core.gateways,
        core.clock,
        providers.Singleton(
            GatherEvidence, core.units, providers.Singleton(SqlEvidence, core.engine), core.clock, core.policy
        ),
        providers.Object(EVIDENCE_FILES),
    )
    erase_person = providers.Singleton(ErasePerson, core.units, core.clock, grant_access)
    prune_records = providers.Singleton(PruneRecords, core.units, core.clock, core.policy.provided.kept)
    run_due = providers.Singleton(RunDue, core.units, core.clock, core.policy)
    due_jobs = providers.Singleton(DueJobs, core.engine)
    due_looks = providers.Singleton(DueLooks, core.engine, core.policy.provided.grace)
    mend_schedule = providers.Singleton(MendSchedule, core.units, core.clock, due_jobs.provided.look_now)
    move_accounts = providers.Singleton(MoveAccounts, core.units, core.clock)
    settle_sweeps = providers.Singleton(SettleSweeps, core.units, core.clock)
    narrow_plan = providers.Singleton(NarrowPlan, core.units, core.clock, grant_access)
    open_plan = providers.Singleton(OpenPlan, core.units, core.clock, grant_access)
    restore_swept = providers.Singleton(RestoreSwept, core.units, core.clock, grant_access)
    look_inside_all = providers.Singleton(LookInsideAll, core.units)
    keep_stock = providers.Singleton(KeepStock, core.units, core.clock, core.policy)
    sweep_vip = providers.Singleton(SweepVip, core.units, core.clock, core.policy)
    watch_webhooks = providers.Singleton(WatchWebhooks, core.units, core.gateways, core.clock)
    watch_news = providers.Singleton(WatchNews, core.units, core.clock, core.policy.provided.zones.home)
    keep_figures = providers.Singleton(KeepFigures, core.units, core.clock, core.policy.provided.zones.home)
    watch_alarms = providers.Singleton(WatchAlarms, core.units, core.clock)
    watch_renewals = providers.Singleton(WatchRenewals, core.units, core.clock, core.policy)
    watch_pool = providers.Singleton(WatchPool, core.units, core.clock)
    watch_sources = providers.Singleton(WatchSources, core.units, core.clock)
    read_record = providers.Singleton(ReadRecord, core.units, core.clock, core.policy.provided.zones.home)
    keep_public_posts = providers.Singleton(
        KeepPublicPosts, core.units, core.clock, core.policy, read_record, core.tip_messages
    )
    report_invoice_readiness = providers.Singleton(ReportInvoiceReadiness, core.units, core.settings_in_force)
    announce_terms = providers.Singleton(AnnounceTerms, core.units, core.policy)
    watch_questions = providers.Singleton(WatchQuestions, core.units, core.clock, core.policy)
    watch_results = providers.Singleton(WatchResults, core.units, core.clock, core.policy.provided.zones.home)
    settle_by_source = providers.Singleton(
        SettleBySource,
        core.units,
        core.clock,
        providers.Singleton(_settling, core.units, core.clock, core.staff_desk, core.policy),
        providers.Singleton(_results_source, core.settings),
    )
    watch_deadlines = providers.Singleton(WatchDeadlines, core.units, core.clock)
    remind_of_tips = providers.Singleton(RemindOfTips, core.units, core.clock, core.policy.provided.zones.home)
    watch_losses = providers.Singleton(WatchLosses, core.units, core.clock)
    recall_orders = providers.Singleton(
        RecallOrders, core.units, ask_provider, core.clock, core.policy.provided.zones.home
    )
    reconcile_return = providers.Singleton(
        ReconcileReturn,
        core.units,
        core.clock,
        core.policy,
        reconciliation.reconcile,
        recall_orders,
        core.returning.provided.end,
    )
    give_referral = providers.Singleton(GiveReferral, core.units, grant_access, core.clock, core.policy)
    settle_commission = providers.Singleton(
        SettleCommission, core.units, core.clock, providers.Factory(PayerCheck, core.units, core.gateways)
    )
    refund_payment = providers.Singleton(RefundPayment, core.units, core.gateways, core.clock)
    carry_out_change = providers.Singleton(
        CarryOutChange,
        core.units,
        core.clock,
        providers.Singleton(CancelSubscription, core.units, core.gateways, core.follow_provider),
        providers.Singleton(UndoCancellation, core.units, core.gateways, core.follow_provider),
        providers.Singleton(PauseSubscription, core.units, core.gateways, core.follow_provider, core.clock),
    )


def job_handlers(container: WorkerContainer) -> JobHandlers:
    """The jobs this process works on."""
    refund, change = container.refund_payment(), container.carry_out_change()
    apply_event, check = container.apply_payment_event(), container.check_subscription()
    stop, remind, ask = container.stop_billing(), container.remind(), container.ask_subscription()
    move = container.move_charge()
    hold = container.hold_charges()
    check_order, watch, restore = container.check_order(), container.watch_access(), container.restore_swept()
    close, give_back = container.close_checkouts(), container.return_payment()
    watch_dispute = container.watch_dispute()
    return dict(
        [
            handler_of(jobs.ApplyPaymentEvent, lambda job: apply_event(InboxId(job.inbox_id))),
            handler_of(jobs.CheckSubscription, lambda job: check(SubscriptionId(job.subscription_id))),
            handler_of(
                jobs.AskUnpaid, lambda job: ask.in_turn(SubscriptionId(job.subscription_id), rest=UNPAID_WHILE_AWAY)
            ),
            handler_of(jobs.AskSubscription, lambda job: ask.in_turn(SubscriptionId(job.subscription_id))),
            handler_of(jobs.AskListed, lambda job: ask.all_listed(job.provider)),
            handler_of(jobs.StopBilling, lambda job: stop(SubscriptionId(job.subscription_id))),
            handler_of(jobs.HoldCharges, lambda job: hold(SubscriptionId(job.subscription_id), job.since)),
            handler_of(
                expiry_jobs.RestoreSwept,
                lambda job: restore(SweepId(job.sweep_id), SubscriptionId(job.subscription_id)),
            ),
            handler_of(jobs.NarrowPlan, container.narrow_plan()),
            handler_of(jobs.OpenPlan, container.open_plan()),
            handler_of(jobs.SyncPlanPrices, lambda job: container.sync_prices().plan(PlanId(job.plan_id))),
            handler_of(jobs.Remind, lambda job: remind(SubscriptionId(job.subscription_id))),
            handler_of(jobs.MoveCharge, lambda job: move(SubscriptionId(job.subscription_id))),
            handler_of(jobs.CheckOrder, lambda job: check_order(OrderId(job.order_id))),
            handler_of(jobs.CloseCheckouts, lambda job: close(OrderId(job.order_id))),
            handler_of(jobs.ReturnPayment, lambda job: give_back(PaymentId(job.payment_id), job.subscription_ref)),
            handler_of(jobs.RefundPayment, lambda job: refund(PaymentId(job.payment_id), job.minor, job.key)),
            handler_of(
                jobs.ChangeRenewals,
                lambda job: change(SubscriptionId(job.subscription_id), RenewalChange.read(job.change), job.key),
            ),
            handler_of(jobs.WatchAccess, lambda job: watch(AccessId(job.access_id))),
            handler_of(
                expiry_jobs.ErasePerson,
                lambda job: container.erase_person().work(CustomerId(job.customer_id), job.why, job.asked_at),
            ),
            handler_of(jobs.CheckWebhooks, lambda job: container.core.check_webhooks()(job.provider)),
            handler_of(jobs.AskResults, lambda _: container.settle_by_source()()),
            handler_of(jobs.Reconcile, lambda job: _compare(container, job.key)),
            handler_of(jobs.AskEvents, lambda job: container.ask_events()(job.provider)),
            handler_of(outbox_jobs.TellReceiver, lambda job: container.told_outside.send_events()(job.receiver_id)),
            handler_of(
                promotion_jobs.ReferralDue,
                lambda job: container.give_referral()(PaymentId(job.payment_id), back=job.back),
            ),
            handler_of(
                invoice_jobs.InvoiceToIssue,
                lambda job: container.issue_invoice()(job.receipt_id, job.kind, job.revision),
            ),
            handler_of(jobs.OfferEvidence, lambda job: container.offer_evidence()(job.dispute_id)),
            handler_of(jobs.RemindEvidence, lambda job: container.offer_evidence().remind(job.dispute_id)),
            handler_of(jobs.SubmitEvidence, lambda job: container.submit_evidence()(job.dispute_id)),
            handler_of(
                partner_jobs.CommissionToSettle,
                lambda job: container.settle_commission()(PaymentId(job.payment_id)),
            ),
            handler_of(jobs.WatchDispute, lambda job: watch_dispute(job.provider, job.dispute_key)),
        ]
    )


async def _compare(container: WorkerContainer, key: str) -> None:
    """Because somebody wished it, or because the database was brought back."""
    if key == AFTER_RETURN:
        await container.reconcile_return()()
    else:
        await container.reconciliation.reconcile().and_tell(key)


async def release(due: DueJobs, watch: WatchClock, clock: Clock) -> int:
    """Queue what is due, how much it was; nothing while nobody is sure what time it is. Raises RetryLater."""
    return await due.release_due(clock.now()) if watch.sure() else 0
