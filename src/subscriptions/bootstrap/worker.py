"""The worker's wiring: payment events, and the business clock."""

from dependency_injector import containers, providers

from subscriptions.application.dto import jobs
from subscriptions.application.handlers.check_subscription import CheckSubscription
from subscriptions.application.handlers.payment_webhook_handler import PaymentWebhookHandler
from subscriptions.application.handlers.run_due import RunDue
from subscriptions.application.services.granting import Granting
from subscriptions.application.services.payment_recording import PaymentRecording
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.job_handlers import JobHandlers, handler_of
from subscriptions.domain.ids import InboxId, SubscriptionId
from subscriptions.infrastructure.jobs.due import DueJobs


class WorkerContainer(containers.DeclarativeContainer):
    """Everything the worker process calls."""

    core = providers.Container(CoreContainer)

    granting = providers.Singleton(Granting, core.policy)
    recording = providers.Singleton(PaymentRecording, granting)
    apply_payment_event = providers.Singleton(PaymentWebhookHandler, core.units, core.gateways, core.clock, recording)
    check_subscription = providers.Singleton(
        CheckSubscription, core.units, core.follow_provider, core.clock, core.policy
    )
    run_due = providers.Singleton(RunDue, core.units, core.clock, core.policy)
    due_jobs = providers.Singleton(DueJobs, core.engine)


def job_handlers(container: WorkerContainer) -> JobHandlers:
    """The jobs this process works on."""
    apply_event, check = container.apply_payment_event(), container.check_subscription()
    return dict(
        [
            handler_of(jobs.ApplyPaymentEvent, lambda job: apply_event(InboxId(job.inbox_id))),
            handler_of(jobs.CheckSubscription, lambda job: check(SubscriptionId(job.subscription_id))),
        ]
    )
