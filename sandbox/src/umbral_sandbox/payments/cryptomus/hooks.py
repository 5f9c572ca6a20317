"""Webhooks of Cryptomus: each invoice names its own address, which receives every change of the invoice's status."""

import hashlib
import json
from datetime import timedelta
from typing import Final

from umbral_sandbox.payments.cryptomus import shapes
from umbral_sandbox.payments.cryptomus.account import PROVIDER, Account
from umbral_sandbox.payments.cryptomus.records import Invoice, JsonObject
from umbral_sandbox.payments.cryptomus.signing import signed
from umbral_sandbox.payments.webhooks import Patience, WebhookEndpoint

#: Retry schedule with few attempts; an unreachable endpoint is retried for a day.
PATIENCE: Final = Patience(
    later=(
        timedelta(seconds=5),
        timedelta(seconds=30),
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=1),
    ),
    give_up=timedelta(days=1),
    refusals=7,
)
TYPES: Final = frozenset(
    f"payment.{status}"
    for status in (
        "process",
        "check",
        "confirm_check",
        "paid",
        "paid_over",
        "wrong_amount",
        "wrong_amount_waiting",
        "fail",
        "cancel",
        "system_fail",
        "refund_process",
        "refund_fail",
        "refund_paid",
    )
)


def notify(account: Account, invoice: Invoice) -> None:
    """Send the current status of an invoice to the address that the invoice names."""
    send(account, invoice.url_callback, shapes.webhook(invoice))


def send(account: Account, url: str | None, told: JsonObject) -> None:
    """Sign and enqueue a body; without an address nothing is sent."""
    if url is None or account.webhooks_after_s is None:
        return
    endpoint = _endpoint(account, url)
    body = signed(told, endpoint.secret, account.settings.json_form)
    event = f"{told['uuid']}/{account.world.ids.next('cryptomus/webhook')}"
    after_s = account.webhooks_after_s
    account.sent.append(account.deliveries.enqueue(endpoint, event, f"payment.{told['status']}", body, after_s=after_s))


def resealed(account: Account, endpoint: WebhookEndpoint, body: str) -> str:
    """Return the body signed with the endpoint's current key. Raise ValueError for a body that is not an object."""
    try:
        payload = json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(payload, dict):
        raise ValueError("only an object can hold its own signature")
    return signed(payload, endpoint.secret, account.settings.json_form)


def rekey(account: Account, key: str) -> None:
    """Sign all webhooks with this key from now on, including pending webhooks."""
    for endpoint in list(account.deliveries.endpoints.values()):
        if endpoint.provider == PROVIDER:
            endpoint.secret = key
            account.deliveries.endpoints.put(endpoint.id, endpoint)


def _endpoint(account: Account, url: str) -> WebhookEndpoint:
    main = account.deliveries.main_endpoint(PROVIDER)
    # A seller who changed addresses receives the webhooks of earlier purchases at the new one.
    if main is not None and url in account.settings.seller_urls:
        return main
    key = f"{PROVIDER}_{hashlib.sha256(url.encode()).hexdigest()[:16]}"
    made = WebhookEndpoint(
        id=key,
        provider=PROVIDER,
        url=url,
        secret=account.settings.api_key or "",
        created=account.now(),
    )
    return account.deliveries.endpoints.get(key) or account.deliveries.endpoints.put(key, made)
