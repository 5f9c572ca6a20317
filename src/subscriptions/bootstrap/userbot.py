"""Wiring of the userbot, whose accounts own channels."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, Final

from dependency_injector import containers, providers

from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.application.accounts.count_channels import CountChannels
from subscriptions.application.accounts.manage_pool import ManagePool
from subscriptions.application.channels.assign_channel import AssignChannel
from subscriptions.application.channels.equip_channel import EquipChannel
from subscriptions.application.channels.make_channel import MakeChannel
from subscriptions.application.channels.mend_channel import MendChannel
from subscriptions.application.channels.personal_invites import PersonalInvites
from subscriptions.application.channels.reconcile_channel import ReconcileChannel
from subscriptions.application.channels.remove_duplicates import RemoveDuplicates
from subscriptions.application.channels.remove_post import RemovePost
from subscriptions.application.channels.retire_channel import RetireChannel
from subscriptions.application.channels.share_channel import ShareChannel
from subscriptions.application.channels.take_over import TakeOver
from subscriptions.application.dto import jobs
from subscriptions.application.feature_failures import LONGEST_WORK_S, contained_call
from subscriptions.application.join_requests.audit_members import AuditMembers
from subscriptions.application.join_requests.remove_by_account import RemoveByAccount
from subscriptions.application.join_requests.scan_join_requests import ScanJoinRequests
from subscriptions.application.vip.assign_vip_account import AssignVipAccount
from subscriptions.application.vip.count_guests import CountGuests
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.job_handlers import JobHandler, JobHandlers, handler_of, handlers_of_features, reading
from subscriptions.bootstrap.process import is_gone, process_owner
from subscriptions.bootstrap.settings.telegram import UserbotSettings
from subscriptions.bootstrap.wiring import nested
from subscriptions.domain.errors import InvalidInput, UmbralError
from subscriptions.domain.ids import AccountId
from subscriptions.domain.services.file_text import decode_file
from subscriptions.domain.services.provisioning_service import ProvisioningService
from subscriptions.infrastructure.database.leases import HeldLease
from subscriptions.infrastructure.database.succession import Succession
from subscriptions.infrastructure.steady import steady
from subscriptions.infrastructure.telegram.fence import UNSENT_S
from subscriptions.infrastructure.telegram.session_vault import SessionVault
from subscriptions.infrastructure.telegram.userbot_client import (
    HANG_UP_AFTER,
    DataCentre,
    TelegramApp,
    TelethonSessions,
)

PATH_LIMIT: Final = 300
"""Maximum length of a setting's value that is treated as the path of a session file; session strings are longer."""

SURE: Final = timedelta(seconds=10)
"""Time after the last lease renewal during which a process may still use an account. After that, the process closes the
account's connections.
"""
LEASE: Final = SURE + timedelta(seconds=UNSENT_S + HANG_UP_AFTER + 5)
"""Time after the last lease renewal after which another process may take over the account. It is longer than SURE,
because a frozen process does not close its connections: the last data may still be in the machine's send buffers, and
Telegram's own timeout begins only after they are sent.
"""


def telegram_app(settings: UserbotSettings) -> TelegramApp:
    """Return the Telegram API application and its data center. Raises InvalidInput naming a setting."""
    return TelegramApp(
        api_id=settings.api_id, api_hash=settings.api_hash.get_secret_value(), data_centre=_data_centre(settings)
    )


def _data_centre(settings: UserbotSettings) -> DataCentre | None:
    if settings.data_centre is None:
        return None
    if settings.public_key is None:
        # Raise an error, because silently connecting to the real service would be worse.
        raise InvalidInput("TELEGRAM_MTPROTO_PUBLIC_KEY", "must name the key file of TELEGRAM_MTPROTO_DC")
    host, _, port = settings.data_centre.rpartition(":")
    return DataCentre(host=host.strip("[]"), port=int(port), public_key=settings.public_key)


def session_vault(settings: UserbotSettings) -> SessionVault:
    """Return the object that encrypts and decrypts the sessions of userbot accounts. Raises InvalidInput("SESSION_KEY")
    if the key is missing or invalid.
    """
    return SessionVault(settings.session_key.get_secret_value())


