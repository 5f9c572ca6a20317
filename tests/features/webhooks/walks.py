"""Data about webhooks used by the tests that check every page, command, text and flow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from features.webhooks.jobs import SendToEndpoint
from features.webhooks.ports import ENDPOINTS_KEY
from subscriptions.application.staff.actor import SHELL
from subscriptions.domain.entities.customer import Customer, StaffRole
from tests.fakes.staff import Staff

LEAST_ROLES: Final[Mapping[str, StaffRole]] = {
    **dict.fromkeys(("endpoints", "endpoint", "deliveries", "delivery"), StaffRole.OWNER),
    **dict.fromkeys(
        (f"endpoint.{command}" for command in ("new", "edit", "replay", "secret", "test", "on", "remove", "again")),
        StaffRole.OWNER,
    ),
}
"""Minimum staff role for each page of the panel."""
SUBJECT_FACTS: Final[Mapping[str, set[str]]] = {
    "endpoint": {"endpoint", "url", "events"},
    "delivery": {"endpoint", "event"},
}
"""Names of the values that the texts of staff commands contain, keyed by the kind of subject."""
WIRED: Final[Mapping[str, Mapping[str, Sequence[tuple[str, str]]]]] = {
    "webhooks": {"worker": [("features.webhooks.use_cases.send_events", "SendEvents")]}
}
"""Use cases of the feature that each process creates, except those of staff commands."""
PUBLISHES: Final[Mapping[str, str]] = {"receivers": SendToEndpoint.name}
"""Jobs that a process queues when it publishes webhook events, keyed by the table that the process must be allowed to
read.
"""


async def _make_endpoint(staff: Staff, customer: Customer) -> str:
    await staff(SHELL, "add_endpoint", "", url="https://n8n.example.com/hook", endpoint_name="n8n")
    return "n8n"


async def _make_delivery(staff: Staff, customer: Customer) -> str:
    await staff(SHELL, "add_endpoint", "", url="https://crm.example.com/hook", endpoint_name="crm")
    await staff(SHELL, "test_endpoint", "crm")
    async with staff.shop.units() as uow:
        (endpoint,) = [each for each in await uow.of(ENDPOINTS_KEY).all() if each.name == "crm"]
        (delivery,) = await uow.of(ENDPOINTS_KEY).newest(endpoint.id, 1)
    return str(delivery.id)


SUBJECTS: Final[Mapping[str, Callable[[Staff, Customer], Awaitable[str]]]] = {
    "endpoint": _make_endpoint,
    "delivery": _make_delivery,
}
"""Functions that create an object on which staff commands act, and return its id, keyed by the kind of object."""
REFUSED: Final[Mapping[str, tuple[str, str, dict[str, str], str]]] = {
    "an endpoint on a private address": ("add_endpoint", "shop", {"url": "https://10.0.0.1/hook"}, "url"),
    "an endpoint on this machine": ("add_endpoint", "shop", {"url": "https://localhost/hook"}, "url"),
    "an endpoint on this machine, in disguise": ("add_endpoint", "shop", {"url": "https://0x7f.1/hook"}, "url"),
    "an endpoint on this machine, by a full name": ("add_endpoint", "shop", {"url": "https://localhost./hook"}, "url"),
}
"""Inputs that staff commands refuse: command, subject, answers, and the refused field."""
CLI_NAMES: Final[Mapping[str, str]] = {"ENDPOINT": "erp"}
"""Values of command-line arguments in an installation with existing data, keyed by argument name."""
CLI_LINES: Final[Mapping[str, None]] = {"webhooks add https://erp.example.com/hook --name erp": None}
"""Command lines that the tests run first, so that every kind of object exists."""
