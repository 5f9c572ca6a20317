"""Events sent to the operator's endpoints, for the API's description; `SendEvents` sends them."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from subscriptions.application.lists.columns import Face
from subscriptions.bootstrap.lists import LISTS
from subscriptions.domain.entities.outgoing import EventKind
from web.routes.listing import entry_model

EVENTS: Final[Mapping[EventKind, str]] = {
    EventKind.PAYMENT_RECEIVED: "Money was captured and counted",
    EventKind.PAYMENT_FAILED: "A renewal was not paid",
    EventKind.PAYMENT_FLAGGED: "Money came that gives no access by itself",
    EventKind.PAYMENT_REFUNDED: "Money went back",
    EventKind.DISPUTE_LOST: "A bank took a payment back for good",
    EventKind.CONTRACT_WITHDRAWN: "A customer withdrew from a contract; the refund follows as an event of its own",
    EventKind.INVOICE_REQUESTED: "A customer wants an invoice of a receipt, or one that was handed over is corrected",
    EventKind.CHECKOUT_ABANDONED: "A page to pay at ran out",
    EventKind.SUBSCRIPTION_CANCELED: "A subscription is charged no more; its access goes on until it ends",
    EventKind.SUBSCRIPTION_KEPT: "A cancellation was undone",
    EventKind.SUBSCRIPTION_PAUSED: "A subscription rests",
    EventKind.SUBSCRIPTION_RESUMED: "A subscription goes on",
    EventKind.SUBSCRIPTION_EXTENDED: "Staff gave or took time",
    EventKind.SUBSCRIPTION_SWITCHED: "A subscription is for another plan",
    EventKind.SUBSCRIPTION_ENDED: "Access by a subscription is over",
    EventKind.CUSTOMER_JOINED: "A customer is inside",
    EventKind.ENDPOINT_TESTED: "Staff sent a test; it is about nobody",
}
"""Events with their meaning."""
_ENTRIES: Final = {"customer": "customers", "subscription": "subscriptions", "payment": "payments"}
_HEADERS: Final[Mapping[str, str]] = {
    "webhook-id": "Tells an event from others; the same when it is sent again.",
    "webhook-timestamp": "When it was sent, in seconds since 1970; refuse one that is five minutes off.",
    "webhook-signature": "`v1,` and the HMAC of id, timestamp and body; two, for a day after the secret changed.",
}


def event_operations() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return each event as an operation of the endpoint, and the schemas they refer to."""
    models = {
        name: entry_model(LISTS[plural], f"{name.capitalize()}Event", f"A {name} as events tell of it.", Face.EVENTS)
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
            "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
            "data": {
                "type": "object",
                "description": "What it is about, as lists tell of it when the event is first sent.",
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
            "204": {"description": "It arrived. Any 2xx says so; the body is not read."},
            "410": {"description": "Nothing more is wanted: the receiver is switched off."},
        },
    }
