"""Messages to the two accounts of a transfer."""

from datetime import datetime
from typing import Final, Self
from uuid import UUID

from features.transfer.domain import PERIOD_TO_OBJECT
from features.transfer.ports import TAKEOVERS_KEY
from subscriptions.application.messages.announcement import Announcement, Sources
from subscriptions.domain.entities.takeover_status import TakeoverStatus
from subscriptions.domain.money import TELEGRAM_CURRENCY

TAKEOVER_ASKED: Final = "takeover_asked"

TAKEOVER_CLOSED: Final = "takeover_closed"


class TakeoverPendingMessage(Announcement, kind=TAKEOVER_ASKED, may_need_help=True):
    """Warning to the first account that another account requested a transfer. `due`: end of the period for an
    objection, a day from now.
    """

    due: datetime

    @classmethod
    async def gather(cls, sources: Sources, subject: UUID) -> Self | None:
        """Create the message; None if the transfer no longer waits. `subject`: id of the account transfer."""
        takeover = await sources.uow.of(TAKEOVERS_KEY).get(subject)
        if takeover is None or takeover.status is not TakeoverStatus.WAITING:
            return None
        return cls(due=sources.now + PERIOD_TO_OBJECT)


class TakeoverSettledMessage(Announcement, kind=TAKEOVER_CLOSED, may_need_help=True):
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
        """Variant of the text, which depends on the result."""
        if self.done:
            return "done_by_account" if self.by_account else "done"
        return "objected" if self.objected else "dropped"

    @classmethod
    async def gather(cls, sources: Sources, subject: UUID) -> Self | None:
        """Create the message; None if the transfer is not closed. `subject`: id of the account transfer."""
        takeover = await sources.uow.of(TAKEOVERS_KEY).get(subject)
        if takeover is None or takeover.closed_at is None:
            return None
        subscriptions = await sources.uow.subscriptions.of_customer(takeover.customer_id)
        return cls(
            done=takeover.status is TakeoverStatus.DONE,
            objected=takeover.status is TakeoverStatus.OBJECTED,
            by_account=any(
                each.live and each.provider_ref and each.price.currency == TELEGRAM_CURRENCY for each in subscriptions
            ),
        )
