"""Job that is queued when a post for a public channel was stored."""

from typing import Final

from features.record.domain.events import RecordPostDue
from features.record.jobs import PostPublicly
from subscriptions.application.routing import Consequences, on


def post_publicly(event: RecordPostDue) -> Consequences:
    """Queue the job that publishes the post."""
    return [PostPublicly(plan_id=event.plan_id, kind=event.kind, subject=event.subject)]


EVENTS: Final = (on(RecordPostDue, post_publicly),)
