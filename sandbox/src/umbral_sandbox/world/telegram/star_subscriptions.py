"""Subscriptions in Stars, renewed every thirty days, canceled and resumed by the payer or the bot."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from umbral_sandbox.world.telegram.records import Content
from umbral_sandbox.world.telegram.refusal import bad
from umbral_sandbox.world.telegram.star_records import StarPayment, StarSubscription, StopWord
from umbral_sandbox.world.telegram.state import State
from umbral_sandbox.world.telegram.updates import Updates
from umbral_sandbox.world.telegram.views import user_view

#: Interval between attempts of a failed charge, and their maximum number.
RETRY_AFTER: Final = timedelta(days=1)
TRIES: Final = 7

Charge = Callable[[StarSubscription], StarPayment]


class StarSubscriptions:
    """Subscriptions in Stars after their first payment. charge: function that collects the payment of a new period."""

    def __init__(self, state: State, updates: Updates, charge: Charge) -> None:
        self._state = state
        self._updates = updates
        self._charge = charge

    def begin(self, payment: StarPayment) -> StarSubscription | None:
        """Create the subscription of a first payment, or return None if the payment's invoice has no period."""
        seconds = payment.invoice.subscription_period
        if seconds is None:
            return None
        return self._keep(
            StarSubscription(
                id=payment.charge_id,
                seq=self._state.ids.next("star-subscription"),
                person=payment.person,
                invoice=payment.invoice,
                period_end=payment.at + timedelta(seconds=seconds),
            )
        )

    def all(self) -> list[StarSubscription]:
        """Return all subscriptions, oldest first."""
        return sorted(self._state.star_subscriptions.values(), key=lambda each: each.seq)

    def get(self, charge_id: str) -> StarSubscription | None:
        """Return a subscription by the charge id of its first payment, or None."""
        return self._state.star_subscriptions.get(charge_id)

    def edit(self, bot_id: int, person_id: int, charge_id: str, *, canceled: bool) -> None:
        """Cancel a subscription at the end of its period, or resume it, as the bot. The bot receives no update about
        the change.

        Refused: CHARGE_NOT_FOUND if this bot has no such subscription of the person, SUBSCRIPTION_NOT_ACTIVE if the
            subscription has ended.
        """
        known = self.get(charge_id)
        if known is None or known.invoice.bot != bot_id or known.person != person_id:
            raise bad("CHARGE_NOT_FOUND")
        if known.state == "ended":
            raise bad("SUBSCRIPTION_NOT_ACTIVE")
        self._stop(known, "bot" if canceled else None)

    def stop(self, known: StarSubscription) -> bool:
        """Cancel a subscription in Telegram's settings as the payer; return False if the subscription has ended or is
        already canceled.
        """
        if known.state == "ended" or known.stopped_by is not None:
            return False
        self._stop(known, "payer")
        self._tell(known, "canceled")
        return True

    def take_up(self, known: StarSubscription) -> bool:
        """Resume a canceled subscription in Telegram's settings as the payer; return False if the subscription is not
        canceled or has ended.
        """
        if known.state == "ended" or known.stopped_by is None:
            return False
        self._stop(known, None)
        self._tell(known, "active")
        return True

    def renew(self, known: StarSubscription, at: datetime | None = None) -> None:
        """Start and charge the next period, which begins at ``at`` or, for None, at the end of the last period."""
        seconds = known.invoice.subscription_period or 0
        known.period_end = (at or known.period_end) + timedelta(seconds=seconds)
        known.state, known.next_try, known.tries = "active", None, 0
        self._keep(known)
        self._charge(known)

    def recover(self, known: StarSubscription) -> None:
        """Give the payer new Stars, and charge a failed renewal immediately for a period that starts now."""
        known.failing = False
        self._keep(known)
        if known.state == "failed":
            self.renew(known, self._state.clock.now())

    def live(self, now: datetime) -> bool:
        """Perform all renewals, retries of failed charges and ends that are due by ``now``; return
        True if any was due.
        """
        acted = False
        while due := min((each for each in self.all() if _due(each) <= now), key=_due, default=None):
            self._step(due)
            acted = True
        return acted

    def _step(self, due: StarSubscription) -> None:
        if due.stopped_by is not None or due.tries >= TRIES:
            due.state, due.next_try = "ended", None
            self._keep(due)
        elif due.failing:
            first, moment = due.state != "failed", _due(due)
            due.state, due.next_try, due.tries = "failed", moment + RETRY_AFTER, due.tries + 1
            self._keep(due)
            if first:
                self._tell(due, "failed")
        else:
            self.renew(due)

    def _stop(self, known: StarSubscription, by: StopWord | None) -> None:
        known.stopped_by = by
        self._keep(known)

    def _keep(self, known: StarSubscription) -> StarSubscription:
        return self._state.star_subscriptions.put(known.id, known)

    def _tell(self, known: StarSubscription, state: str) -> None:
        person = self._state.people.get(known.person)
        if person is not None:
            body: Content = {"user": user_view(person), "invoice_payload": known.invoice.payload, "state": state}
            self._updates.push(known.invoice.bot, "subscription", body)


def _due(known: StarSubscription) -> datetime:
    """Return the time of the next renewal, retry or end; the maximum datetime for an ended subscription."""
    if known.state == "ended":
        return datetime.max.replace(tzinfo=known.period_end.tzinfo)
    return known.next_try or known.period_end
