"""Check that the owners are alerted if a customer deleted their Telegram account, because the customer gets no messages
and cannot cancel.
"""

from __future__ import annotations

from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.errors import ActionRequired
from tests.fakes.shop import Shop
from tests.unit.application.messages.test_announce import Desk


async def test_deleted_account_gets_no_messages_and_raises_an_alarm_while_charged(shop: Shop) -> None:
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
    (canceled,) = await desk.shop.notified(MessageKind.CANCELED)
    await desk.run(canceled)
    async with desk.shop.units() as uow:
        notified = await uow.alarms.newest("account_deleted", "account_deleted:")
    assert notified is not None
    assert not notified.open
