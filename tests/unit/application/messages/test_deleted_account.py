"""Nobody reads in a deleted account, and nobody there can cancel."""

from __future__ import annotations

from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.errors import ActionRequired
from tests.fakes.shop import Shop
from tests.unit.application.messages.test_announce import Desk


async def test_who_deleted_their_account_is_written_to_no_more_and_owners_hear_as_long_as_they_pay(shop: Shop) -> None:
    desk = Desk(shop)
    ana, job = await desk.paid()
    desk.notifier.errors.append(ActionRequired("deleted_account"))
    await desk.run(job)
    await desk.run(job)
    assert ((await desk.kept(job)).failed, desk.notifier.sent) == ("deleted_account", [])
    async with desk.shop.units() as uow:
        known = await uow.customers.by_telegram_id(ana.telegram_id)
    assert known is not None
    assert not known.reachable
    [alarm] = await desk.shop.jobs("bot.alarm")
    assert (alarm["kind"], dict(alarm["facts"])["telegram_id"]) == ("account_deleted", str(ana.telegram_id))
    await desk.announce.alarm(alarm["key"], alarm["kind"], dict(alarm["facts"]), frozenset())

    await desk.shop.cancel(ana.telegram_id)
    (canceled,) = await desk.shop.told(MessageKind.CANCELED)
    await desk.run(canceled)
    async with desk.shop.units() as uow:
        told = await uow.alarms.newest("account_deleted", "account_deleted:")
    assert told is not None
    assert not told.open
