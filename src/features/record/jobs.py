"""Payloads of the jobs that fetch results and publish posts in public channels."""

from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.ids import PlanId


class FetchResults(JobPayload):
    """Job that fetches the results of the sports events that tips refer to."""

    name = "core.ask_results"


class PostPublicly(JobPayload):
    """Job that publishes a stored post in a plan's public channel."""

    name = "bot.post_publicly"
    plan_id: PlanId
    kind: str
    subject: str
