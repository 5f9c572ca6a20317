"""A second account and an invitation, on the contact sheet: named, proved, taken over from, and every refusal."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from bot.screens import Screen, account, notices
from bot.texts import Texts
from scripts import contact_samples as samples
from scripts.contact_samples import Shot
from subscriptions.application.messages.nudge_messages import TakeoverSettledMessage
from subscriptions.application.moving.take_over import AccountView
from subscriptions.application.people.account_rules import Refusal
from subscriptions.application.team.open_invitation import InvitationResult
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.takeover import SecondAccount, Takeover, TakeoverStatus
from subscriptions.domain.ids import CustomerId, TelegramId

_ID = UUID(int=7)


def shots(t: Texts) -> Sequence[Shot]:
    """All of it."""
    second = SecondAccount(
        customer_id=CustomerId(_ID), telegram_id=TelegramId(5550199), offered_at=samples.NOW, proved_at=samples.NOW
    )
    waiting = Takeover(
        id=_ID,
        customer_id=CustomerId(_ID),
        from_account=TelegramId(5550100),
        to_account=TelegramId(5550199),
        status=TakeoverStatus.WAITING,
        asked_by="5550199",
        asked_at=samples.NOW,
        due_at=samples.NOW,
    )
    announced = Takeover(**{**vars(waiting), "due_at": None})
    held = Takeover(**{**vars(announced), "undelivered": "the account does not exist"})
    proposed = Takeover(**{**vars(waiting), "status": TakeoverStatus.PROPOSED, "due_at": None})
    first = Customer.arrive(TelegramId(5550100), "Marta", "marta", t.language, samples.NOW)
    views = {
        "a second account, none yet": AccountView(second=None, named_by=None, takeover_from=None, takeover_by=None),
        "a second account": AccountView(second=second, named_by=None, takeover_from=None, takeover_by=None),
        "the second account itself": AccountView(second=None, named_by=second, takeover_from=None, takeover_by=None),
        "about to take over": AccountView(second=None, named_by=second, takeover_from=None, takeover_by=waiting),
        "two of staff have to agree": AccountView(
            second=None, named_by=second, takeover_from=None, takeover_by=proposed
        ),
        "about to take over, before the notice": AccountView(
            second=None, named_by=second, takeover_from=None, takeover_by=announced
        ),
        "about to take over, the notice failed": AccountView(
            second=None, named_by=second, takeover_from=None, takeover_by=held
        ),
        "about to be taken over": AccountView(second=second, named_by=None, takeover_from=waiting, takeover_by=None),
        "about to be taken over, before the notice": AccountView(
            second=second, named_by=None, takeover_from=announced, takeover_by=None
        ),
        "about to be taken over, the notice failed": AccountView(
            second=second, named_by=None, takeover_from=held, takeover_by=None
        ),
    }
    return [
        *(Shot(title, account.card(t, view)) for title, view in views.items()),
        Shot("the link for it", account.offer(t, "https://t.me/retador_bot?start=acc_4c1f")),
        Shot("opened with it", account.proof(t, first)),
        Shot("to take over, the question", account.sure(t)),
        Shot("to take over, under way", account.under_way(t, waiting)),
        Shot("the first account said no", account.objection(t, waiting)),
        *(Shot(f"an account, refused: {why}", account.refusal(t, why)) for why in Refusal),
        Shot(
            "taken over", notices.render(TakeoverSettledMessage(done=True, objected=False), t.language, samples.SUPPORT)
        ),
        Shot(
            "taken over, paid by the account of before",
            notices.render(
                TakeoverSettledMessage(done=True, objected=False, by_account=True), t.language, samples.SUPPORT
            ),
        ),
        *(Shot(f"an invitation to the team: {each}", Screen(t(f"invitations.{each}"))) for each in InvitationResult),
        Shot("stopped", notices.render(TakeoverSettledMessage(done=False, objected=True), t.language, samples.SUPPORT)),
    ]
