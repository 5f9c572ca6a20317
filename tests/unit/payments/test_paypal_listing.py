"""Check that incomplete entries in PayPal's list of subscriptions are left out and fetched separately."""

from __future__ import annotations

from typing import Any

import pytest

from subscriptions.infrastructure.payments.paypal.gateway import PayPalGateway
from tests.support.paypal import plan, subscription
from tests.support.paypal_server import Server, gateway, server

__all__ = ["gateway", "server"]

LIST, PLAN = "GET /v1/billing/subscriptions", "GET /v1/billing/plans/P-5ML4271244454362WXNWU5NQ"


def listed(**changes: Any) -> dict[str, Any]:
    """Return a subscription as an entry of PayPal's list, which does not contain the plan."""
    return {name: value for name, value in subscription(**changes).items() if name != "plan"}


def billing(*without: str) -> dict[str, Any]:
    return {name: value for name, value in subscription()["billing_info"].items() if name not in without}


@pytest.mark.parametrize(
    "lacking",
    [
        {"billing_info": None},
        {"billing_info": billing("failed_payments_count")},
        {"billing_info": billing("outstanding_balance")},
        {"billing_info": billing("next_billing_time")},
        {"plan_id": None},
        {"status": None},
        {"id": "somebody else's"},
    ],
    ids=str,
)
async def test_incomplete_list_entry_is_left_out(
    server: Server, gateway: PayPalGateway, lacking: dict[str, Any]
) -> None:
    server.answer(LIST, {"subscriptions": [listed(**lacking), listed()]})
    server.answer(PLAN, plan())
    page = await gateway.list_subscriptions(None)
    assert ([each.ref for each in page.snapshots], page.next) == ([subscription()["id"]], None)


async def test_entries_whose_plan_is_missing_are_left_out(server: Server, gateway: PayPalGateway) -> None:
    server.answer(LIST, {"subscriptions": [listed()] * 20})
    server.answer(PLAN, {"name": "RESOURCE_NOT_FOUND"}, status=404)
    page = await gateway.list_subscriptions("3")
    assert (page.snapshots, page.next) == ([], "4")
    assert len(server.named(PLAN)) == 1
