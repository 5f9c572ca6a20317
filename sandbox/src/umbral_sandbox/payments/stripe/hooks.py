"""Handlers of the Stripe API's operations on webhook endpoints."""

from urllib.parse import urlsplit

from pydantic import JsonValue

from umbral_sandbox.payments.stripe.account import PROVIDER, Account
from umbral_sandbox.payments.stripe.ask import Ask
from umbral_sandbox.payments.stripe.errors import StripeError
from umbral_sandbox.payments.stripe.events import TYPES, VERSIONS
from umbral_sandbox.payments.stripe.records import JsonObject
from umbral_sandbox.payments.webhooks import WebhookEndpoint


def create_endpoint(account: Account, ask: Ask) -> JsonObject:
    """Handle ``POST /v1/webhook_endpoints``: create an endpoint; only this response contains the secret."""
    given = ask.given
    url, events, version = given.text("url") or "", given.texts("enabled_events"), given.text("api_version")
    if urlsplit(url).scheme not in {"http", "https"}:
        raise StripeError("Invalid URL: must be a valid URL.", code="url_invalid", param="url")
    for index, each in enumerate(events):
        if each not in {*TYPES, "*"} and "." not in each:
            raise StripeError(
                f"Invalid enabled_events[{index}]: must be an event type", param=f"enabled_events[{index}]"
            )
    if version is not None and version not in VERSIONS:
        raise StripeError(f"Invalid API version: {version}", param="api_version")
    endpoint = WebhookEndpoint(
        id=account.ids.new("we"),
        provider=PROVIDER,
        url=url,
        secret=account.ids.new("whsec"),
        created=account.now(),
        api_version=version,
        enabled_events=events,
        description=given.text("description"),
    )
    account.deliveries.endpoints.put(endpoint.id, endpoint)
    return draw_endpoint(endpoint) | {"secret": endpoint.secret}


def list_endpoints(account: Account, ask: Ask) -> JsonObject:
    """Handle ``GET /v1/webhook_endpoints``."""
    mine = [each for each in account.deliveries.endpoints.values() if each.provider == PROVIDER]
    size = ask.given.number("limit") or 10
    data: list[JsonValue] = [draw_endpoint(each) for each in mine[:size]]
    return {"object": "list", "data": data, "has_more": len(mine) > size, "url": "/v1/webhook_endpoints"}


def draw_endpoint(endpoint: WebhookEndpoint) -> JsonObject:
    """Return an endpoint in its wire format."""
    events: list[JsonValue] = [*(endpoint.enabled_events or ["*"])]
    return {
        "id": endpoint.id,
        "object": "webhook_endpoint",
        "api_version": endpoint.api_version,
        "application": None,
        "created": endpoint.created,
        "description": endpoint.description,
        "enabled_events": events,
        "livemode": False,
        "metadata": {},
        "status": "enabled" if endpoint.enabled else "disabled",
        "url": endpoint.url,
    }
