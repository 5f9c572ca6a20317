"""Domain events of the tip record."""

from subscriptions.domain.events import DomainEvent
from subscriptions.domain.ids import PlanId


class RecordPostDue(DomainEvent):
    """Event: a post for the public channel of a plan was stored and is to be published. `kind`, `subject`: see
    RecordPost.
    """

    plan_id: PlanId
    kind: str
    subject: str
