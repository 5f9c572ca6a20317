"""Repository of customers and their accounts at providers."""

from collections.abc import Collection, Mapping, Sequence, Set
from datetime import datetime
from typing import Any, Final

from sqlalchemy import String, cast, exists, func, literal, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import Consent, Customer, OwnRole, role_called
from subscriptions.domain.entities.payment_account import PaymentAccount
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import (
    accesses,
    consents,
    customers,
    link_uses,
    notifications,
    orders,
    own_roles,
    payment_accounts,
    subscriptions,
)
from subscriptions.infrastructure.database.tables.subscriptions import IS_LIVE
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit, verbatim

_PERMISSIONS: Final = (
    select(own_roles.c.permissions).where(own_roles.c.name == customers.c.staff_role).scalar_subquery()
)
_EXTRA_COLUMNS: Final = (_PERMISSIONS.label("own_permissions"),)
"""Permissions of the customer's custom role. They are read with each customer, so that a change takes effect
immediately. This is a module constant, because a new expression per query would become another statement in the cache
of `TableStore`.
"""


class _RoleCodec:
    def dump(self, value: Any) -> object:
        return str(value)

    def load(self, value: Any) -> Any:
        return role_called(value)


class _CustomerMapper(RowMapper[Customer]):
    """Row mapper that loads a custom role with its permissions, or without any if the row lacks them."""

    def to_entity(self, row: Mapping[str, Any]) -> Customer:
        customer = super().to_entity(row)
        if isinstance(customer.staff_role, OwnRole):
            customer.staff_role = role_called(
                customer.staff_role.name, frozenset((row.get("own_permissions") or "").split())
            )
        return customer


CUSTOMER: Final = _CustomerMapper(
    Customer, codecs={"staff_role": _RoleCodec()}, columns={"brought_payment_id": "referral_payment_id"}
)
CONSENT: Final = RowMapper(Consent)
PAYMENT_ACCOUNT: Final = RowMapper(PaymentAccount)


class SqlCustomerRepository(Repository[CustomerId, Customer]):
    """CustomerRepository in PostgreSQL."""

    table = customers
    mapper = CUSTOMER
    more_columns = _EXTRA_COLUMNS

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._consents = TableStore(unit, consents, CONSENT)
        self._accounts = TableStore(unit, payment_accounts, PAYMENT_ACCOUNT)

    async def with_ids(self, customer_ids: Collection[CustomerId]) -> Sequence[Customer]:
        """Implements `CustomerRepository.with_ids`."""
        return await self._rows.many(customers.c.id.in_(customer_ids), order=(customers.c.id,)) if customer_ids else []

    async def by_telegram_id(self, telegram_id: TelegramId, *, lock: bool = False) -> Customer | None:
        """Return the customer with this Telegram id; None if there is none."""
        return await self._rows.one(telegram_id=telegram_id, lock=lock)

    async def with_telegram_ids(self, people: Collection[TelegramId]) -> Sequence[Customer]:
        """Return the customers that have one of these Telegram ids."""
        return await self._rows.many(customers.c.telegram_id.in_(people), order=(customers.c.id,)) if people else []

    async def add_link_use(self, source: str, customer_id: CustomerId, at: datetime) -> None:
        """Implements `CustomerRepository.add_link_use`."""
        insertion = insert(link_uses).values(source=source, customer_id=customer_id, used_at=at)
        await self._unit.connection.execute(insertion.on_conflict_do_nothing())

    async def add_consent(self, consent: Consent) -> None:
        """Implements `CustomerRepository.add_consent`."""
        await self._consents.add_if_new(consent)

    async def consents_of(self, customer_id: CustomerId) -> Sequence[Consent]:
        """Implements `CustomerRepository.consents_of`."""
        order = (consents.c.accepted_at, consents.c.version)
        return await self._consents.many(customer_id=customer_id, order=order)

    async def with_other_terms(
        self, terms: Collection[str], key: str, after_id: CustomerId | None, limit: int
    ) -> Sequence[CustomerId]:
        """Implements `CustomerRepository.with_other_terms`."""
        columns = customers.c
        live = exists().where(subscriptions.c.customer_id == columns.id, text(IS_LIVE))
        is_notified = exists().where(notifications.c.key == literal(key).concat(cast(columns.id, String)))
        statement = (
            select(columns.id)
            .where(columns.terms_version.not_in(terms), columns.telegram_id > 0, live)
            .where(columns.blocked_at.is_(None), columns.unopened_at.is_(None))
            .where(~is_notified)
            .where(*([columns.id > after_id] if after_id is not None else []))
            .order_by(columns.id)
            .limit(limit)
        )
        return [CustomerId(each) for each in (await self._unit.connection.execute(statement)).scalars()]

    async def staff(self) -> Sequence[Customer]:
        """Return all customers with a staff role, the oldest customer first."""
        columns = customers.c
        return await self._rows.many(
            columns.staff_role.is_not(None), order=(columns.created_at.asc(), columns.id.asc())
        )

    async def common_sources(self, limit: int) -> Sequence[str]:
        """Implements `CustomerRepository.common_sources`."""
        source = customers.c.source
        statement = select(source).where(source.is_not(None)).group_by(source)
        statement = statement.order_by(func.count().desc(), source).limit(limit)
        return list((await self._unit.connection.execute(statement)).scalars())

    async def tags_in_use(self) -> Sequence[str]:
        """Implements `CustomerRepository.tags_in_use`."""
        tag = func.unnest(func.string_to_array(customers.c.tags, " ")).label("tag")
        statement = select(tag).where(customers.c.tags.is_not(None)).distinct().order_by("tag")
        return list((await self._unit.connection.execute(statement)).scalars())

    async def count_unopened(self) -> int:
        """Implements `CustomerRepository.count_unopened`."""
        is_invited = exists().where(
            accesses.c.customer_id == customers.c.id, accesses.c.status == AccessStatus.INVITED.value
        )
        statement = select(func.count()).select_from(customers).where(customers.c.unopened_at.is_not(None), is_invited)
        return await self._unit.connection.scalar(statement) or 0

    async def list_known(self, people: Collection[TelegramId]) -> Set[TelegramId]:
        """Return the people who have or had a subscription, have an open order, or are staff."""
        columns, open_one = customers.c, verbatim("orders.status = 'open'")
        has_bought = exists().where(subscriptions.c.customer_id == columns.id)
        buys = exists().where(orders.c.customer_id == columns.id, open_one)
        statement = select(columns.telegram_id).where(
            columns.telegram_id.in_(people), or_(columns.staff_role.is_not(None), has_bought, buys)
        )
        return {TelegramId(one) for one in (await self._unit.connection.execute(statement)).scalars()}

    async def account_at(self, customer_id: CustomerId, provider: str) -> PaymentAccount | None:
        """Return the customer's account at one provider; None if there is none."""
        return await self._accounts.one(customer_id=customer_id, provider=provider)

    async def save_account(self, account: PaymentAccount) -> None:
        await self._accounts.save(account)
