"""Job that the feature queues when a staff member answers a customer by a staff command."""

from typing import Final

from features.support.domain.question import QuestionAnswered
from features.support.messages import SUPPORT_ANSWER
from subscriptions.application.dto import jobs
from subscriptions.application.routing import Consequences, on


def notify_answer(event: QuestionAnswered) -> Consequences:
    """Queue the message that delivers the answer to the customer."""
    line = event.line_id
    return [jobs.Announce(kind=SUPPORT_ANSWER, customer_id=event.customer_id, subject=line, key=str(line))]


EVENTS: Final = (on(QuestionAnswered, notify_answer),)
