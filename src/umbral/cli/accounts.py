"""`umbral accounts`."""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import Final

from subscriptions.bootstrap.operator import ACCOUNT_LEASE, OperatorContainer, reseal_sessions
from subscriptions.domain.entities.userbot_account import AccountStatus, UserbotAccount
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import AccountId
from umbral.cli.operating import moment, operate, table
from umbral.cli.options import LIST, parser

HEADS: Final = (
    *("ID", "PHONE", "LABEL", "STATE", "CHANNELS", "STOCK", "TODAY"),
    *("NEXT (UTC)", "TELEGRAM WANTS REST", "HELD BY"),
)
_SHOWN: Final = 3
"""How many characters of a phone are shown at either end."""

Action = Callable[[OperatorContainer, Namespace], Awaitable[int]]


def run(argv: Sequence[str]) -> int:
    """Look after the accounts that own channels."""
    chosen = _options().parse_args(argv or [LIST])
    if chosen.action == "login":
        return _login(chosen)
    if chosen.action == "rekey":
        return _rekey()
    return operate("accounts", lambda container: _ACTIONS[chosen.action](container, chosen))


def _options() -> ArgumentParser:
    options = parser("accounts", "The pool of Telegram accounts that own channels.")
    actions = options.add_subparsers(dest="action", required=True)
    actions.add_parser(LIST, help="every account, its state, and which process works with it")
    login = actions.add_parser("login", help="sign an account in, or a dead one in again; may be interrupted")
    login.add_argument("--phone", metavar="+34…", help="asked for when left out")
    login.add_argument("--label", help="a name of your own for it")
    retire = actions.add_parser("retire", help="let an account make no more channels; those it has stay served")
    retire.add_argument("id", type=int, metavar="ID")
    retire.add_argument("--yes", action="store_true", help="even if it is the last active one")
    actions.add_parser("rekey", help="seal all sessions with SESSION_KEY instead of OLD_SESSION_KEY")
    label = actions.add_parser("label", help="name an account")
    label.add_argument("id", type=int, metavar="ID")
    label.add_argument("text", metavar="TEXT")
    cap = actions.add_parser("cap", help="say how many channels an account may own, and make a day")
    cap.add_argument("id", type=int, metavar="ID")
    cap.add_argument("channels", type=int, metavar="CHANNELS")
    cap.add_argument("--day", type=int, metavar="N", help="new channels a day")
    return options


def _login(chosen: Namespace) -> int:
    # Only this speaks to Telegram: everything else works where Telethon is not installed.
    try:
        signing_in = import_module("umbral.cli.signing_in")
    except ModuleNotFoundError as error:
        if error.name != "telethon":
            raise
        print("umbral accounts login: telethon is not installed: pip install 'umbral[userbot]'", file=sys.stderr)
        return 1
    return int(signing_in.sign_in(chosen.phone, chosen.label))


def _rekey() -> int:
    try:
        changed = asyncio.run(reseal_sessions(os.environ))
    except UmbralError as error:
        print(f"umbral accounts rekey: {error}", file=sys.stderr)
        return 1
    print(f"{changed} sessions sealed with SESSION_KEY. OLD_SESSION_KEY is not needed any more.")
    return 0


async def _list(container: OperatorContainer, _: Namespace) -> int:
    now = await container.core.clock().confirm()
    holders = await container.core.leases().holders(ACCOUNT_LEASE)
    accounts, stock = await container.pool().all(), await container.pool().stock()
    rows = [_row(account, now, holders, stock.get(account.id, 0)) for account in accounts]
    print(table(HEADS, rows) if accounts else _EMPTY)
    return 0


async def _retire(container: OperatorContainer, chosen: Namespace) -> int:
    account = await container.pool().retire(AccountId(chosen.id), even_the_last=chosen.yes)
    if account.status is AccountStatus.DEAD:
        print(f"Account {account.id} is dead and makes no channels anyway; its channels wait for a new login.")
    else:
        print(f"Account {account.id} makes no more channels. Its {account.channels_used} channels stay served.")
    return 0


async def _label(container: OperatorContainer, chosen: Namespace) -> int:
    await container.pool().rename(AccountId(chosen.id), chosen.text)
    return 0


async def _cap(container: OperatorContainer, chosen: Namespace) -> int:
    await container.pool().limit(AccountId(chosen.id), chosen.channels, chosen.day)
    return 0


def _row(account: UserbotAccount, now: datetime, holders: Mapping[str, str], stock: int) -> tuple[object, ...]:
    host, _, rest = holders.get(str(account.id), "").rpartition(":")
    return (
        account.id,
        _masked(account.phone),
        account.label or "-",
        f"{account.status}: {account.status_reason}" if account.status_reason else account.status,
        f"{account.channels_used}/{account.channel_cap}",
        stock,
        f"{account.made_today(now)}/{account.day_cap}",
        _next(account, now),
        ", ".join(_rests(account, now)) or "-",
        (host or rest) or "-",
    )


def _next(account: UserbotAccount, now: datetime) -> str:
    first = account.may_create_from(now) or account.retry_at
    return "now" if first == now else moment(first)


def _rests(account: UserbotAccount, now: datetime) -> list[str]:
    waits = ((method, account.waits_until(method, now)) for method in sorted(account.flood_until))
    return [f"{method} until {moment(until)}" for method, until in waits if until is not None]


def _masked(phone: str) -> str:
    hidden = len(phone) - 2 * _SHOWN
    return f"{phone[:_SHOWN]}{'•' * hidden}{phone[-_SHOWN:]}" if hidden > 0 else phone or "-"


_EMPTY: Final = "The pool is empty: bring an account in with `umbral accounts login`."
_ACTIONS: Final[Mapping[str, Action]] = {LIST: _list, "retire": _retire, "label": _label, "cap": _cap}
