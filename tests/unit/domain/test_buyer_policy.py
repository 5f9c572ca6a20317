"""Buyer rules of plans, and plans that no customer could ever buy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.entities.service_plan import Buyers, Listing, PerPerson, ServicePlan
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import Money
from subscriptions.domain.services.buyer_policy import Buyer, BuyerRefusal, refusal, refuse_unreachable
from tests.fakes import samples

FREE = {"price": Money(0, "EUR")}
PAID_ONCE: dict[str, Any] = {"recurring": False, "interval": None, "duration_days": 30}


def plan(**more: Any) -> ServicePlan:
    return samples.plan(**{"soft_id": "this", **PAID_ONCE, **more})


NEW = Buyer()


def had(item: ServicePlan) -> Buyer:
    return Buyer(past_plans={item.id}, was_customer=True)


def has(item: ServicePlan) -> Buyer:
    return Buyer(past_plans={item.id}, was_customer=True, live={item.soft_id})


FORMER = Buyer(was_customer=True)
HOLDER = Buyer(was_customer=True, live={"base"})
NEWCOMERS, CUSTOMERS = {"buyers": Buyers.NEWCOMERS}, {"buyers": Buyers.CUSTOMERS}
ONCE = {"per_person": PerPerson.ONCE}
MONTHLY = {"recurring": True, "interval": samples.plan().interval, "duration_days": None}


@pytest.mark.parametrize(
    ("rules", "buyer", "why"),
    [
        ({}, NEW, None),
        ({}, had, None),
        (NEWCOMERS, NEW, None),
        (NEWCOMERS, FORMER, BuyerRefusal.NEWCOMERS),
        (NEWCOMERS, HOLDER, BuyerRefusal.NEWCOMERS),
        (NEWCOMERS | MONTHLY, has, None),
        (CUSTOMERS, NEW, BuyerRefusal.CUSTOMERS),
        (CUSTOMERS, FORMER, None),
        (CUSTOMERS, HOLDER, None),
        (ONCE, NEW, None),
        (ONCE, FORMER, None),
        (ONCE, had, BuyerRefusal.ONE_PURCHASE),
        (ONCE, has, BuyerRefusal.ONE_PURCHASE),
        (ONCE | MONTHLY, had, BuyerRefusal.ONE_PURCHASE),
        (ONCE | MONTHLY, has, None),
        (FREE, NEW, None),
        (FREE, had, BuyerRefusal.ONE_PURCHASE),
        (FREE | MONTHLY, has, BuyerRefusal.ONE_PURCHASE),
        (FREE | {"per_person": PerPerson.UNLIMITED}, had, None),
        ({"buyers": Buyers.CODE}, FORMER, BuyerRefusal.CODE),
        ({"holders_of": frozenset({"base", "other"})}, HOLDER, None),
        ({"holders_of": frozenset({"other"})}, HOLDER, BuyerRefusal.HOLDERS),
        ({"holders_of": frozenset({"base"})}, FORMER, BuyerRefusal.HOLDERS),
        ({"holders_of": frozenset({"base"}), **ONCE}, HOLDER, None),
        ({"listing": Listing.HIDDEN}, NEW, None),
    ],
)
def test_buyer_rules_admit_eligible_buyers_and_give_a_reason_for_each_refusal(
    rules: dict[str, Any], buyer: Any, why: BuyerRefusal | None
):
    item = plan(**rules)
    assert refusal(item, buyer(item) if callable(buyer) else buyer) is why


def test_unlisted_plan_for_code_holders_can_be_bought_with_its_code():
    item = plan(buyers=Buyers.CODE)
    assert refusal(item, Buyer(codes={item.id})) is None
    assert (item.is_listed, plan(listing=Listing.HIDDEN).is_listed, plan().is_listed) == (False, False, True)


def test_plan_with_buyer_rules_is_not_giftable():
    assert plan().giftable
    assert not any(plan(**rules).giftable for rules in (NEWCOMERS, CUSTOMERS, ONCE, {"buyers": Buyers.CODE}))


def test_plan_for_new_customers_cannot_require_another_plan():
    with pytest.raises(InvalidInput, match="holders_of"):
        plan(buyers=Buyers.NEWCOMERS, holders_of=frozenset({"base"}))


NAMES = ("a", "b", "c", "d", "e")


@given(st.fixed_dictionaries({name: st.frozensets(st.sampled_from(NAMES), max_size=3) for name in NAMES}))
def test_plan_requirements_are_refused_if_and_only_if_they_make_a_plan_impossible_to_buy(
    asks: dict[str, frozenset[str]],
):
    """The result is compared with simulated purchases: a customer without plans repeatedly buys every allowed plan."""
    plans = [plan(soft_id=name, holders_of=needed) for name, needed in asks.items()]
    live = set[str]()
    for _ in plans:
        live |= {each.soft_id for each in plans if refusal(each, Buyer(live=live)) is None}
    if live == set(NAMES):
        refuse_unreachable(plans)
    else:
        with pytest.raises(InvalidInput, match="circle"):
            refuse_unreachable(plans)


def test_refusal_names_plans_that_require_each_other_and_missing_required_plans():
    base = plan(soft_id="base")
    one, other = plan(soft_id="a", holders_of=frozenset({"b"})), plan(soft_id="b", holders_of=frozenset({"a"}))
    with pytest.raises(InvalidInput, match="a needs b, b needs a"):
        refuse_unreachable([base, one, other])
    refuse_unreachable([base, one, replace(other, holders_of=frozenset({"a", "base"}))])
    with pytest.raises(InvalidInput, match="there is no plan gone"):
        refuse_unreachable([plan(holders_of=frozenset({"gone"}))])
