"""Wiring of the worker: payment events and scheduled work."""

from dependency_injector import containers, providers

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.look_inside import LookInsideAll
from subscriptions.application.access.narrow_plan import NarrowPlan
from subscriptions.application.access.open_plan import OpenPlan
from subscriptions.application.access.sync_ban import SyncBan
from subscriptions.application.access.watch_access import WatchAccess
from subscriptions.application.accounts.watch_losses import WatchLosses
from subscriptions.application.accounts.watch_pool import WatchPool
from subscriptions.application.alarms.watch_alarms import WatchAlarms
from subscriptions.application.alarms.watch_clock import WatchClock
from subscriptions.application.alarms.watch_features import WatchFeatures
from subscriptions.application.alarms.watch_owners import WatchOwners
from subscriptions.application.alarms.watch_rows import WatchRows
from subscriptions.application.catalog.keep_payment_keys import WatchPaymentKeys
from subscriptions.application.catalog.sync_prices import SyncPrices
from subscriptions.application.catalog.watch_webhooks import WatchWebhooks
from subscriptions.application.channels.check_chat import CheckChats
from subscriptions.application.channels.keep_precreated_channels import KeepPrecreatedChannels
from subscriptions.application.checkout.check_order import CheckOrder
from subscriptions.application.checkout.close_checkouts import CloseCheckouts
from subscriptions.application.dto import expiry_jobs, jobs
from subscriptions.application.expiry.check_subscription import CheckSubscription
from subscriptions.application.expiry.complete_bulk_expiries import CompleteBulkExpiries
from subscriptions.application.expiry.erase_person import ErasePerson
from subscriptions.application.expiry.expire_vip import ExpireVip
from subscriptions.application.expiry.mend_schedule import MendSchedule
from subscriptions.application.expiry.prune_records import PruneRecords
from subscriptions.application.expiry.restore_expired import RestoreExpired
from subscriptions.application.expiry.run_due import RunDue
from subscriptions.application.expiry.watch_renewals import WatchRenewals
from subscriptions.application.inbox.poll_events import PollEvents
from subscriptions.application.inbox.watch_providers import WatchProviders
from subscriptions.application.payments.apply_event import ApplyEvent
from subscriptions.application.payments.disputes import WatchDispute
from subscriptions.application.payments.fetch_event_details import FetchEventDetails
from subscriptions.application.payments.issue_receipts import IssueReceipts
from subscriptions.application.payments.load_purchase import LoadPurchase
from subscriptions.application.payments.payment_webhook_handler import PaymentWebhookHandler
from subscriptions.application.payments.refund_payment import RefundPayment
from subscriptions.application.payments.return_payment import ReturnPayment
from subscriptions.application.payments.watch_entry import WatchEntry
from subscriptions.application.payments.watch_events import WatchEvents
from subscriptions.application.payments.watch_wishes import WatchWishes
from subscriptions.application.people.announce_terms import AnnounceTerms
from subscriptions.application.recovery.recall_orders import RecallOrders
from subscriptions.application.recovery.reconcile_restore import ReconcileRestore
from subscriptions.application.recovery.route_kept import RouteKept
from subscriptions.application.settings.report_missing_settings import ReportMissingSettings
from subscriptions.application.subscriptions.carry_out_change import CarryOutChange
from subscriptions.application.subscriptions.change_renewals import RenewalChange
from subscriptions.application.subscriptions.compare_states import CompareStates
from subscriptions.application.subscriptions.pause_billing import PauseBilling
from subscriptions.application.subscriptions.pause_subscription import PauseSubscription
from subscriptions.application.subscriptions.poll_subscription import UNPAID_WHILE_AWAY, PollSubscription
from subscriptions.application.subscriptions.remind import Remind
from subscriptions.application.subscriptions.reschedule_charge import RescheduleCharge
from subscriptions.application.subscriptions.stop_billing import StopBilling
from subscriptions.application.subscriptions.subscription_handler import CancelSubscription, UndoCancellation
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.job_handlers import JobHandlers, handler_of, handlers_of_features
from subscriptions.bootstrap.receipt_followers import follow_kept_receipts, receipt_followers
from subscriptions.bootstrap.reconciliation import ReconciliationContainer
from subscriptions.bootstrap.sealed_settings import keys_read_at
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.settings.web import WorkerSettings
from subscriptions.bootstrap.wiring import nested
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.services.trial_marks import NO_MARKS
from subscriptions.infrastructure.database.deletions import SqlRecords
from subscriptions.infrastructure.database.idle_events import SqlIdleEvents
from subscriptions.infrastructure.database.idle_wishes import SqlIdleWishes
from subscriptions.infrastructure.database.publication import publish_kept_events
from subscriptions.infrastructure.jobs.due import DueJobs
from subscriptions.infrastructure.jobs.returning import AFTER_RESTORE
from subscriptions.infrastructure.repositories.due_looks import DueLooks


