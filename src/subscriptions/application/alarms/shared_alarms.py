"""Alarms whose cause is seen in several rooms, or outside of the application."""

from datetime import datetime, timedelta

from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import (
    AlarmKind,
    ByAge,
    ByCause,
    ByCheck,
    OfSubscription,
    Way,
)
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


class StillBilled(OfSubscription):
    """Somebody without access is still charged."""

    name = "still_billed"
    closes = ByCheck(alarm_causes.charged_no_more)
    reason: str


class VipBotPutOut(AlarmKind):
    """One of our bots is not in the VIP channel any more: put out, or the channel deleted."""

    name = "vip_bot_put_out"
    closes = ByCause()
    way = Way.CHANNEL
    channel: str
    bot: str
    missing: str


class BotRightsMissing(AlarmKind):
    """A bot may not do in a shared chat what it has to."""

    name = "bot_rights_missing"
    closes = ByCause()
    way = Way.CHANNEL
    channel: str
    bot: str
    missing: str


async def keep_right_alarm(uow: UnitOfWork, place: Channel, right: str, now: datetime, *, is_allowed: bool) -> None:
    """Tell the owners once that the subscription bot lacks a right in a chat, and close it once it has it.

    right: the Bot API's name of it.
    """
    bot = next((each.username for each in await uow.accounts.bots() if each.role == "subscription"), "")
    alarm = BotRightsMissing(channel=place.title, bot=f"@{bot}", missing=right)
    await keep_alarm(uow, BotRightsMissing, f"{place.id}:{right}", None if is_allowed else alarm, now)


class ErasureWaits(AlarmKind):
    """Somebody who wants to be forgotten still cannot be. inside: of how many channels they are not out."""

    name = "erasure_waits"
    closes = ByCause()
    customer: CustomerId
    telegram_id: TelegramId
    inside: int | None = None
    reason: str | None = None


class CheckoutRejected(AlarmKind):
    """A provider makes no place to pay."""

    name = "checkout_rejected"
    closes = ByCheck(alarm_causes.sold_again)
    way = Way.PLAN
    telegram_id: TelegramId
    order: str | None = None
    plan: str
    provider: str
    reason: str


class SupportRefused(AlarmKind):
    """The group of who answers customers takes no messages of the bot's."""

    name = "support_refused"
    closes = ByCause()
    group: str
    reason: str


class GivenUpJob(AlarmKind):
    """Work that is put aside until a person repeats it. number: of its row."""

    closes = ByCheck(alarm_causes.work_done)
    way = Way.REQUEUE
    job: str
    number: int
    reason: str


class JobHeld(GivenUpJob):
    name = "job_held"


class JobCrashes(GivenUpJob):
    name = "job_crashes"


class Overdue(AlarmKind):
    """Something is due and stays undone. waiting: how many; since: of the oldest."""

    closes = ByCause()
    waiting: str
    since: str


class WorkOverdue(Overdue):
    name = "work_overdue"
    page = Way.JOBS
    job: str


class MessagesUndelivered(Overdue):
    name = "messages_undelivered"
    page = Way.MESSAGES
    message: str
    telegram_id: str


class PicksUndelivered(Overdue):
    name = "picks_undelivered"
    page = Way.JOBS
    customer: str | None = None
    channel: str
    pick: str


class RowUnreadable(AlarmKind):
    """A row that cannot be read is left out of pages, lists and jobs. row: its primary key."""

    name = "row_unreadable"
    closes = ByAge(timedelta(days=1))
    table: str
    row: str
    problem: str


class PageFails(AlarmKind):
    """A public page cannot be shown. path: its own."""

    name = "page_fails"
    closes = ByAge(timedelta(hours=2))
    path: str
    problem: str


class DatabaseTrouble(AlarmKind):
    """What the database lacks. job: the work that found it."""

    closes = ByAge(timedelta(hours=1))
    job: str


class DatabaseDiskFull(DatabaseTrouble):
    name = "database_disk_full"


class DatabaseMemory(DatabaseTrouble):
    name = "database_memory"


class DatabaseConnections(DatabaseTrouble):
    name = "database_connections"


class DatabaseLimit(DatabaseTrouble):
    name = "database_limit"


class DatabaseSlow(DatabaseTrouble):
    name = "database_slow"


class DatabaseFiles(DatabaseTrouble):
    name = "database_files"
