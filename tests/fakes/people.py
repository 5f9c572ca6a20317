"""In-memory repositories of customers and plans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import Consent, Customer, OwnRole
from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.entities.payment_account import PaymentAccount
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import CustomerId, PlanId, TelegramId
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from tests.fakes.memory import Rows, Working


@dataclass(frozen=True)
class LinkUse:
    """First use of a link by a customer."""

    source: str
    customer_id: CustomerId
    at: datetime


class MemoryCustomers:
    """In-memory CustomerRepository."""

    def __init__(self, working: Working) -> None:
        self._working = working
        self._rows: Rows[Customer] = Rows(
            working, "customers", lambda c: c.id, {"one_customer_per_telegram_user": lambda c: c.telegram_id}
        )
        self._consents: Rows[Consent] = Rows(working, "consents", lambda c: (c.customer_id, c.version))
        self._links: Rows[LinkUse] = Rows(working, "link_uses", lambda u: (u.customer_id, u.source))
        self._accounts: Rows[PaymentAccount] = Rows(
            working,
            "payment_accounts",
            lambda a: (a.customer_id, a.provider),
            {"one_customer_per_payment_account": lambda a: (a.provider, a.external_customer_id)},
        )

    async def get(self, customer_id: CustomerId, *, lock: bool = False) -> Customer | None:
        return self._with_role(self._rows.one(lambda c: c.id == customer_id, lock=lock))

    async def with_ids(self, customer_ids: Collection[CustomerId]) -> Sequence[Customer]:
        return self._rows.many(lambda c: c.id in customer_ids, order=lambda c: c.id)

    async def by_telegram_id(self, telegram_id: TelegramId, *, lock: bool = False) -> Customer | None:
        return self._with_role(self._rows.one(lambda c: c.telegram_id == telegram_id, lock=lock))

    async def with_telegram_ids(self, people: Collection[TelegramId]) -> Sequence[Customer]:
        return self._rows.many(lambda c: c.telegram_id in people, order=lambda c: c.id)

    def _with_role(self, customer: Customer | None) -> Customer | None:
        """Return the customer with the current permissions of their custom role."""
        if customer is not None and isinstance(customer.staff_role, OwnRole):
            roles = {each.name: each for each in self._working.tables.get("own_roles", ())}
            customer.staff_role = roles.get(customer.staff_role.name, OwnRole(name=customer.staff_role.name))
        return customer

    async def add_if_new(self, customer: Customer) -> bool:
        return self._rows.add_if_new(customer)

    async def save(self, customer: Customer) -> None:
        self._rows.save(customer)

    async def add_link_use(self, source: str, customer_id: CustomerId, at: datetime) -> None:
        self._links.add_if_new(LinkUse(source, customer_id, at))

    async def add_consent(self, consent: Consent) -> None:
        self._consents.add_if_new(consent)

    async def consents_of(self, customer_id: CustomerId) -> Sequence[Consent]:
        return self._consents.many(lambda c: c.customer_id == customer_id, order=lambda c: (c.accepted_at, c.version))

    async def with_other_terms(
        self, terms: Collection[str], key: str, after_id: CustomerId | None, limit: int
    ) -> Sequence[CustomerId]:
        tables = self._working.tables
        live = {row.customer_id for row in tables.get("subscriptions", ()) if row.live}
        notified = {row.key for row in tables.get("notifications", ())}
        found = [
            c.id
            for c in self._rows.all()
            if c.terms_version not in {None, *terms}
            and c.reachable
            and c.telegram_id > 0
            and c.id in live
            and f"{key}{c.id}" not in notified
            and (after_id is None or c.id > after_id)
        ]
        return sorted(found)[:limit]

    async def staff(self) -> Sequence[Customer]:
        return self._rows.many(lambda c: c.staff_role is not None, order=lambda c: (c.created_at, c.id))

    async def common_sources(self, limit: int) -> Sequence[str]:
        sources = Counter(c.source for c in self._rows.all() if c.source is not None)
        return [each for each, _ in sorted(sources.items(), key=lambda item: (-item[1], item[0]))[:limit]]

    async def tags_in_use(self) -> Sequence[str]:
        return sorted({tag for c in self._rows.all() for tag in c.tags})

    async def count_unopened(self) -> int:
        accesses = self._working.tables.get("accesses", ())
        invited = {row.customer_id for row in accesses if row.status is AccessStatus.INVITED}
        return sum(c.unopened_at is not None and c.id in invited for c in self._rows.all())

    async def list_known(self, people: Collection[TelegramId]) -> Set[TelegramId]:
        tables = self._working.tables
        bought = {row.customer_id for row in tables.get("subscriptions", ())}
        buys = {row.customer_id for row in tables.get("orders", ()) if row.status is OrderStatus.OPEN}
        found = self._rows.many(
            lambda c: c.telegram_id in people and (c.staff_role is not None or c.id in bought | buys),
            order=lambda c: c.id,
        )
        return {person.telegram_id for person in found}

    async def account_at(self, customer_id: CustomerId, provider: str) -> PaymentAccount | None:
        return self._accounts.one(lambda a: (a.customer_id, a.provider) == (customer_id, provider))

    async def save_account(self, account: PaymentAccount) -> None:
        self._accounts.save(account)


class MemoryPlans:
    """In-memory PlanRepository."""

    def __init__(self, working: Working) -> None:
        self._working = working
        self._rows: Rows[ServicePlan] = Rows(
            working, "service_plans", lambda p: p.id, {"one_plan_per_soft_id": lambda p: p.soft_id}
        )
        self._prices: Rows[PlanPaymentPrice] = Rows(working, "prices", lambda p: (p.plan_id, p.provider))

    def _read(self, plan: ServicePlan) -> ServicePlan:
        faulty = [p.provider for p in self._prices.all() if p.plan_id == plan.id and p.fault is not None]
        plan.refused_by = frozenset(faulty)
        return plan

    async def get(self, plan_id: PlanId, *, lock: bool = False) -> ServicePlan | None:
        plan = self._rows.one(lambda p: p.id == plan_id, lock=lock)
        return self._read(plan) if plan is not None else None

    async def by_soft_id(self, soft_id: str) -> ServicePlan | None:
        plan = self._rows.one(lambda p: p.soft_id == soft_id)
        return self._read(plan) if plan is not None else None

    async def all(self, *, active_only: bool = True) -> Sequence[ServicePlan]:
        plans = self._rows.many(
            lambda p: p.active or not active_only, order=lambda p: (p.position, p.created_at, p.soft_id)
        )
        return [self._read(each) for each in plans]

    async def save(self, plan: ServicePlan) -> None:
        self._rows.save(plan)

    async def save_if_unchanged(self, plan: ServicePlan, version: int) -> bool:
        known = await self.get(plan.id)
        if known is None or known.version != version:
            return False
        plan.version = version + 1
        self._rows.save(plan)
        return True

    async def delete_if_unused(self, plan_id: PlanId) -> bool:
        users = ("activation_tokens", "orders", "subscriptions", "telegram_channels", "picks")
        used = any(row.plan_id == plan_id for table in users for row in self._working.tables.get(table, ()))
        expected = any(
            row.live and row.next_plan_id == plan_id for row in self._working.tables.get("subscriptions", ())
        )
        return not used and not expected and bool(self._rows.remove(lambda p: p.id == plan_id))

    async def price_at(self, plan_id: PlanId, provider: str) -> PlanPaymentPrice | None:
        return self._prices.one(lambda p: (p.plan_id, p.provider) == (plan_id, provider))

    async def forget_prices(self, plan_id: PlanId, *, own: bool = False) -> None:
        self._prices.remove(lambda p: p.plan_id == plan_id and p.price is None)
        for price in self._prices.all() if own else ():
            if price.plan_id == plan_id:
                self._prices.save(replace(price, external_price_id=None, fault=None))

    async def drop_price(self, plan_id: PlanId, provider: str) -> None:
        self._prices.remove(lambda p: (p.plan_id, p.provider) == (plan_id, provider))

    async def own_prices(self, plan_id: PlanId | None = None) -> Sequence[PlanPaymentPrice]:
        return self._prices.many(
            lambda p: p.price is not None and plan_id in {None, p.plan_id}, order=lambda p: (p.plan_id, p.provider)
        )

    async def save_price(self, price: PlanPaymentPrice) -> None:
        self._prices.save(price)

    async def list_priced(self, provider: str, external_price_id: str) -> Sequence[ServicePlan]:
        mine = {
            p.plan_id for p in self._prices.all() if (p.provider, p.external_price_id) == (provider, external_price_id)
        }
        return self._rows.many(lambda p: p.id in mine, order=lambda p: (p.position, p.created_at, p.soft_id))