def _named_owners(settings: CoreSettings) -> frozenset[TelegramId]:
    named = settings.admin_ids if isinstance(settings, WorkerSettings) else frozenset[int]()
    return frozenset(TelegramId(each) for each in named)


class WorkerContainer(containers.DeclarativeContainer):
    """Use cases of the worker process."""

    core = nested(CoreContainer)
    make = wire(core)

    reconciliation = nested(ReconciliationContainer, core=core)
    grant_access = make(GrantAccess)
    followers = make(receipt_followers, core=core)
    issue_receipts = make(IssueReceipts)
    fetch_event_details = make(FetchEventDetails)
    load_purchase = make(LoadPurchase, sync_plan=core.sync_plan, policy=core.policy)
    apply_event = make(ApplyEvent)
    apply_payment_event = make(PaymentWebhookHandler)
    check_subscription = make(CheckSubscription)
    stop_billing = make(StopBilling)
    pause_billing = make(PauseBilling)
    close_checkouts = make(CloseCheckouts)
    return_payment = make(ReturnPayment)
    sync_prices = make(SyncPrices, brand=core.policy.provided.brand)
    poll_subscription = make(PollSubscription)
    poll_events = make(PollEvents)
    watch_providers = make(WatchProviders)
    reschedule_charge = make(RescheduleCharge)
    remind = make(Remind)
    check_order = make(CheckOrder)
    watch_access = make(WatchAccess)
    watch_entry = make(WatchEntry)
    sync_ban = make(SyncBan)
    watch_dispute = make(WatchDispute)
    erase_person = make(ErasePerson, trial_marks=providers.Object(NO_MARKS))
    prune_records = make(PruneRecords, retention=core.policy.provided.retention_periods)
    run_due = make(RunDue)
    route_kept = make(
        RouteKept,
        follow_receipt=make(follow_kept_receipts, core=core),
        publish=make(publish_kept_events, loaded=core.features.provided.now.names_loaded),
    )
    due_jobs = make(DueJobs)
    due_looks = make(DueLooks, default_grace=core.policy.provided.grace)
    mend_schedule = make(MendSchedule, look_now=due_jobs.provided.look_now)
    settle_sweeps = make(CompleteBulkExpiries)
    narrow_plan = make(NarrowPlan)
    open_plan = make(OpenPlan)
    restore_expired = make(RestoreExpired)
    look_inside_all = make(LookInsideAll)
    check_chats = make(CheckChats)
    keep_stock = make(KeepPrecreatedChannels)
    sweep_vip = make(ExpireVip)
    watch_webhooks = make(WatchWebhooks)
    watch_alarms = make(WatchAlarms)
    watch_renewals = make(WatchRenewals)
    watch_pool = make(WatchPool)
    report_missing_settings = make(ReportMissingSettings)
    announce_terms = make(AnnounceTerms)
    watch_wishes = make(WatchWishes, idle_wishes=make(SqlIdleWishes))
    compare_states = make(CompareStates)
    watch_events = make(WatchEvents, idle_events=make(SqlIdleEvents))
    watch_rows = make(
        WatchRows, deletions=make(SqlRecords, log="deletions"), additions=make(SqlRecords, log="additions")
    )
    watch_features = make(WatchFeatures, books=core.feature_books)
    watch_payment_keys = make(WatchPaymentKeys, sync_prices=sync_prices, read_at=providers.Callable(keys_read_at))
    watch_owners = make(WatchOwners, named=make(_named_owners))
    watch_losses = make(WatchLosses)
    recall_orders = make(RecallOrders)
    reconcile_restore = make(ReconcileRestore, reconcile=reconciliation.reconcile, end=core.restore_mark.provided.end)
    refund_payment = make(RefundPayment)
    carry_out_change = make(
        CarryOutChange,
        cancel_subscription=make(CancelSubscription),
        undo_cancellation=make(UndoCancellation),
        pause_subscription=make(PauseSubscription),
    )


