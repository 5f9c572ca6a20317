"""Handlers of the PayPal API's operations on webhooks and their events, and the verification of webhook signatures."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import urlencode, urlsplit

from pydantic import JsonValue

from umbral_sandbox.payments.paypal.account import PROVIDER, Account, found
from umbral_sandbox.payments.paypal.ask import Ask, Reply
from umbral_sandbox.payments.paypal.errors import PayPalError, missing
from umbral_sandbox.payments.paypal.events import TYPES
from umbral_sandbox.payments.paypal.records import JsonObject
from umbral_sandbox.payments.paypal.shapes.common import link
from umbral_sandbox.payments.paypal.signing import ALGORITHM, is_ours, signed_text
from umbral_sandbox.payments.webhooks import WebhookEndpoint

_DECODER: Final = json.JSONDecoder()
_BLANK: Final = " \t\r\n"


def create_webhook(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v1/notifications/webhooks``."""
    url = ask.given.text("url") or ""
    names = [each.text("name") or "" for each in ask.given.trees("event_types")]
    if urlsplit(url).scheme not in {"http", "https"}:
        raise PayPalError("VALIDATION_ERROR", message="Invalid data provided")
    if any(each.url == url for each in _mine(account)):
        raise PayPalError("WEBHOOK_URL_ALREADY_EXISTS", message="Webhook URL already exists")
    if [each for each in names if each not in {*TYPES, "*"}]:
        raise PayPalError("INVALID_EVENT_TYPE", message="Event type is not valid")
    key = account.ids.new("webhook")
    endpoint = WebhookEndpoint(
        id=f"{PROVIDER}_{key}", provider=PROVIDER, url=url, secret=key, created=account.now(), enabled_events=names
    )
    account.deliveries.endpoints.put(endpoint.id, endpoint)
    return Reply(201, _draw(account, endpoint))


def list_webhooks(account: Account, ask: Ask) -> Reply:
    """Handle ``GET /v1/notifications/webhooks``."""
    webhooks: list[JsonValue] = [_draw(account, each) for each in _mine(account)]
    return Reply(200, {"webhooks": webhooks})


def read_webhook(account: Account, ask: Ask) -> Reply:
    """Handle ``GET /v1/notifications/webhooks/{id}``."""
    return Reply(200, _draw(account, _webhook(account, ask.id)))


def delete_webhook(account: Account, ask: Ask) -> Reply:
    """Handle ``DELETE /v1/notifications/webhooks/{id}``."""
    account.deliveries.endpoints.delete(_webhook(account, ask.id).id)
    return Reply(204)


def list_events(account: Account, ask: Ask) -> Reply:
    """Handle ``GET /v1/notifications/webhooks-events``: return events, newest first, in pages that link to the next
    page.
    """
    query = ask.query
    wanted, since, until = query.get("event_type"), _time(query, "start_time"), _time(query, "end_time")
    matching = [
        each
        for each in sorted(account.events.values(), key=lambda each: -each.seq)
        if wanted in {None, each.type}
        and (since is None or each.created >= since)
        and (until is None or each.created <= until)
    ]
    size, skipped = min(_whole(query, "page_size", 10), 300), _whole(query, "offset", 0)
    shown: list[JsonValue] = [json.loads(each.body) for each in matching[skipped : skipped + size]]
    links: list[JsonValue] = []
    if len(matching) > skipped + size:
        further = urlencode({**query, "offset": skipped + size, "move_to": "next"})
        links.append(link(f"{account.api}/v1/notifications/webhooks-events?{further}", "next"))
    return Reply(200, {"events": shown, "count": len(shown), "links": links})


def _time(query: Mapping[str, str], name: str) -> float | None:
    text = query.get(name)
    try:
        return None if text is None else datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise PayPalError("VALIDATION_ERROR", message="Invalid data provided") from None


def _whole(query: Mapping[str, str], name: str, usual: int) -> int:
    return int(text) if (text := query.get(name, "")).isdecimal() else usual


def read_event(account: Account, ask: Ask) -> Reply:
    """Handle ``GET /v1/notifications/webhooks-events/{id}``."""
    return Reply(200, json.loads(found(account.events, ask.id).body))


def resend_event(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v1/notifications/webhooks-events/{id}/resend``."""
    event = found(account.events, ask.id)
    for endpoint in account.deliveries.endpoints_of(PROVIDER, event.type):
        account.deliveries.enqueue(endpoint, event.id, event.type, event.body)
    return Reply(202, json.loads(event.body))


def verify_signature(account: Account, ask: Ask) -> Reply:
    """Handle ``POST /v1/notifications/verify-webhook-signature``: verify the exact bytes of ``webhook_event``."""
    given = ask.given
    webhook = given.text("webhook_id") or ""
    text = signed_text(
        given.text("transmission_id") or "",
        given.text("transmission_time") or "",
        webhook,
        raw_member(ask.raw, "webhook_event").encode(),
    )
    known = any(each.secret == webhook for each in _mine(account))
    # The certificate must be one that was issued.
    certificate = (given.text("cert_url") or "").rpartition("/")[2]
    genuine = (
        known
        and certificate in account.certificates
        and given.text("auth_algo") == ALGORITHM
        and is_ours(account, text, given.text("transmission_sig") or "")
    )
    return Reply(200, {"verification_status": "SUCCESS" if genuine else "FAILURE"})


def raw_member(text: str, name: str) -> str:
    """Return a member of the JSON object ``text`` exactly as written; an empty text if the member is missing."""
    at, found_text = text.index("{") + 1, ""
    while True:
        at = _skip(text, at)
        if text[at] == "}":
            return found_text
        member, at = _DECODER.raw_decode(text, at)
        begins = _skip(text, _skip(text, at) + 1)
        _, at = _DECODER.raw_decode(text, begins)
        if member == name:
            found_text = text[begins:at]
        at = _skip(text, at)
        if text[at] == ",":
            at += 1


def _skip(text: str, at: int) -> int:
    while text[at] in _BLANK:
        at += 1
    return at


def _mine(account: Account) -> list[WebhookEndpoint]:
    return [each for each in account.deliveries.endpoints.values() if each.provider == PROVIDER]


def _webhook(account: Account, key: str) -> WebhookEndpoint:
    for each in _mine(account):
        if each.secret == key:
            return each
    raise missing(key)


def _draw(account: Account, endpoint: WebhookEndpoint) -> JsonObject:
    names: list[JsonValue] = [{"name": each} for each in endpoint.enabled_events or ["*"]]
    here = f"{account.api}/v1/notifications/webhooks/{endpoint.secret}"
    links: list[JsonValue] = [link(here, "self"), link(here, "update", "PATCH"), link(here, "delete", "DELETE")]
    return {"id": endpoint.secret, "url": endpoint.url, "event_types": names, "links": links}
