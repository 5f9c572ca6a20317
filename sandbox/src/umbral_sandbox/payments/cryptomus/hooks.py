"""Webhooks: each invoice names its own address, and each change of its state is told there."""

import hashlib
import json
from datetime import timedelta
from typing import Final

from umbral_sandbox.payments.cryptomus import shapes
from umbral_sandbox.payments.cryptomus.account import PROVIDER, Account
from umbral_sandbox.payments.cryptomus.records import Invoice, JsonObject
from umbral_sandbox.payments.cryptomus.signing import signed
from umbral_sandbox.payments.webhooks import Patience, WebhookEndpoint

#: A few times, and no more; a receiver that is down is tried for a day.
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
    """Tell the present state of an invoice to the address it names."""
    send(account, invoice.url_callback, shapes.webhook(invoice))


def send(account: Account, url: str | None, told: JsonObject) -> None:
    """Have a body signed and delivered; without an address nobody is told."""
    if url is None or account.webhooks_after_s is None:
        return
    endpoint = _endpoint(account, url)
    body = signed(told, endpoint.secret, account.settings.json_form)
    event = f"{told['uuid']}/{account.world.ids.next('cryptomus/webhook')}"
    after_s = account.webhooks_after_s
    account.sent.append(account.deliveries.enqueue(endpoint, event, f"payment.{told['status']}", body, after_s=after_s))


def resealed(account: Account, endpoint: WebhookEndpoint, body: str) -> str:
    """A body as it is sent now: signed with the endpoint's present key. ValueError for a body that is no object."""
    try:
        payload = json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(payload, dict):
        raise ValueError("only an object can hold its own signature")
    return signed(payload, endpoint.secret, account.settings.json_form)


def rekey(account: Account, key: str) -> None:
    """From now on webhooks are signed with this key, those that wait too."""
    for endpoint in list(account.deliveries.endpoints.values()):
        if endpoint.provider == PROVIDER:
            endpoint.secret = key
            account.deliveries.endpoints.put(endpoint.id, endpoint)


def _endpoint(account: Account, url: str) -> WebhookEndpoint:
    main = account.deliveries.main_endpoint(PROVIDER)
    # A seller who moved is told at the new address what was bought before.
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
