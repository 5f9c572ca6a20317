"""Console page that shows an endpoint's signing secret, and the OpenAPI description of webhook events."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from features.webhooks.commands import AddEndpoint, RotateEndpoint
from features.webhooks.feature import FEATURE
from subscriptions.application.lists.columns import Interface
from subscriptions.bootstrap.lists import LISTS
from subscriptions.domain.entities.outgoing import EventKind
from web.console.staff_commands import no_page
from web.console.visit import Page
from web.feature import WebPart
from web.routes.entries import entry_model

EVENTS: Final[Mapping[EventKind, str]] = {
    EventKind.PAYMENT_RECEIVED: "A payment was captured and applied",
    EventKind.PAYMENT_FAILED: "The payment of a renewal failed",
    EventKind.PAYMENT_FLAGGED: "A payment is under review and gives no access automatically",
    EventKind.PAYMENT_REFUNDED: "A payment was refunded",
    EventKind.DISPUTE_LOST: "A dispute was lost",
    EventKind.CONTRACT_WITHDRAWN: "A customer withdrew from a contract; the refund is a separate event",
    EventKind.INVOICE_REQUESTED: "A customer requested an invoice for a receipt, or an issued invoice is corrected",
    EventKind.CHECKOUT_ABANDONED: "A checkout expired",
    EventKind.SUBSCRIPTION_CANCELED: "A subscription was canceled; access continues until its end date",
    EventKind.SUBSCRIPTION_KEPT: "A cancellation was undone",
    EventKind.SUBSCRIPTION_PAUSED: "A subscription was paused",
    EventKind.SUBSCRIPTION_RESUMED: "A subscription was resumed",
    EventKind.SUBSCRIPTION_EXTENDED: "Staff added or removed time",
    EventKind.SUBSCRIPTION_SWITCHED: "A subscription was changed to another plan",
    EventKind.SUBSCRIPTION_ENDED: "The access of a subscription ended",
    EventKind.CUSTOMER_JOINED: "A customer joined a chat",
    EventKind.ENDPOINT_TESTED: "Staff sent a test event, without a customer",
}
"""Descriptions of webhook events for the API documentation, keyed by event kind."""
_ENTRIES: Final = {"customer": "customers", "subscription": "subscriptions", "payment": "payments"}
_HEADERS: Final[Mapping[str, str]] = {
    "webhook-id": "Unique id of the event, unchanged when it is sent again.",
    "webhook-timestamp": "Time of sending, in seconds since 1970; refuse a difference of five minutes or more.",
    "webhook-signature": "`v1,` and the HMAC of id, timestamp and body; two signatures for a day after a rotation.",
}


def event_operations() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return each webhook event as an OpenAPI operation, and the schemas to which the operations refer."""
    models = {
        name: entry_model(LISTS[plural], f"{name.capitalize()}Event", f"A {name} as in events.", Interface.EVENTS)
        for name, plural in _ENTRIES.items()
    }
    _, schemas = models_json_schema(
        [(model, "serialization") for model, _ in models.values()], ref_template="#/components/schemas/{model}"
    )
    members = {
        name: {"anyOf": [{"$ref": f"#/components/schemas/{model.__name__}"}, {"type": "null"}]}
        for name, (model, _) in models.items()
    }
    example = {name: example_value for name, (_, example_value) in models.items()}
    return {kind: {"post": _operation(kind, summary, members, example)} for kind, summary in EVENTS.items()}, schemas[
        "$defs"
    ]


def _operation(
    kind: EventKind, summary: str, members: Mapping[str, object], example: Mapping[str, object]
) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": str(kind)},
            "timestamp": {"type": "string", "format": "date-time", "description": "Time of the event."},
            "data": {
                "type": "object",
                "description": "Objects of the event, as in the lists when the event was first sent.",
                "required": list(members),
                "properties": members,
                "additionalProperties": {"type": "string"},
            },
        },
    }
    event_example = {"type": str(kind), "timestamp": "2026-11-22T09:30:00Z", "data": example}
    return {
        "operationId": f"on_{kind.replace('.', '_')}",
        "summary": summary,
        "description": f"{summary}. Verify the signature over the raw body, answer 2xx within 10 seconds, and expect an"
        " event twice.",
        "tags": ["events"],
        "security": [],
        "parameters": [
            {"name": name, "in": "header", "required": True, "description": says, "schema": {"type": "string"}}
            for name, says in _HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema, "example": event_example}},
        },
        "responses": {
            "204": {"description": "The event was received. Any 2xx is accepted; the body is ignored."},
            "410": {"description": "The endpoint is disabled and receives no further events."},
        },
    }


_SECRET: Final = Page(
    "endpoint_made", "", "secret_shown.html", AddEndpoint.permission, no_page, parent="endpoints", feature=FEATURE.name
)
WEB: Final = WebPart(results={AddEndpoint: _SECRET, RotateEndpoint: _SECRET}, webhooks=event_operations)
