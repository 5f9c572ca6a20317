"""Validation rules of the request bodies about webhooks and their verification."""

from typing import Final

from umbral_sandbox.payments.paypal.rules import Fields, ListOf, Text, Time, Whatever

WEBHOOK: Final = Fields(
    {
        "url": Text(2048),
        "event_types": ListOf(
            Fields(
                {"name": Text(127), "description": Text(2000), "status": Text(20), "resource_versions": Whatever()},
                ("name",),
            ),
            1,
            500,
        ),
    },
    ("url", "event_types"),
)

RESEND: Final = Fields({"webhook_ids": Whatever()})
VERIFY: Final = Fields(
    {
        "auth_algo": Text(100, 1, "[a-zA-Z0-9]+"),
        "cert_url": Text(500),
        "transmission_id": Text(50),
        "transmission_sig": Text(500),
        "transmission_time": Time(),
        "webhook_id": Text(50, 1, "[a-zA-Z0-9]+"),
        "webhook_event": Whatever(),
    },
    (
        "auth_algo",
        "cert_url",
        "transmission_id",
        "transmission_sig",
        "transmission_time",
        "webhook_id",
        "webhook_event",
    ),
)
