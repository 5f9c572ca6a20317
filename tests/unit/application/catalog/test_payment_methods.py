"""Check that the methods offered to customers and accepted at the checkout are those configured by the owners, and that
each change is audited.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.catalog.see_methods import SeeMethods
from subscriptions.application.checkout.purchase_terms import NoPaymentMethod
from subscriptions.application.checkout.try_method import TryMethod
from subscriptions.application.people.staff_desk import NotAllowed, StaffDesk
from subscriptions.application.staff.actor import SHELL, Caller
from subscriptions.application.staff.command import NothingToDo
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.services.method_policy import in_order, offered_methods
from tests.fakes.provider import Provider
from tests.fakes.samples import NOON
from tests.fakes.shop import Shop, memory_shop
from tests.fakes.staff import Staff

OLGA = TelegramId(7)


def wish(provider: str, position: int, *, on: bool = True) -> PaymentMethod:
    return PaymentMethod(provider=provider, enabled=on, position=position, changed_at=NOON)


@pytest.mark.parametrize(
    ("wishes", "seen"),
    [
        ([], ("a", "b", "c")),
        ([wish("c", 0)], ("c", "a", "b")),
        ([wish("b", 5), wish("c", 1)], ("c", "b", "a")),
        ([wish("a", 0, on=False), wish("c", 1)], ("c", "b")),
        ([wish("gone", 0), wish("b", 1)], ("b", "a", "c")),
        ([wish(code, 0, on=False) for code in "abc"], ()),
    ],
    ids=["none", "one first", "two", "one disabled", "one no longer configured", "all disabled"],
)
def test_offered_methods_follow_the_operators_order(wishes: list[PaymentMethod], seen: tuple[str, ...]) -> None:
    assert offered_methods(("a", "b", "c"), wishes) == seen
    assert set(in_order(("a", "b", "c"), wishes)) == {"a", "b", "c"}


class Arrange:
    """Commands of an owner on payment methods, and views of the methods. A command without effect returns False."""

    def __init__(self, shop: Shop) -> None:
        see = SeeMethods(shop.units, StaffDesk(shop.units, shop.clock), shop.gateways)
        self.all, self.one = see.all, see.one
        self._act = Staff(shop)

    async def switch(self, caller: Caller, code: str, *, on: bool) -> bool:
        return await self._done(caller, "show_payment_method" if on else "hide_payment_method", code)

    async def move(self, caller: Caller, code: str, *, up: bool) -> bool:
        return await self._done(caller, "raise_payment_method" if up else "lower_payment_method", code)

    async def _done(self, caller: Caller, name: str, code: str) -> bool:
        try:
            await self._act(caller, name, code)
        except NothingToDo:
            return False
        return True


async def two_methods() -> tuple[Shop, Arrange]:
    """Open a shop with two payment methods and an owner who accepted the terms."""
    shop = memory_shop()
    shop.gateways.gateways["other"] = Provider(shop.clock, name="other")
    await shop.customer(telegram_id=OLGA, staff_role=StaffRole.OWNER)
    return shop, Arrange(shop)


def trying(shop: Shop) -> TryMethod:
    return TryMethod(shop.units, shop.clock, StaffDesk(shop.units, shop.clock), shop.plans, shop.start)


async def test_disabled_method_is_neither_offered_nor_accepted_at_checkout() -> None:
    shop, arrange = await two_methods()
    plan, ana = await shop.plan(), await shop.customer()
    assert (await shop.plans.one(plan.soft_id)).methods == ("acme", "other")

    assert await arrange.switch(OLGA, "acme", on=False)
    assert (await shop.plans.one(plan.soft_id)).methods == ("other",)
    with pytest.raises(NoPaymentMethod):
        await shop.start(ana.telegram_id, plan.soft_id, "acme")
    assert (await shop.start(ana.telegram_id, plan.soft_id)).provider == "other"
    assert shop.gateways.get("acme") is not None

    assert await arrange.switch(OLGA, "acme", on=True)
    assert (await shop.start(ana.telegram_id, plan.soft_id, "acme")).provider == "acme"


async def test_existing_subscriptions_are_charged_while_their_payment_method_is_disabled() -> None:
    shop, arrange = await two_methods()
    plan, ana = await shop.plan(), await shop.customer()
    _, session = await shop.checkout(ana, plan)
    done, late = shop.provider.pay(session)
    assert await arrange.switch(OLGA, "acme", on=False)
    assert await shop.webhook(done)
    await shop.deliver(late)
    shop.clock.advance(timedelta(days=30))
    await shop.deliver(shop.provider.renew(str(late.subscription_ref), plan.price))
    held = await shop.holding(ana, plan)
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert len(held.payments) == 2


async def test_nothing_is_sold_while_all_methods_are_disabled() -> None:
    shop, arrange = await two_methods()
    plan, ana = await shop.plan(), await shop.customer()
    for code in ("acme", "other"):
        assert await arrange.switch(OLGA, code, on=False)
    assert not any(item.sells for item in await arrange.all(OLGA))
    with pytest.raises(NoPaymentMethod):
        await shop.start(ana.telegram_id, plan.soft_id)


async def test_customers_see_the_methods_in_the_operators_order() -> None:
    shop, arrange = await two_methods()
    plan, ana = await shop.plan(), await shop.customer()
    assert await arrange.move(OLGA, "other", up=True)
    assert (await shop.plans.one(plan.soft_id)).methods == ("other", "acme")
    assert (await shop.start(ana.telegram_id, plan.soft_id)).provider == "other"
    assert not await arrange.move(OLGA, "other", up=True)
    assert await arrange.move(OLGA, "other", up=False)
    assert [item.code for item in await arrange.all(OLGA)] == ["acme", "other"]
    assert not await arrange.move(OLGA, "unknown", up=True)


async def test_repeated_change_of_a_payment_method_is_audited_once() -> None:
    shop, arrange = await two_methods()
    for _ in range(2):
        await arrange.switch(OLGA, "acme", on=False)
    async with shop.units() as uow:
        lines = await uow.audit.of_subject("acme", 10)
        rows = {row.provider: row for row in await uow.payment_methods.all()}
    assert [(line.actor, line.action, line.facts) for line in lines] == [
        (str(OLGA), "payment_method.arrange", {"on": "false"})
    ]
    assert (rows["acme"].enabled, rows["acme"].changed_by) == (False, OLGA)


async def test_shell_can_disable_a_payment_method() -> None:
    shop, arrange = await two_methods()
    assert await arrange.switch(SHELL, "acme", on=False)
    async with shop.units() as uow:
        rows = {row.provider: row for row in await uow.payment_methods.all()}
    assert (rows["acme"].enabled, rows["acme"].changed_by) == (False, None)


@pytest.mark.parametrize("role", [None, StaffRole.SUPPORT, StaffRole.MANAGER], ids=str)
async def test_only_owners_may_arrange_and_test_payment_methods(role: StaffRole | None) -> None:
    shop, arrange = await two_methods()
    plan, person = await shop.plan(), await shop.customer(staff_role=role)
    who = person.telegram_id
    for refused in (arrange.all(who), arrange.switch(who, "acme", on=False), arrange.move(who, "acme", up=False)):
        with pytest.raises(NotAllowed):
            await refused
    for refused in (trying(shop).plans(who, "acme"), trying(shop)(who, "acme", plan.soft_id)):
        with pytest.raises(NotAllowed):
            await refused
    assert shop.provider.requests == []


async def test_missing_settings_of_a_payment_method_are_named() -> None:
    shop, arrange = await two_methods()
    shop.gateways.wrong["other"] = [("OTHER_KEY", "is missing; put the key here")]
    found = await arrange.one(OLGA, "other")
    assert found is not None
    assert [(item.name, item.problem) for item in found.settings if item.problem] == [
        ("OTHER_KEY", "is missing; put the key here")
    ]
    assert found.is_broken
    assert await arrange.one(OLGA, "unknown") is None


async def test_owner_can_test_a_method_hidden_from_customers() -> None:
    shop, arrange = await two_methods()
    dear, cheap = await shop.plan(), await shop.plan(price=Money(999, "EUR"))
    await arrange.switch(OLGA, "other", on=False)
    test = trying(shop)
    assert [plan.soft_id for plan in await test.plans(OLGA, "other")] == [cheap.soft_id, dear.soft_id]
    checkout = await test(OLGA, "other", cheap.soft_id)
    assert checkout.provider == "other"
    async with shop.units() as uow:
        lines = await uow.audit.of_subject("other", 1)
    assert lines[0].facts == {"order": checkout.reference, "plan": cheap.soft_id}


async def test_second_payment_of_an_order_on_another_checkout_page_is_refunded() -> None:
    shop, _ = await two_methods()
    other = shop.gateways.gateways["other"]
    assert isinstance(other, Provider)
    plan, ana = await shop.plan(), await shop.customer()
    _, session = await shop.checkout(ana, plan)
    view = await shop.start(ana.telegram_id, plan.soft_id, "other")
    another = next(found.id for found in other.sessions.values() if found.url == view.url)
    late = shop.provider.pay(session)[1]
    await shop.deliver(other.pay(another)[1])
    await shop.close_what_is_open()
    await shop.deliver(late)
    held = await shop.holding(ana, plan)
    assert held.subscription.provider == "other"
    assert {payment.provider: payment.flag for payment in held.payments} == {
        "other": None,
        "acme": FlagReason.SECOND_CAPTURE,
    }
    await shop.give_back()
    assert list(shop.provider.refunds.values()) == [late.payment_key]
    async with shop.units() as uow:
        assert [item.provider for item in await uow.receipts.of_customer(ana.id, 9)] == ["other"]
