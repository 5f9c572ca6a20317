"""Pages of twenty subscriptions, which save one call per subscription (developer.paypal.com, "List subscriptions").

PayPal does not document which fields the list omits. A subscription without its billing fields is left out here and
fetched separately. If the list differs from our records, the subscription is fetched before any difference is applied.
"""

from typing import Final

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import SubscriptionPage
from subscriptions.infrastructure.payments.paypal.periods import next_billing, regular_cycle
from subscriptions.infrastructure.payments.paypal.prices import plan_of
from subscriptions.infrastructure.payments.paypal.references import is_subscription
from subscriptions.infrastructure.payments.paypal.subscriptions import raw_status, snapshot
from subscriptions.infrastructure.payments.paypal.wire import Wire
from subscriptions.infrastructure.providers.reader import Node

PAGE: Final = 20
_STATUS_ACTIVE: Final = "ACTIVE"
_STATUSES: Final = f"{_STATUS_ACTIVE},SUSPENDED"


class Listing:
    """Reader of pages of subscriptions. It fetches each billing plan once per run."""

    def __init__(self, wire: Wire, clock: Clock) -> None:
        self._wire = wire
        self._clock = clock
        self._plans = dict[str, Node | None]()

    async def page(self, cursor: str | None) -> SubscriptionPage:
        """Return a page of subscriptions. `cursor`: number of the page, from the previous page; None for the first
        page. Raises GatewayError if PayPal refuses a request or gives no usable answer.
        """
        if cursor is None:
            self._plans = {}
        number, fetched_at = int(cursor or 1), self._clock.now()
        parameters = {"statuses": _STATUSES, "page_size": str(PAGE), "page": str(number)}
        nodes = list((await self._wire.get("/v1/billing/subscriptions", parameters)).items("subscriptions"))
        whole_nodes = [each for each in [await self._whole(one) for one in nodes] if each is not None]
        onward = str(number + 1) if len(nodes) >= PAGE else None
        return SubscriptionPage(snapshots=[snapshot(each, fetched_at) for each in whole_nodes], next=onward)

    async def _whole(self, node: Node) -> Node | None:
        """Return a subscription with its billing plan. Return None if the id or the billing plan is unusable, or fields
        about the billing are missing.
        """
        billing, status = node.at("billing_info"), raw_status(node)
        is_owed = billing.count("failed_payments_count") is not None and billing.at("outstanding_balance").is_object
        has_date = status != _STATUS_ACTIVE or next_billing(node) is not None
        plan = await self._plan(node.text("plan_id") or "")
        if not (status and is_owed and has_date and plan is not None and is_subscription(node.text("id") or "")):
            return None
        return Node({**node.value, "plan": plan.value})

    async def _plan(self, ref: str) -> Node | None:
        if ref not in self._plans:
            node = await plan_of(self._wire, ref)
            self._plans[ref] = node if node is not None and regular_cycle(node).is_object else None
        return self._plans[ref]
