"""A promotion in the demo: opened by its link, charged and renewed as shown."""

from __future__ import annotations

import pytest

from tests.support.demo import Demo, find

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]


@pytest.mark.parametrize(
    ("code", "first_only", "method", "later"),
    [("PRIMERO", "true", "Tarjeta", "29.99"), ("SIEMPRE", "false", "PayPal", "23.99")],
)
def test_discounted_plan_is_charged_and_renewed_at_the_shown_prices(
    demo: Demo, code: str, first_only: str, method: str, later: str
) -> None:
    """With the code's link, the shown price is charged now and at the renewal."""
    demo.sql(
        "INSERT INTO promotions (id, code, percent, first_only, once, created_at)"
        f" VALUES (gen_random_uuid(), '{code}', 20, {first_only}, true, now())"
    )
    before = {item["id"] for item in demo.get("/subscriptions")["subscriptions"]}
    hugo = demo.person("Hugo")
    hugo.open(f"https://t.me/{demo.facts['bot_username']}?start=promo_{code.lower()}")
    taken = hugo.received(f"Código {code}: 20\xa0% menos", button="Retabet")
    hugo.press(taken, find(taken, "Retabet")["text"])
    card = hugo.received("Plan Retabet", button="Suscribirse", after=taken["seq"])
    assert "23,99\xa0€" in card["text"]
    url = hugo.chosen(card, method)
    assert demo.checkout_of(url)["amount"] == "23.99"
    demo.pay(url)
    hugo.join(hugo.invited("Retabet"))
    (ref,) = {str(item["id"]) for item in demo.get("/subscriptions")["subscriptions"]} - before
    provider_code = "stripe" if method == "Tarjeta" else "paypal"
    seq = hugo.messages()[-1]["seq"]
    demo.post(f"/subscriptions/{provider_code}/{ref}/renew")
    hugo.received("enovad", after=seq)
    mine = f"SELECT c.id FROM customers c WHERE c.telegram_id = {hugo.id}"
    flags = f"SELECT string_agg(coalesce(flag, 'counted'), ' ') FROM payments WHERE customer_id IN ({mine})"
    assert demo.sql(flags) == "counted counted"
    paid = "SELECT string_agg((amount_minor / 100.0)::numeric(9,2)::text, ' ' ORDER BY occurred_at, recorded_at)"
    assert demo.sql(f"{paid} FROM payments WHERE customer_id IN ({mine})") == f"23.99 {later}"
    uses = "SELECT count(*) FROM promotion_uses JOIN promotions ON promotions.id = promotion_id"
    assert demo.sql(f"{uses} WHERE code = '{code}'") == 1
