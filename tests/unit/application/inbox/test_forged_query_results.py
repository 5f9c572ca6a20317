"""Check that a webhook that claims to be the result of our own query is refused as forged, because only our own queries
create such events.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from subscriptions.domain.ids import InboxId, new_uuid
from subscriptions.domain.ports.repositories.inbox import InboxEntry, InboxStatus, Origin
from tests.fakes.shop import Shop


@pytest.mark.parametrize("origin", [Origin.TOLD, Origin.ASKED])
@pytest.mark.parametrize("prefix", ["poll:", "fetched:", "listed:"])
async def test_event_key_reserved_for_query_results_is_accepted_only_from_our_own_query(
    shop: Shop, origin: Origin, prefix: str
) -> None:
    customer, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(customer, plan)
    paid = shop.provider.pay(session)[-1]
    entry = InboxEntry(
        id=InboxId(new_uuid()),
        event=replace(paid, event_key=f"{prefix}{paid.payment_key}"),
        body=b"",
        status=InboxStatus.PENDING,
        received_at=shop.clock.now(),
        origin=origin,
    )
    async with shop.units() as uow:
        assert await uow.inbox.add_if_new(entry)
        await uow.commit()
    await shop.apply(entry.id)
    asked = origin is Origin.ASKED
    assert len((await shop.holding(customer, plan)).payments) == asked
    assert await shop.alarms() == ([] if asked else ["payment_event_stuck"])
    assert (await shop.inbox(entry.id)).status is (InboxStatus.APPLIED if asked else InboxStatus.PARKED)