class UserbotContainer(containers.DeclarativeContainer):
    """Dependency injection container with the use cases of the userbot process."""

    core = nested(CoreContainer)
    make = wire(core, UserbotSettings)

    vault = make(session_vault)
    sessions = make(TelethonSessions, app=make(telegram_app))
    assign_channel = make(AssignChannel)
    account_care = make(AccountCare, sessions=sessions)
    equip_channel = make(EquipChannel)
    provisioning_service = make(
        ProvisioningService,
        make_channel=make(MakeChannel),
        equip_channel=equip_channel,
        personal_invites=make(PersonalInvites),
        retire_channel=make(
            RetireChannel, retention=core.policy.provided.retention, sure=core.watch_clock.provided.sure
        ),
        mend_channel=make(MendChannel),
    )
    reconcile_channel = make(ReconcileChannel)
    remove_by_account = make(RemoveByAccount)
    remove_post = make(RemovePost)
    remove_duplicates = make(RemoveDuplicates)
    scan_join_requests = make(ScanJoinRequests)
    assign_vip_account = make(AssignVipAccount)
    count_guests = make(CountGuests)
    count_channels = make(CountChannels)
    audit_members = make(AuditMembers)

    share_channel = make(ShareChannel, owners=core.settings.provided.channel_owners)
    take_over = make(TakeOver)

    pool = make(ManagePool)
    succession = make(Succession, leases=core.leases, is_gone=is_gone, wait=LEASE, clock=providers.Object(steady))


LookByAccount = Callable[[AccountId], Awaitable[object]]
"""Function of a feature that is called repeatedly with each userbot account whose lease the process holds."""


@dataclass(frozen=True)
class UserbotPart:
    """Declaration that a feature uses the userbot accounts: the constant `USERBOT` of its module `userbot`. `look`:
    factory of the function that is called repeatedly with each account.
    """

    module: ClassVar[str] = "userbot"
    look: Callable[[UserbotContainer], LookByAccount]


def looks_of_features(container: UserbotContainer) -> Sequence[LookByAccount]:
    """Return the functions of features that are called repeatedly with each account. Features that are off are skipped,
    except those that still have obligations. A function that fails or takes longer than LONGEST_WORK_S is reported and
    does not affect the others.
    """
    found = container.core.features().made(UserbotPart, lambda part: part.look(container))
    return [contained_call(name, "look by an account", look, LONGEST_WORK_S, (UmbralError,)) for name, look in found]


@asynccontextmanager
async def held_account(container: UserbotContainer, account_id: AccountId) -> AsyncIterator[HeldLease | None]:
    """Hold the lease of one account for the duration of the block. Yield None if another process holds the lease, or
    may still be connected with the account.
    """
    name, owner = f"account:{account_id}", process_owner()
    if not await container.succession().is_open(name, owner):
        yield None
        return
    async with container.core.leases().hold(name, owner, LEASE, SURE) as lease:
        yield lease


async def adopt_first_account(settings: UserbotSettings, container: UserbotContainer) -> None:
    """Add the account that the settings name to the pool of userbot accounts, if the pool is empty."""
    pool = container.pool()
    if settings.session is None or await pool.all():
        return
    session = _session_of(settings.session.get_secret_value())
    await pool.add(
        settings.phone or "",
        container.vault().seal(session),
        label="1",
        channel_cap=settings.account_cap,
        day_cap=settings.account_day_cap,
        pace=timedelta(seconds=settings.account_pace_s),
    )


def _session_of(session: str) -> str:
    """Return the session string. If the value is the path of a file, return the file's content."""
    file = Path(session)
    return decode_file(file.read_bytes()).strip() if len(session) < PATH_LIMIT and file.is_file() else session


def job_handlers(container: UserbotContainer) -> JobHandlers:
    """Return the handlers of jobs that any userbot process can run."""
    assign = container.assign_channel()
    return dict(
        [
            *handlers_of_features(container.core, "userbot").items(),
            handler_of(jobs.AssignChannel, lambda job: assign(job.channel_id)),
        ]
    )


def account_job_handler(container: UserbotContainer) -> JobHandler:
    """Return the handler of one account's jobs, for the process that holds the account's lease."""
    tend, put_out, remove_doubles, remove_post = (
        container.reconcile_channel(),
        container.remove_by_account(),
        container.remove_duplicates(),
        container.remove_post(),
    )

    async def work(job: jobs.TendChannel) -> None:
        account, channel = job.account_id, job.channel_id
        if job.delete_post is not None:
            await remove_post(account, job.delete_post)
        elif job.put_out is not None:
            await put_out(account, channel, job.put_out)
        elif job.look:
            await remove_doubles(account, channel)
        else:
            await tend(account, channel, upkeep=job.upkeep, mend=job.mend)

    return reading(jobs.TendChannel, work)
