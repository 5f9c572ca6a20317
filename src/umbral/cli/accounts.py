"""`umbral accounts`."""

from __future__ import annotations

from collections.abc import Sequence

from subscriptions.bootstrap.operator import OperatorContainer
from subscriptions.domain.entities.userbot_account import UserbotAccount
from umbral.cli.operating import moment, operate, table
from umbral.cli.options import LIST, parser


def run(argv: Sequence[str]) -> int:
    """List the accounts that own channels."""
    options = parser("accounts", "The pool of Telegram accounts that own channels.")
    options.add_subparsers(dest="action", required=True).add_parser(LIST, help="every account and its state")
    options.parse_args(argv or [LIST])
    return operate("accounts", _list)


async def _list(container: OperatorContainer) -> int:
    rows = [
        (account.id, account.phone, account.label, account.status, _use(account), moment(account.created_at))
        for account in await container.pool().all()
    ]
    print(table(("ID", "PHONE", "LABEL", "STATUS", "CHANNELS", "SINCE (UTC)"), rows))
    return 0


def _use(account: UserbotAccount) -> str:
    return f"{account.channels_used} of {account.channel_cap}"
