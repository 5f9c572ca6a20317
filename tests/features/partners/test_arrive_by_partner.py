"""Customers referred by a partner's link, and refused cases: the partner, a circle of partners, existing customers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from features.partners.use_cases.arrive_by_partner import ReferralOutcome
from features.partners.use_cases.show_statement import ShowStatement
from subscriptions.application.staff.actor import SHELL
from subscriptions.domain.ids import CustomerId, TelegramId
from tests.fakes.shop import memory_shop
from tests.fakes.staff import Staff
from tests.features.partners.fakes import Partnering, partnering


@pytest.fixture
async def there() -> Partnering:
    shop = memory_shop()
    return await partnering(shop, await shop.customer())


async def brought_by(there: Partnering, customer_id: CustomerId) -> object:
    async with there.shop.units() as uow:
        customer = await uow.customers.get(customer_id)
    assert customer is not None
    return customer.brought_by


async def refusals(there: Partnering) -> list[tuple[str, str]]:
    """Return the refused attempts at self-dealing in the audit log."""
    lines = there.shop.memory.tables["audit_log"] if there.shop.memory is not None else []
    return [(line.subject, line.reason) for line in lines if line.action == "partner.refuse"]


async def test_customer_referred_by_two_partners_stays_assigned_to_the_first_partner(there: Partnering) -> None:
    customer = await there.shop.customer(telegram_id=TelegramId(777))
    other = await partnering(there.shop, await there.shop.customer(telegram_id=TelegramId(778)), code="OTRO")

    assert await there.arrives(customer, " socia ") is ReferralOutcome.BROUGHT
    assert await other.arrives(customer) is ReferralOutcome.KNOWN
    assert await there.arrives(customer) is ReferralOutcome.KNOWN

    assert await brought_by(there, customer.id) == there.partner.id
    statement = await ShowStatement(there.shop.units, there.shop.clock)(TelegramId(778))
    assert statement is not None
    assert statement.link == "https://t.me/umbral_bot?start=p_OTRO"
    assert (statement.reach.came, statement.balances, statement.has_ended) == (0, [], False)


@pytest.mark.parametrize("code", ["NADIE", "", "¿?", "A" * 25, "'; DROP TABLE partners"])
async def test_unknown_code_refers_no_customer(there: Partnering, code: str) -> None:
    customer = await there.shop.customer(telegram_id=TelegramId(777))

    assert await there.arrives(customer, code or " ") is ReferralOutcome.UNKNOWN
    assert await brought_by(there, customer.id) is None


async def test_partner_whose_agreement_ended_refers_no_customer(there: Partnering) -> None:
    customer = await there.shop.customer(telegram_id=TelegramId(777))
    await Staff(there.shop)(SHELL, "end_partner", "socia")

    assert await there.arrives(customer) is ReferralOutcome.ENDED
    assert await brought_by(there, customer.id) is None


async def test_customer_who_already_paid_or_was_referred_is_assigned_to_no_partner(there: Partnering) -> None:
    plan, old = await there.shop.plan(), await there.shop.customer(telegram_id=TelegramId(777))
    _, session = await there.shop.checkout(old, plan)
    await there.shop.deliver(*there.shop.provider.pay(session))
    referred = await there.shop.customer(telegram_id=TelegramId(778), referrer_id=old.id)

    assert [await there.arrives(each) for each in (old, referred)] == [ReferralOutcome.KNOWN, ReferralOutcome.KNOWN]


async def test_partner_referred_by_their_own_link_or_a_circle_of_partners_is_refused_and_recorded(
    there: Partnering,
) -> None:
    shop = there.shop
    async with shop.units() as uow:
        owner = await uow.customers.get(there.partner.customer_id)
    assert owner is not None
    assert await there.arrives(owner) is ReferralOutcome.OWN

    second = await shop.customer(telegram_id=TelegramId(777))
    assert await there.arrives(second) is ReferralOutcome.BROUGHT
    of_second = await partnering(shop, second, code="SEGUNDA")
    third = await shop.customer(telegram_id=TelegramId(778))
    assert await of_second.arrives(third) is ReferralOutcome.BROUGHT
    of_third = await partnering(shop, third, code="TERCERA")

    assert await of_second.arrives(owner) is ReferralOutcome.CIRCLE, "of two"
    assert await of_third.arrives(owner) is ReferralOutcome.CIRCLE, "of three"
    assert await brought_by(there, owner.id) is None
    assert await refusals(there) == [(str(owner.id), why) for why in ("own", "circle", "circle")]


async def test_second_account_of_the_partner_is_refused_as_self_dealing(there: Partnering) -> None:
    """Tested before and after an account transfer: the statement moves to the new account, and the first account has
    none.
    """
    shop, second = there.shop, await there.shop.customer(telegram_id=TelegramId(777))
    async with shop.units() as uow:
        owner = await uow.customers.get(there.partner.customer_id)
    assert owner is not None
    await there.names(second.telegram_id)
    assert await there.arrives(second) is ReferralOutcome.OWN

    await there.moves_to(second.telegram_id)
    assert await there.arrives(replace(second, telegram_id=owner.telegram_id)) is ReferralOutcome.OWN, (
        "the account of before"
    )
    show_statement = ShowStatement(shop.units, shop.clock)
    assert await show_statement(second.telegram_id) is not None
    assert await show_statement(owner.telegram_id) is None
    assert [why for _, why in await refusals(there)] == ["own", "own"]


async def test_barred_partner_refers_no_customer(there: Partnering) -> None:
    customer = await there.shop.customer(telegram_id=TelegramId(777))
    async with there.shop.units() as uow:
        owner = await uow.customers.get(there.partner.customer_id, lock=True)
        assert owner is not None
        owner.barred_at = there.shop.clock.now()
        await uow.customers.save(owner)
        await uow.commit()

    assert await there.arrives(customer) is ReferralOutcome.ENDED
