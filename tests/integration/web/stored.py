"""Changes of stored rows for pages that show the current month."""

from __future__ import annotations

from subscriptions.domain.entities.access import Access
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.selling import Sale
from tests.integration.web.conftest import Tables
from tests.support.website import Website

NASTY = "<b>&_*"


async def account(site: Website, sale: Sale) -> None:
    """Add a userbot account with special characters in the label, and the customer's access to the sold channel."""
    async with site.container.core.units()() as uow:
        await uow.accesses.save(Access.request(sale.customer.id, sale.channel.id, NOON))
        await uow.accounts.add_if_new(samples.account(label=NASTY))
        await uow.commit()


async def lately(tables: Tables) -> None:
    """Move the sale and the end of its access to today."""
    for change in (
        "customers SET created_at = now(), source = 'spring'",
        "orders SET created_at = now(), paid_at = now()",
        "payments SET occurred_at = now()",
        "accesses SET status = 'active', joined_at = now()",
        "subscriptions SET created_at = now(), ended_at = now() + interval '1 s', end_reason = 'period_over',"
        " cancel_reason = 'price', status = 'expired', access_until = now()",
    ):
        await tables.rows(f"UPDATE {change}")
