"""Checks that every payment gateway must pass, whatever its provider.

Each check returns the faults that it found, as texts; an empty list is a pass. A gateway's own tests cover the details
of its provider.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import entry_points
from typing import Final

from subscriptions.domain.ports.payment_gateway import (
    AsksForChanges,
    Capability,
    ChangesPlans,
    ConfirmsByHand,
    ExpiresCheckouts,
    FetchesCheckouts,
    FetchesDisputes,
    FetchesPayments,
    GatewayDescriptor,
    HasPages,
    InvalidSignature,
    ListsEvents,
    MakesPrices,
    MalformedWebhook,
    MovesCharges,
    PausesBilling,
    PausesSubscriptions,
    PaymentGateway,
    RefundsPayments,
    ResumesSubscriptions,
    TakesEvidence,
    WebhookRequest,
)

GATEWAYS: Final = "umbral.payment_gateways"
SIMULATORS: Final = "umbral.gateway_simulators"
LANGUAGES: Final = ("es", "en")

_CODE = re.compile(r"[a-z0-9_]+\Z")
_PROTOCOLS: Final[Mapping[Capability, type]] = {
    Capability.RESUME: ResumesSubscriptions,
    Capability.PAUSE: PausesSubscriptions,
    Capability.MOVE_CHARGE: MovesCharges,
    Capability.HOLD: PausesBilling,
    Capability.FETCH: FetchesCheckouts,
    Capability.PRICE_OBJECTS: MakesPrices,
    Capability.REFUND: RefundsPayments,
    Capability.EXPIRE_CHECKOUT: ExpiresCheckouts,
    Capability.FETCH_PAYMENTS: FetchesPayments,
    Capability.FETCH_DISPUTES: FetchesDisputes,
    Capability.TAKE_EVIDENCE: TakesEvidence,
    Capability.LIST_EVENTS: ListsEvents,
    Capability.CHANGE_PLAN: ChangesPlans,
    Capability.APPROVE_CHANGE: AsksForChanges,
    Capability.PORTAL: HasPages,
    Capability.MANUAL: ConfirmsByHand,
}
_HOSTILE: Final = {
    "nothing": b"",
    "an object": b"{}",
    "an array": b"[]",
    "a text": b'"x"',
    "no JSON": b"<html>",
    "no UTF-8": b"\xff\xfe\x00",
    "deep nesting": b"[" * 100_000,
    "a megabyte": b'{"x": "' + b"y" * 1_000_000 + b'"}',
}


def gateways_without_simulator() -> list[str]:
    """Return the installed gateways that cannot be tested, because no simulator has an entry point of the same name."""
    simulated = {entry.name for entry in entry_points(group=SIMULATORS)}
    return sorted(entry.name for entry in entry_points(group=GATEWAYS) if entry.name not in simulated)


def descriptor_faults(name: str, descriptor: GatewayDescriptor) -> list[str]:
    """Return the faults of a descriptor registered under `name`."""
    faults = []
    if descriptor.code != name or not _CODE.match(descriptor.code):
        faults.append(f"the code {descriptor.code!r} must be the entry point's name {name!r}, of a-z, 0-9 and _")
    for what, words in (("label", descriptor.label), ("speed", descriptor.speed)):
        faults += [f"the {what} has no words in {lang!r}" for lang in LANGUAGES if not words.get(lang, "").strip()]
    if descriptor.currencies is not None and not all(re.fullmatch("[A-Z]{3}", code) for code in descriptor.currencies):
        faults.append("currencies must be ISO codes in capitals")
    if descriptor.settings.from_environ({}) is not None:
        faults.append("without any setting it must be disabled: from_environ({}) must be None")
    return faults


def gateway_faults(descriptor: GatewayDescriptor, gateway: PaymentGateway) -> list[str]:
    """Return the differences between a gateway and its descriptor."""
    faults = []
    if gateway.name != descriptor.code:
        faults.append(f"its name is {gateway.name!r}, the descriptor's code {descriptor.code!r}")
    if not gateway.capabilities <= descriptor.capabilities:
        faults.append(
            f"it has capabilities the descriptor does not name: {gateway.capabilities - descriptor.capabilities}"
        )
    for capability, protocol in _PROTOCOLS.items():
        if (capability in gateway.capabilities) != isinstance(gateway, protocol):
            faults.append(f"{capability} must be declared if, and only if, {protocol.__name__} is there")
    return faults


async def webhook_faults(gateway: PaymentGateway, received_at: datetime) -> list[str]:
    """Return the unauthenticated deliveries that the gateway did not refuse with InvalidSignature or
    MalformedWebhook.
    """
    faults = []
    for headers in ({}, {"authorization": "é", "content-type": "application/json"}):
        for what, body in _HOSTILE.items():
            request = WebhookRequest(headers=headers, body=body, received_at=received_at)
            try:
                event = await gateway.parse_webhook(request)
            except (InvalidSignature, MalformedWebhook):
                continue
            except Exception as error:  # Any other exception is the fault that this check looks for.
                faults.append(f"{what}: raised {type(error).__name__}")
                continue
            faults.append(f"{what}: was accepted without proof as {event.kind}")
    return faults
