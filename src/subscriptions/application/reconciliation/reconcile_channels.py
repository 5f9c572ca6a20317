"""Channel reconciliation with Telegram: automatic repairs, differences that staff must resolve, and guests
(people admitted by staff in Telegram).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from subscriptions.application.access.personal_channel import have_mended
from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.application.accounts.count_channels import RECOUNT_ACTION
from subscriptions.application.reconciliation.sources import Scope
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.difference import Difference
from subscriptions.domain.entities.variable import moment
from subscriptions.domain.ids import ChannelId, ChatId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.people import AuditLine
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

CHANGED, LET_IN, NOT_ASKED = "changed_at_telegram", "let_in_by_hand", "not_looked_at"
LONGEST_SILENCE: Final = timedelta(hours=25)
"""Time since the last check of a channel after which the missing check is reported as a difference. Channels are
checked once a day.
"""
_REPAIRS: Final[Mapping[str, tuple[str, str]]] = {
    "channel.lost": ("channel_lost", "given_up"),
    "channel.mended": ("channel_changed", "put_right"),
    "stranger.removed": ("stranger", "put_out"),
    RECOUNT_ACTION: ("account_room", "counted_anew"),
}
"""Names of the difference and of the repair, keyed by the action's name in the audit log."""

_OPEN: Final = frozenset(
    {"channel_out_of_reach", "bot_put_out", "vip_bot_put_out", "bot_rights_missing", "removal_stuck", "double_in_use"}
)
_MOST: Final = 1000

REPORT_MARK: Final = moment("channels_reported_until")
"""Variable with the time until which repairs of channels have been included in a report."""


@dataclass(frozen=True)
class ReconcileChannels:
    """Source of differences in channels.

    The accounts that own channels check them automatically once an hour; this source lists what they found. For a
    single customer, a check of the customer's own channels is queued now, and its result appears in the next report.
    """

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, scope: Scope) -> Sequence[Difference]:
        """Return the differences. The result is empty if the run is limited to a payment provider."""
        if scope.provider is not None:
            return ()
        async with self.units() as uow:
            channels = await _channels_of(uow, scope)
            lines = await _unreported_lines(uow, scope)
            differences = [
                each for line in lines if (each := await _healed_difference(uow, line, channels)) is not None
            ]
            differences += [_open_difference(each) for each in await uow.alarms.open(_MOST) if _concerns(each, scope)]
            unlooked_count = (
                await uow.channels.count_unlooked(self.clock.now() - LONGEST_SILENCE) if scope.customer is None else 0
            )
            guests = await _guests(uow) if scope.customer is None else ()
            for channel in () if scope.dry_run else channels or ():
                if channel.status is ChannelStatus.READY:
                    await have_mended(uow, channel)
            await uow.commit()
        if unlooked_count:
            difference = Difference(
                kind="channels_unlooked", subject=str(unlooked_count), cause=NOT_ASKED, decide="see_accounts"
            )
            differences.append(difference)
        return [
            *differences,
            *(Difference(kind="guest", subject=each, cause=LET_IN, done="left_in_peace") for each in guests),
        ]


async def _guests(uow: UnitOfWork) -> Sequence[str]:
    """Return the guests of the shared chats, each as chat title and Telegram id."""
    channels = [await uow.resources.channel(each.id) for each in await uow.resources.all()]
    return [
        f"{channel.title} · {person}"
        for channel in channels
        if channel is not None
        for person in await uow.resources.guests(channel.id)
    ]


async def _unreported_lines(uow: UnitOfWork, scope: Scope) -> Sequence[AuditLine]:
    """Return the audit entries of the repairs to report. A general report contains only repairs that no earlier report
    contained; a report about a customer contains all repairs of the period.
    """
    if scope.customer is not None:
        return await uow.audit.list_since(scope.start, _REPAIRS, _MOST)
    reported_until = await uow.variables.get(REPORT_MARK)
    start = max(scope.start, reported_until) if reported_until else scope.start
    lines = await uow.audit.list_since(start, _REPAIRS, _MOST)
    if lines and not scope.dry_run:
        await uow.variables.set(REPORT_MARK, lines[0].at + timedelta(microseconds=1))
    return lines


async def _channels_of(uow: UnitOfWork, scope: Scope) -> Collection[Channel] | None:
    """Return the personal channels of the one customer that the run is limited to, including deleted ones. Return None
    if the run covers all customers.
    """
    if scope.customer is None:
        return None
    customer = await uow.customers.by_telegram_id(scope.customer)
    accesses = await uow.accesses.of_customer(customer.id) if customer is not None else ()
    channels = [await uow.channels.get(access.channel_id) for access in accesses]
    return [channel for channel in channels if channel is not None and kind_of_channel(channel).needs_account]


async def _healed_difference(
    uow: UnitOfWork, line: AuditLine, channels: Collection[Channel] | None
) -> Difference | None:
    if line.subject.lstrip("-").isdecimal():
        channel = await uow.channels.by_chat_id(ChatId(int(line.subject)))
    else:
        channel = await uow.channels.get(ChannelId(UUID(line.subject)))
    if channels is not None and (channel is None or channel.id not in {each.id for each in channels}):
        return None
    kind, action = _REPAIRS[line.action]
    subject = [channel.title if channel is not None else line.subject, *line.facts.values()]
    return Difference(kind=kind, subject=" · ".join(filter(None, subject)), cause=CHANGED, done=action)


def _concerns(alarm: Alarm, scope: Scope) -> bool:
    mine = scope.customer is None or alarm.facts.get("telegram_id") == str(scope.customer)
    return mine and alarm.kind in _OPEN


def _open_difference(alarm: Alarm) -> Difference:
    subjects = [alarm.facts[name] for name in ("channel", "telegram_id") if name in alarm.facts]
    return Difference(kind=alarm.kind, subject=" · ".join(subjects), cause=CHANGED, decide="see_alarm")