def job_handlers(container: WorkerContainer) -> JobHandlers:
    """Return the job handlers of this process."""
    refund, change = container.refund_payment(), container.carry_out_change()
    apply_event, check = container.apply_payment_event(), container.check_subscription()
    stop, remind, ask = container.stop_billing(), container.remind(), container.poll_subscription()
    move = container.reschedule_charge()
    hold = container.pause_billing()
    check_order, watch, restore = container.check_order(), container.watch_entry(), container.restore_expired()
    sync_ban = container.sync_ban()
    close, give_back = container.close_checkouts(), container.return_payment()
    watch_dispute, prices = container.watch_dispute(), container.sync_prices()
    return dict(
        [
            *handlers_of_features(container.core, "worker").items(),
            handler_of(jobs.ApplyPaymentEvent, lambda job: apply_event(job.inbox_id)),
            handler_of(jobs.RouteEvent, container.route_kept()),
            handler_of(jobs.CheckSubscription, lambda job: check(job.subscription_id)),
            handler_of(jobs.CheckUnpaid, lambda job: ask.in_turn(job.subscription_id, rest=UNPAID_WHILE_AWAY)),
            handler_of(jobs.PollSubscription, lambda job: ask.in_turn(job.subscription_id)),
            handler_of(jobs.PollListed, lambda job: ask.all_listed(job.provider)),
            handler_of(jobs.StopBilling, lambda job: stop(job.subscription_id)),
            handler_of(jobs.PauseBilling, lambda job: hold(job.subscription_id, job.since)),
            handler_of(
                expiry_jobs.RestoreExpired,
                lambda job: restore(job.sweep_id, job.subscription_id),
            ),
            handler_of(jobs.NarrowPlan, container.narrow_plan()),
            handler_of(jobs.OpenPlan, container.open_plan()),
            handler_of(
                jobs.SyncPlanPrices, lambda job: (prices.check if job.only_checks else prices.plan)(job.plan_id)
            ),
            handler_of(jobs.Remind, lambda job: remind(job.subscription_id)),
            handler_of(jobs.RescheduleCharge, lambda job: move(job.subscription_id)),
            handler_of(jobs.CheckOrder, lambda job: check_order(job.order_id)),
            handler_of(jobs.CloseCheckouts, lambda job: close(job.order_id)),
            handler_of(jobs.ReturnPayment, lambda job: give_back(job.payment_id, job.subscription_ref)),
            handler_of(jobs.RefundPayment, lambda job: refund(job.payment_id, job.minor, job.key)),
            handler_of(
                jobs.ChangeRenewals,
                lambda job: change(job.subscription_id, RenewalChange.parse(job.change), job.key),
            ),
            handler_of(jobs.SyncBan, lambda job: sync_ban(job.access_id, job.key)),
            handler_of(jobs.SyncHold, lambda job: sync_ban.of_subscription(job.subscription_id)),
            handler_of(jobs.WatchAccess, lambda job: watch(job.access_id)),
            handler_of(
                expiry_jobs.ErasePerson,
                lambda job: container.erase_person().work(job.customer_id, job.why, job.asked_at),
            ),
            handler_of(jobs.CheckWebhooks, lambda job: container.core.check_webhooks()(job.provider)),
            handler_of(jobs.Reconcile, lambda job: _compare(container, job.key)),
            handler_of(jobs.PollEvents, lambda job: container.poll_events()(job.provider)),
            handler_of(jobs.WatchDispute, lambda job: watch_dispute(job.provider, job.dispute_key)),
        ]
    )


async def _compare(container: WorkerContainer, key: str) -> None:
    """Run a reconciliation that staff requested or that follows a restore of the database."""
    if key == AFTER_RESTORE:
        await container.reconcile_restore()()
    else:
        await container.reconciliation.reconcile().and_notify(key)


async def release(due: DueJobs, watch: WatchClock, clock: Clock) -> int:
    """Queue the due jobs and return their number. Queue nothing and return 0 while the current time is uncertain.
    Raises RetryLater.
    """
    return await due.release_due(clock.now()) if watch.sure() else 0
