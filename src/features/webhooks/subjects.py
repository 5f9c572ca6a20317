"""Lookup of the webhook endpoints and webhook events that staff commands act on."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from features.webhooks.ports import ENDPOINTS_KEY
from subscriptions.application.dto.typed_answers import Fact
from subscriptions.application.staff.command import Subject
from subscriptions.application.staff.subject_type import SubjectType, text_schema
from subscriptions.domain.ports.unit_of_work import UnitOfWork

ENDPOINT: Final = "endpoint"
DELIVERY: Final = "delivery"
EVERYTHING: Final = "everything"
"""Choice that selects all event kinds, or all events."""


@dataclass(frozen=True)
class FindEndpoint:
    """Lookup of an endpoint by name or id."""

    async def __call__(self, uow: UnitOfWork, text: str) -> Subject | None:
        """Return the endpoint with this name or id; None if there is none."""
        endpoint = next((each for each in await uow.of(ENDPOINTS_KEY).all() if text in {each.name, str(each.id)}), None)
        if endpoint is None:
            return None
        kinds = ",".join(sorted(endpoint.kinds)) or EVERYTHING
        facts = {"endpoint": endpoint.name, "url": endpoint.url, "events": kinds}
        return Subject(id=str(endpoint.id), name=endpoint.name, facts=facts)


@dataclass(frozen=True)
class FindDelivery:
    """Lookup of a webhook event by id, also with the prefix `msg_`, which receiving programs see."""

    async def __call__(self, uow: UnitOfWork, text: str) -> Subject | None:
        """Return the webhook event with this id; None if there is none."""
        try:
            event = await uow.of(ENDPOINTS_KEY).event(UUID(text.removeprefix("msg_")))
        except ValueError:
            return None
        endpoint = await uow.of(ENDPOINTS_KEY).get(event.receiver_id) if event is not None else None
        if event is None or endpoint is None:
            return None
        facts: dict[str, Fact] = {"endpoint": endpoint.name, "event": event.kind}
        return Subject(id=str(event.id), name=endpoint.name, facts=facts)


SUBJECTS: Final = (
    SubjectType(
        kind=ENDPOINT,
        argument="ENDPOINT",
        help="Its name, or its id.",
        path="endpoints",
        parameter="endpoint",
        schema=text_schema(80),
        known_by="its name, or its id",
        page="/endpoints",
        find=FindEndpoint,
    ),
    SubjectType(
        kind=DELIVERY,
        argument="DELIVERY",
        help="Its id, as `umbral webhooks log` shows it.",
        path="deliveries",
        parameter="delivery",
        schema=text_schema(40),
        known_by="its id, or the `webhook-id` it was sent with",
        page="/deliveries",
        find=FindDelivery,
    ),
)
