"""Samples of account transfer screens, for the contact sheets and for tests of every screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from bot.screens import mydata, notices
from bot.screens.panel.people import people
from bot.texts import Texts
from features.transfer import screens
from features.transfer.cards import facts_of
from features.transfer.domain import AccountTransfer, SecondAccount
from features.transfer.messages import AccountTransferClosedMessage
from features.transfer.use_cases.account_rules import Refusal
from features.transfer.use_cases.take_over import AccountView
from scripts import contact_samples as samples
from scripts import panel_samples
from scripts.contact_samples import Shot
from subscriptions.application.views.see_customers import CustomerView
from subscriptions.domain.entities.account_transfer_status import AccountTransferStatus
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.ids import CustomerId, TelegramId

_ID = UUID(int=7)


def _chat(t: Texts) -> Sequence[Shot]:
    """Return the screens of a backup account before and after its verification, of its account transfer, and of every
    refusal.
    """
    second = SecondAccount(
        customer_id=CustomerId(_ID), telegram_id=TelegramId(5550199), offered_at=samples.NOW, proved_at=samples.NOW
    )
    waiting = AccountTransfer(
        id=_ID,
        customer_id=CustomerId(_ID),
        from_account=TelegramId(5550100),
        to_account=TelegramId(5550199),
        status=AccountTransferStatus.WAITING,
        asked_by="5550199",
        asked_at=samples.NOW,
        due_at=samples.NOW,
    )
    announced = AccountTransfer(**{**vars(waiting), "due_at": None})
    held = AccountTransfer(**{**vars(announced), "undelivered": "the account does not exist"})
    proposed = AccountTransfer(**{**vars(waiting), "status": AccountTransferStatus.PROPOSED, "due_at": None})
    first = Customer.arrive(TelegramId(5550100), "Marta", "marta", t.language, samples.NOW)
    views = {
        "a second account, none yet": AccountView(
            second=None, named_by=None, outgoing_transfer=None, incoming_transfer=None
        ),
        "a second account": AccountView(second=second, named_by=None, outgoing_transfer=None, incoming_transfer=None),
        "the second account itself": AccountView(
            second=None, named_by=second, outgoing_transfer=None, incoming_transfer=None
        ),
        "about to take over": AccountView(
            second=None, named_by=second, outgoing_transfer=None, incoming_transfer=waiting
        ),
        "two of staff have to agree": AccountView(
            second=None, named_by=second, outgoing_transfer=None, incoming_transfer=proposed
        ),
        "about to take over, before the notice": AccountView(
            second=None, named_by=second, outgoing_transfer=None, incoming_transfer=announced
        ),
        "about to take over, the notice failed": AccountView(
            second=None, named_by=second, outgoing_transfer=None, incoming_transfer=held
        ),
        "about to be taken over": AccountView(
            second=second, named_by=None, outgoing_transfer=waiting, incoming_transfer=None
        ),
        "about to be taken over, before the notice": AccountView(
            second=second, named_by=None, outgoing_transfer=announced, incoming_transfer=None
        ),
        "about to be taken over, the notice failed": AccountView(
            second=second, named_by=None, outgoing_transfer=held, incoming_transfer=None
        ),
    }
    return [
        Shot(
            "the button under the customer's own data",
            mydata.card(t, samples.POLICY.base_url, [screens.start_button(t)]),
        ),
        Shot("none is named any more", screens.card(t, views["a second account, none yet"], is_on=False)),
        Shot("one is named, and no other may be", screens.card(t, views["a second account"], is_on=False)),
        *(Shot(title, screens.card(t, view)) for title, view in views.items()),
        Shot("the link for it", screens.offer(t, "https://t.me/retador_bot?start=acc_4c1f")),
        Shot("opened with it", screens.proof(t, first)),
        Shot("to take over, the question", screens.sure(t)),
        Shot("to take over, under way", screens.under_way(t, waiting)),
        Shot("the first account said no", screens.objection(t, waiting)),
        *(Shot(f"an account, refused: {why}", screens.refusal(t, why)) for why in Refusal),
        Shot(
            "taken over",
            notices.render(AccountTransferClosedMessage(done=True, objected=False), t.language, samples.SUPPORT),
        ),
        Shot(
            "taken over, paid by the account of before",
            notices.render(
                AccountTransferClosedMessage(done=True, objected=False, by_account=True), t.language, samples.SUPPORT
            ),
        ),
        Shot(
            "stopped",
            notices.render(AccountTransferClosedMessage(done=False, objected=True), t.language, samples.SUPPORT),
        ),
    ]


def _panel(t: Texts) -> Sequence[Shot]:
    """Return the customer's card for each step of an account transfer."""
    proposed = AccountTransfer(
        id=panel_samples.ANA.id,
        customer_id=panel_samples.ANA.id,
        from_account=panel_samples.ANA.telegram_id,
        to_account=TelegramId(5550199),
        status=AccountTransferStatus.PROPOSED,
        asked_by="5550100",
        asked_at=samples.NOW,
    )
    announced = replace(proposed, status=AccountTransferStatus.WAITING, asked_by="5550199")
    held = replace(announced, undelivered="the account does not exist")
    moving = _card(replace(announced, due_at=samples.NOW + timedelta(days=1)))
    customer = partial(people.customer, t, names=panel_samples.NAMES, plans=panel_samples.PLANS)
    owner = StaffRole.OWNER
    return [
        Shot("a customer whose account moves", customer(moving, owner)),
        Shot("a customer whose account moves, proposed", customer(_card(proposed), owner)),
        Shot("a customer whose account moves, before the notice", customer(_card(announced), owner)),
        Shot("a customer whose account moves, the notice failed", customer(_card(held), owner)),
        Shot(
            "a customer whose account moves, one of two has confirmed",
            customer(_card(replace(held, confirmed_by="9")), owner),
        ),
        Shot("what else, while an account moves", people.more(t, moving, owner)),
    ]


def _card(account_transfer: AccountTransfer) -> CustomerView:
    return replace(panel_samples.CARD, added=(facts_of(account_transfer),))


CHAT: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"Second accounts": _chat}
"""Functions that return sample screens shown to customers, by the heading of the contact sheet."""
PANEL: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"transfer": _panel}
"""Functions that return sample screens of the panel, which only staff see."""
