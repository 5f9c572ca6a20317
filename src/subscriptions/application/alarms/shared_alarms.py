"""Alarms that several packages raise, or whose cause is detected outside the application layer."""

from datetime import datetime, timedelta

from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import (
    AlarmKind,
    AlarmLink,
    ByAge,
    ByCause,
    ByCheck,
    OfSubscription,
)
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


class StillBilled(OfSubscription):
    """Alarm: a provider still charges a customer who has no access, or who paid a failed charge by another method."""

    name = "still_billed"
    closes = ByCheck(alarm_causes.charged_no_more)
    reason: str


class VipBotPutOut(AlarmKind):
    """Alarm: one of the installation's bots is no longer an administrator of a shared chat, because it was removed or
    demoted, or because the chat was deleted.
    """

    name = "vip_bot_put_out"
    closes = ByCause()
    link = AlarmLink.CHANNEL
    channel: str
    bot: str
    missing: str


class BotRightsMissing(AlarmKind):
    """Alarm: a bot lacks rights that it needs in a shared chat."""

    name = "bot_rights_missing"
    closes = ByCause()
    link = AlarmLink.CHANNEL
    channel: str
    bot: str
    missing: str


async def keep_right_alarm(uow: UnitOfWork, channel: Channel, right: str, now: datetime, *, is_allowed: bool) -> None:
    """Raise an alarm if the subscription bot lacks a right in a chat, and close it once the bot has the right.

    `right`: name of the right in the Bot API.
    """
    bot = next((each.username for each in await uow.accounts.bots() if each.role == "subscription"), "")
    alarm = BotRightsMissing(channel=channel.title, bot=f"@{bot}", missing=right)
    await keep_alarm(uow, BotRightsMissing, f"{channel.id}:{right}", None if is_allowed else alarm, now)


class ErasureWaits(AlarmKind):
    """Alarm: a customer requested erasure but can't be erased yet. `inside`: number of channels that the customer is
    still in.
    """

    name = "erasure_waits"
    closes = ByCause()
    customer: CustomerId
    telegram_id: TelegramId
    inside: int | None = None
    reason: str | None = None


class CheckoutRejected(AlarmKind):
    """Alarm: a payment provider refuses to open a checkout for a plan."""

    name = "checkout_rejected"
    closes = ByCheck(alarm_causes.sold_again)
    link = AlarmLink.PLAN
    telegram_id: TelegramId
    order: str | None = None
    plan: str
    provider: str
    reason: str


class GivenUpJob(AlarmKind):
    """Alarm: staff must run a quarantined job again. `number`: id of the job's row."""

    closes = ByCheck(alarm_causes.work_done)
    link = AlarmLink.REQUEUE
    job: str
    number: int
    reason: str


class JobHeld(GivenUpJob):
    name = "job_held"


class JobCrashes(GivenUpJob):
    name = "job_crashes"


class Overdue(AlarmKind):
    """Base class of alarms: work that is due is not being done.

    waiting: number of overdue items
    since: due time of the oldest item
    """

    closes = ByCause()
    names_customer = False
    waiting: str
    since: str


class WorkOverdue(Overdue):
    name = "work_overdue"
    page = AlarmLink.JOBS
    job: str


class MessagesUndelivered(Overdue):
    name = "messages_undelivered"
    page = AlarmLink.MESSAGES
    message: str
    telegram_id: str


class PostsUndelivered(Overdue):
    name = "picks_undelivered"
    page = AlarmLink.JOBS
    customer: str | None = None
    channel: str
    pick: str


class RowUnreadable(AlarmKind):
    """Alarm: a database row can't be read, so pages, lists and jobs leave it out. `row`: primary key of the row."""

    name = "row_unreadable"
    closes = ByAge(timedelta(days=1))
    table: str
    row: str
    problem: str


class PageFails(AlarmKind):
    """Alarm: a public page can't be shown. `path`: path of the page."""

    name = "page_fails"
    closes = ByAge(timedelta(hours=2))
    path: str
    problem: str


class DatabaseTrouble(AlarmKind):
    """Base class of alarms about a resource that the database is running out of, such as disk space. `job`: job that
    detected the problem.
    """

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
