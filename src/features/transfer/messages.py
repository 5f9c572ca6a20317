"""Messages about an account transfer: the notice to the first account, and the result."""

from datetime import datetime
from typing import Final, Self
from uuid import UUID

from features.transfer.domain import PERIOD_TO_OBJECT
from features.transfer.ports import ACCOUNT_TRANSFERS_KEY
from subscriptions.application.messages.announcement import Announcement, Sources
from subscriptions.domain.entities.account_transfer_status import AccountTransferStatus
from subscriptions.domain.money import TELEGRAM_CURRENCY

ACCOUNT_TRANSFER_ASKED: Final = "takeover_asked"

ACCOUNT_TRANSFER_CLOSED: Final = "takeover_closed"


class AccountTransferPendingMessage(Announcement, kind=ACCOUNT_TRANSFER_ASKED, may_need_help=True):
    """Warning to the first account that another account requested a transfer. `due`: end of the period for an
    objection, one day after the message is created.
    """

    due: datetime

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Create the message; None if the transfer is no longer pending. `subject`: id of the account transfer."""
        account_transfer = await sources.uow.of(ACCOUNT_TRANSFERS_KEY).get(subject)
        if account_transfer is None or account_transfer.status is not AccountTransferStatus.WAITING:
            return None
        return cls(due=sources.now + PERIOD_TO_OBJECT)


class AccountTransferClosedMessage(Announcement, kind=ACCOUNT_TRANSFER_CLOSED, may_need_help=True):
    """Result of an account transfer, sent to the customer's current account.

    done, objected: both False if the transfer was dropped
    by_account: True if the customer has a purchase in Telegram's currency, which does not renew because the previous
        account paid for it
    """

    done: bool
    objected: bool
    by_account: bool = False

    @property
    def word(self) -> str:
        """Return the variant of the text, which depends on the result."""
        if self.done:
            return "done_by_account" if self.by_account else "done"
        return "objected" if self.objected else "dropped"

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Create the message; None if the transfer is not closed. `subject`: id of the account transfer."""
        account_transfer = await sources.uow.of(ACCOUNT_TRANSFERS_KEY).get(subject)
        if account_transfer is None or account_transfer.closed_at is None:
            return None
        subscriptions = await sources.uow.subscriptions.of_customer(account_transfer.customer_id)
        return cls(
            done=account_transfer.status is AccountTransferStatus.DONE,
            objected=account_transfer.status is AccountTransferStatus.OBJECTED,
            by_account=any(
                each.live and each.provider_ref and each.price.currency == TELEGRAM_CURRENCY for each in subscriptions
            ),
        )
