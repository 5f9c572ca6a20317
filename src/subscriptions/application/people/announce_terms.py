"""Announcement of new terms to every customer with purchases who accepted earlier terms."""

from dataclasses import dataclass
from typing import Final

import structlog

from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.events import TermsChanged
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

PAGE: Final = 500


@dataclass(frozen=True)
class AnnounceTerms:
    """Use case that announces new terms once per version and customer.

    Changed terms do not bind a customer until the customer accepts them or buys again. A version that only corrects an
    earlier version (`Policy.terms`) is not announced to customers who accepted that version.
    """

    units: UnitOfWorkFactory
    policy: Policy

    async def __call__(self) -> None:
        """Queue the messages about new terms that have not been sent. Customers who blocked the bot get the message
        when they return.
        """
        version, cursor, number = self.policy.terms_version, None, 0
        while page := await self._page(version, cursor):
            cursor, number = page[-1], number + len(page)
        if number:
            log.info("new terms announced", version=version, customers=number)

    async def _page(self, version: str, after_id: CustomerId | None) -> list[CustomerId]:
        terms, keys = self.policy.terms, f"{MessageKind.TERMS_CHANGED}:{version}:"
        async with self.units() as uow:
            page = list(await uow.customers.with_other_terms(terms, keys, after_id, PAGE))
            for customer_id in page:
                uow.record(TermsChanged(customer_id, version))
            await uow.commit()
        return page
