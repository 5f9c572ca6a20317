"""Simulated payment page with a bank account, and reports of whether the money arrived."""

import hashlib
import hmac
import html
import json
from collections.abc import Mapping
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, JsonValue

from umbral_sandbox.payments.deliveries import Deliveries
from umbral_sandbox.payments.money import to_minor, to_text
from umbral_sandbox.payments.simulator import (
    ActionRefused,
    CheckoutAction,
    CheckoutView,
    PaymentAction,
    PaymentView,
    Seller,
    SubscriptionAction,
    SubscriptionView,
    Webhooks,
)
from umbral_sandbox.payments.webhooks import Delivery, WebhookEndpoint
from umbral_sandbox.world.world import World


class Transfer(BaseModel):
    """Requested transfer and its result. paid: amount in minor units; None until it arrives."""

    checkout: str
    order: str
    minor: int
    currency: str
    url: str
    paid: int | None = None
    refused: bool = False


class TransferSimulator:
    """Simulator of one bank account. A transfer is stored once its page has been opened."""

    provider = "transfer"
    position = 90

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        self._world, self._deliveries = world, deliveries
        self._transfers = world.store.collection("transfer_transfers", Transfer)
        deliveries.sign_with(self.provider, _headers)

    def router(self) -> APIRouter:
        """Return the router with the route of the payment page."""
        router = APIRouter()

        @router.get("/transfer/pay")
        async def page(checkout: str, order: str, minor: int, currency: str, request: Request) -> HTMLResponse:
            asked = Transfer(checkout=checkout, order=order, minor=minor, currency=currency, url=str(request.url))
            if self._transfers.get(checkout) is None:
                self._transfers.put(checkout, asked)
                self._world.commit()
            what = f"{to_text(minor, currency)} {currency}, ES00 0000 0000 0000 0000 0000, {checkout}"
            return HTMLResponse(f"<!doctype html><title>Transfer</title><p>{html.escape(what)}</p>")

        return router

    async def live(self, now: datetime) -> None:
        """Do nothing, because there are no automatic events."""

    def configure(self, options: Mapping[str, str]) -> None:
        """Accept no options, because opening the account configures everything."""
        if options:
            raise ValueError(f"unknown options: {', '.join(sorted(options))}")

    def open_account(self, seller: Seller) -> dict[str, str]:
        """Return the gateway's settings, with a secret that is the same on each call in this world."""
        known = self._deliveries.main_endpoint(self.provider)
        secret = known.secret if known else self._world.ids.token("transfer/secret", 32)
        self._deliveries.set_webhook_endpoint(self.provider, seller.webhook_url, secret)
        return {"TRANSFER_PAGE": f"{seller.sandbox_url}/transfer/pay", "TRANSFER_SECRET": secret}

    def state(self) -> JsonValue:
        """Return all transfers."""
        return [each.model_dump(mode="json") for each in self.checkouts()]

    def checkouts(self) -> list[CheckoutView]:
        """Return every requested transfer."""
        return [
            CheckoutView(
                id=each.checkout,
                provider=self.provider,
                state="declined" if each.refused else "open" if each.paid is None else "paid",
                amount=to_text(each.minor, each.currency),
                currency=each.currency,
                url=each.url,
                reference=each.order,
            )
            for each in self._transfers.values()
        ]

    def act_on_checkout(
        self, key: str, action: CheckoutAction, amount: str | None = None, webhooks: Webhooks | None = None
    ) -> list[int]:
        """Report that the money arrived (`pay`) or will not arrive (`decline`)."""
        found = self._transfers.get(key)
        if found is None:
            raise ActionRefused(f"no checkout {key}", missing=True)
        if action not in {"pay", "decline"} or found.paid is not None or found.refused:
            raise ActionRefused(f"{action} is nothing that happens to this transfer now")
        if action == "pay":
            found.paid = to_minor(amount, found.currency) if amount is not None else found.minor
        else:
            found.refused = True
        self._transfers.put(key, found)
        return self._tell(found, "confirmed" if action == "pay" else "refused")

    def _tell(self, transfer: Transfer, word: str) -> list[int]:
        said = {
            "id": f"{transfer.checkout}:{word}",
            "type": f"transfer.{word}",
            "checkout": transfer.checkout,
            "order": transfer.order,
            "minor": transfer.minor if transfer.paid is None else transfer.paid,
            "currency": transfer.currency,
            "at": self._world.clock.timestamp(),
        }
        wanted = self._deliveries.endpoints_of(self.provider, str(said["type"]))
        return [self._deliveries.enqueue(each, str(said["id"]), str(said["type"]), json.dumps(said)) for each in wanted]

    def subscriptions(self) -> list[SubscriptionView]:
        """Return an empty list, because a bank has no subscriptions."""
        return []

    def act_on_subscription(self, key: str, action: SubscriptionAction, amount: str | None = None) -> list[int]:
        """Refuse every action, because a bank has no subscriptions."""
        raise ActionRefused(f"no subscription {key}", missing=True)

    def payments(self) -> list[PaymentView]:
        """Return every transfer whose money arrived."""
        return [
            PaymentView(
                id=each.checkout,
                provider=self.provider,
                state="paid",
                amount=to_text(each.paid, each.currency),
                currency=each.currency,
                reference=each.order,
            )
            for each in self._transfers.values()
            if each.paid is not None
        ]

    def act_on_payment(self, key: str, action: PaymentAction, amount: str | None = None) -> list[int]:
        """Refuse every action, because a transfer cannot be refunded."""
        raise ActionRefused(f"{action} is nothing that happens to a transfer")


def _headers(endpoint: WebhookEndpoint, delivery: Delivery, at: datetime) -> dict[str, str]:
    moment = int(at.timestamp())
    signed = f"{moment}.{delivery.body}".encode()
    mark = hmac.new(endpoint.secret.encode(), signed, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "Transfer-Seal": f"{moment}.{mark}"}
