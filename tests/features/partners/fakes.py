"""Partner in a shop, and the actions of staff and the worker about the partner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from features.partners.domain import Partner, PartnerBalance, PartnerEntry, balances_of
from features.partners.ports import PARTNERS_KEY
from features.partners.use_cases.arrive_by_partner import ArriveByPartner, ReferralOutcome
from features.partners.use_cases.payer_check import PayerCheck
from features.partners.use_cases.reconcile_commission import ReconcileCommission
from subscriptions.application.messages.announce import Announce
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.staff.actor import SHELL
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.ids import CustomerId, PaymentId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from tests.fakes.shop import TRIAL_MARKS, Shop
from tests.fakes.staff import Staff
from tests.fakes.telegram import MemoryNotifier


def transfers() -> Any:
    """Return the use cases of account transfers; skip the test in a checkout without that feature."""
    return pytest.importorskip("features.transfer.wiring")


@dataclass
class Partnering:
    """A partner, together with the shop."""

    shop: Shop
    partner: Partner

    async def arrives(self, customer: Customer, code: str | None = None) -> ReferralOutcome:
        """Open a partner's link as the customer."""
        arrive = ArriveByPartner(self.shop.units, self.shop.clock, TRIAL_MARKS)
        return await arrive(customer.telegram_id, code or self.partner.code)

    async def work(self) -> None:
        """Run every commission job that was ever enqueued."""
        reconcile = self._reconcile_commission()
        for job in await self.shop.jobs("core.settle_commission"):
            await reconcile(PaymentId(UUID(str(job["payment_id"]))))

    async def names(self, account: TelegramId) -> None:
        """Add another Telegram account of the partner, and open the link there."""
        name = transfers().NameAccount(self.shop.units, self.shop.clock)
        async with self.shop.units() as uow:
            owner = await uow.customers.get(self.partner.customer_id)
        assert owner is not None
        link = await name.offer(owner.telegram_id)
        assert isinstance(await name.prove(account, str(link).partition("start=acc_")[2]), Customer)

    async def moves_to(self, account: TelegramId) -> None:
        """Transfer the partner from the lost first account to the added account."""
        shop = self.shop
        shop.clock.advance(timedelta(days=1))
        asked = await transfers().TakeOver(shop.units, shop.clock).ask(account)
        assert asked.to_account == account
        announce = Announce(shop.units, MemoryNotifier(), shop.clock, shop.policy, shop.gateways)
        for job in await shop.notified("takeover_asked"):
            await announce(job["kind"], CustomerId(UUID(job["customer_id"])), UUID(job["subject"]), job["key"])
        move = transfers().MoveAccounts(shop.units, shop.clock)
        await move()
        shop.clock.advance(timedelta(days=1))
        assert await move() == 1

    async def goes_back(self, payment: Payment, minor: int, key: str, *, alone: bool = False) -> None:
        """Report a refund by the provider, and run the worker's commission jobs. alone: True to reconcile only this
        payment's commission instead.
        """
        amount = Money(minor, payment.amount.currency)
        about = {"payment_key": key, "about_payment": payment.payment_key, "amount": amount, "amount_refunded": amount}
        await self.shop.deliver(self.shop.provider.create_event(PaymentEventKind.REFUND, f"{key}.created", **about))
        if alone:
            await self._reconcile_commission()(payment.id)
        else:
            await self.work()

    def _reconcile_commission(self) -> ReconcileCommission:
        shop = self.shop
        return ReconcileCommission(shop.units, shop.clock, PayerCheck(shop.units, shop.gateways), shop.policy)

    async def entries(self) -> list[PartnerEntry]:
        """Return the partner's ledger entries."""
        async with self.shop.units() as uow:
            return list(await uow.of(PARTNERS_KEY).entries(self.partner.id))

    async def lines(self) -> list[tuple[str, int]]:
        """Return the kind and amount of each ledger entry."""
        return [(entry.kind.value, entry.amount.minor) for entry in await self.entries()]

    async def balance(self) -> PartnerBalance:
        """Return the current balance in the only currency."""
        (balance,) = balances_of(await self.entries(), self.shop.clock.now())
        return balance


async def partnering(shop: Shop, customer: Customer, code: str = "SOCIA", **answers: object) -> Partnering:
    """Make a customer a partner by a staff command, and return the partner."""
    async with shop.units() as uow:
        await uow.variables.set(BOT_USERNAME, "umbral_bot")
        await uow.commit()
    said = {"commission": "20 %", "when": "each", "months": "", "plans": "", "hold": ""} | answers
    await Staff(shop)(SHELL, "add_partner", customer.id, code=code, **said)
    async with shop.units() as uow:
        partner = await uow.of(PARTNERS_KEY).by_code(code)
    assert partner is not None
    return Partnering(shop, partner)
