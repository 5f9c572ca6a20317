"""What only some payment providers can do: a small protocol for each `Capability` that needs a call of its own."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from subscriptions.domain.money import Money
from subscriptions.domain.ports.foreign_subscriptions import ForeignPage
from subscriptions.domain.ports.payment_facts import (
    CheckoutState,
    DisputeAnswer,
    DisputeDeadline,
    ManagePages,
    PaymentEvent,
    PlanChangeRequest,
    PriceRequest,
    SubscriptionPage,
    WebhookEndpoint,
    WebhookRequest,
)


@runtime_checkable
class ResumesSubscriptions(Protocol):
    """Capability.RESUME: a cancellation at period end can be taken back."""

    async def resume_subscription(self, ref: str) -> bool:
        """True: it renews again. False: too late, or unknown."""
        ...


@runtime_checkable
class PausesSubscriptions(Protocol):
    """Capability.PAUSE: the next period can be left out, and the one after it is charged as ever."""

    async def pause_subscription(self, ref: str) -> bool:
        """Nothing is charged for the next period; what runs goes on to its end. True: settled, now or before; the
        snapshot's `pause_until` says until when. False: unknown, or nothing runs that a pause could follow."""
        ...

    async def end_pause(self, ref: str, *, at_once: bool) -> bool:
        """Charge again: at the end of what is paid while that runs, else with the next period, which begins now where
        `at_once` is asked for and the provider can. True: it does, or never paused. False: unknown, or over. Raises
        ChargeDeclined where a charge at once fails; then the pause goes on."""
        ...


@runtime_checkable
class MovesCharges(Protocol):
    """Capability.MOVE_CHARGE: the next charge can be put off, and the ones after it count from there."""

    async def move_charge(self, ref: str, charge_at: datetime, *, idempotency_key: str) -> bool:
        """Charge next at `charge_at`, to the second, or as near before it as the provider takes; nothing is charged or
        given back for that. Sooner than it would come only where it was put off before. True: it is so, now or before;
        the snapshot's period ends then and its `charge_moved_to` says so. False: unknown, `charge_at` is over, or not
        as it stands: it is to end, unpaid, left out, or something is settled for its renewal."""
        ...


@runtime_checkable
class HoldsCharges(Protocol):
    """Capability.HOLD: nothing is charged while its customer is kept out, for as long as that takes."""

    async def hold_charges(self, ref: str) -> bool:
        """Nothing is charged until they are released: no period that begins from now on, and no charge that failed
        before is tried again. The snapshot goes on as if it were: it is we who keep the customer out. True: held, now
        or before, or nothing would be charged anyway. False: unknown, or over."""
        ...

    async def release_charges(self, ref: str) -> bool:
        """Charge again with the next period, and what was owed before; what began meanwhile stays uncharged. True: it
        is, now or before. False: unknown, or over."""
        ...


@runtime_checkable
class HasPages(Protocol):
    """Capability.PORTAL: the provider has pages on which a customer puts a failed charge right."""

    async def manage_pages(self, subscription_ref: str, *, return_url: str, locale: str) -> ManagePages | None:
        """Made anew at each call, for they expire. return_url: where they lead back to. locale: `es` or `en`. None: the
        provider knows no such subscription, or it is over there."""
        ...


@runtime_checkable
class FetchesCheckouts(Protocol):
    """Capability.FETCH for checkouts: an open order can be asked about without a webhook."""

    async def fetch_checkout(self, session_ref: str) -> CheckoutState | None:
        """The checkout's present state; None where the provider knows no such one."""
        ...


@runtime_checkable
class FetchesPayments(Protocol):
    """Capability.FETCH_PAYMENTS: what was paid for a subscription can be asked for without a webhook."""

    async def fetch_payments(self, subscription_ref: str, start: datetime) -> Sequence[PaymentEvent]:
        """The payments captured at `start` or later, the oldest first; none for a subscription it does not know.

        Each is the very event a webhook would have told: `payment_completed` with the same payment_key, period and
        references; only its event_key is its own, `poll:{payment_key}`, so that asking again brings the same event.
        """
        ...


@runtime_checkable
class FetchesDisputes(Protocol):
    """Capability.FETCH_DISPUTES: what became of a dispute can be asked for without a webhook."""

    async def fetch_dispute(self, dispute_key: str) -> PaymentEvent | None:
        """The dispute as it is now: `dispute_opened` or `dispute_closed` with the reason and payment_key that a webhook
        would have. occurred_at is the moment of asking; event_key is its own, `poll:{dispute_key}:{kind}`, so that
        asking again brings the same event. None: the provider knows no such one, or tells nothing that we could use.
        """
        ...


@runtime_checkable
class TakesEvidence(Protocol):
    """Capability.TAKE_EVIDENCE: a dispute is answered by a call, once."""

    async def dispute_deadline(self, dispute_key: str) -> DisputeDeadline | None:
        """By when it has to be answered; None: the provider knows no such dispute. Raises gateway errors."""
        ...

    async def submit_evidence(self, dispute_key: str, answer: DisputeAnswer, *, idempotency_key: str) -> bool:
        """Hand it over for good. True: the provider has it, now or by an earlier call with this key. False: it takes no
        answer (any more): decided, answered otherwise, or too late.

        Raises GatewayRejected, with the code EVIDENCE_TOO_LARGE for a document that it would not take, and other
        gateway errors.
        """
        ...


@runtime_checkable
class ListsEvents(Protocol):
    """Capability.LIST_EVENTS: what happened in a span of time, to anybody, can be asked for without a webhook."""

    async def list_events(self, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
        """What happened to money and subscriptions from `start` on and before `end`, the oldest first, none ignored:
        refunds and disputes always, and whatever else the provider lists at no further call for each customer.

        Each is the very event a webhook would have told: where the provider lists what it delivers, with that
        delivery's event_key; else with its own, which is the same whenever it is asked for. What cannot be read is left
        out and logged. Raises gateway errors; GatewayAuthError where our credentials may not list.
        """
        ...


@runtime_checkable
class NamesLackingFeatures(Protocol):
    """For providers that leave out of a list what our credentials may not see, where others tell the most of it."""

    async def lacking_features(self) -> Sequence[str]:
        """What has to be switched on for all of it to be listed, as its dashboard calls it. Raises gateway errors."""
        ...


@runtime_checkable
class ListsSubscriptions(Protocol):
    """For providers that list subscriptions by the page, which spares asking about each."""

    async def list_subscriptions(self, cursor: str | None) -> SubscriptionPage:
        """A page of them, the first where `cursor` is None. Those that are over may be left out, and what begins or
        changes meanwhile may be passed over or come twice. Raises gateway errors."""
        ...


@runtime_checkable
class TakesOver(Protocol):
    """For providers whose subscriptions that others began can go on as ours."""

    async def list_foreign(self, cursor: str | None) -> ForeignPage:
        """A page of all that are not over, ours among them, the first where `cursor` is None. Raises gateway errors."""
        ...

    async def take_over(self, ref: str, order_id: str, telegram_id: int) -> bool:
        """Write on it whose it is from now on. Charges nothing and changes nothing else. False: there is no such.
        Raises gateway errors."""
        ...


@runtime_checkable
class ExpiresCheckouts(Protocol):
    """Capability.EXPIRE_CHECKOUT: a page that was opened can be closed before its time."""

    async def expire_checkout(self, session_ref: str) -> bool:
        """True: nobody can pay there any more, now or since before. False: it was paid, or is unknown."""
        ...


@runtime_checkable
class MakesPrices(Protocol):
    """Capability.PRICE_OBJECTS: the provider keeps a price object per plan."""

    async def ensure_price(self, request: PriceRequest) -> str:
        """The reference of the price object for exactly this plan and amount, made if there is none."""
        ...


@runtime_checkable
class ChangesPlans(Protocol):
    """Capability.CHANGE_PLAN: a running subscription can go over to another price."""

    async def quote_change(self, request: PlanChangeRequest) -> Money | None:
        """What the change charges at once; nothing is changed. None: no such running subscription."""
        ...

    async def change_plan(self, request: PlanChangeRequest) -> bool:
        """True: changed or settled for the renewal, now or before. False: no such running subscription.

        Raises ChargeDeclined where the difference could not be charged: then nothing is changed.
        """
        ...

    async def undo_change(self, subscription_ref: str) -> bool:
        """Drop what was settled for the renewal. True: nothing is settled any more. False: no such subscription."""
        ...


@runtime_checkable
class AsksForChanges(Protocol):
    """Capability.APPROVE_CHANGE: a running subscription goes over to another price from its next charge on, once its
    payer agreed to that on a page of the provider's; `at_renewal` is taken for granted. The snapshot tells of it by
    `price_ref` and `last_charge`. The same page, for the present price, takes back what is to come."""

    async def ask_change(self, request: PlanChangeRequest) -> str | None:
        """Where the payer agrees. Nothing changes before, nor where they do not. None: no such running subscription, or
        it cannot go over to that price."""
        ...


@runtime_checkable
class RefundsPayments(Protocol):
    """Capability.REFUND."""

    async def refund_payment(
        self, payment_key: str, amount: Money | None, *, idempotency_key: str, telegram_id: int | None = None
    ) -> bool:
        """Give money back, all of it when amount is None. True: done, under way, or done before.

        telegram_id: who paid, for providers that ask whom the money goes back to.
        """
        ...


@runtime_checkable
class NamesPayers(Protocol):
    """For providers that tell of two payments whether one card, or one account there, made both."""

    async def payer_of(self, payment_key: str) -> str | None:
        """A name of the card or account that paid, the same for every payment by it, whoever of our customers made it;
        nobody can tell its number by that. None: no such payment, or it was made otherwise. Raises gateway errors."""
        ...


@runtime_checkable
class KnowsWebhooks(Protocol):
    """For providers that keep a list of the addresses they send webhooks to."""

    async def webhook_endpoints(self) -> Sequence[WebhookEndpoint]:
        """All of them. Raises gateway errors: a key may not be let to see them."""
        ...


@runtime_checkable
class RegistersWebhooks(Protocol):
    """For providers that take down by a call where their webhooks go."""

    async def register_webhook(self, address: str) -> Mapping[str, str]:
        """Have all that concerns us told there, from now on; what the settings must then say, by name. A second call
        makes a second registration. Raises gateway errors: a key may not be let to, an address not be taken."""
        ...


@runtime_checkable
class TakesChatPayments(Protocol):
    """Capability.IN_CHAT: paid inside the chat. A checkout's url is its invoice link, its id the invoice's payload.

    What becomes of the money is told to our bot alone, in updates that nobody signed. The bot's process has them sealed
    and takes them through the same door as webhooks; the seal is the proof of origin that `parse_webhook` demands.
    """

    def seal_update(self, update: Mapping[str, object], received_at: datetime) -> WebhookRequest | None:
        """An update as the bot received it, as a delivery that `parse_webhook` of any process believes; None for one
        that is not about this provider's money.
        """
        ...


@runtime_checkable
class CompletesEvents(Protocol):
    """For providers whose refunds and disputes do not say which of our payments they are about."""

    async def complete_event(self, event: PaymentEvent) -> PaymentEvent:
        """The event with about_payment and our references filled in as far as the provider knows them; asks it, so not
        for use while a delivery waits for its answer. An event that lacks nothing comes back as it is."""
        ...


@runtime_checkable
class ConfirmsByHand(Protocol):
    """Capability.MANUAL: money that only a person sees arrive, as a transfer on the page of a bank.

    What the operator's people say of a checkout is sealed as a delivery and goes through the same door as webhooks; the
    seal is the proof of origin that `parse_webhook` demands.
    """

    def seal_decision(
        self, session_ref: str, order_id: str, amount: Money, *, is_confirmed: bool, decided_at: datetime
    ) -> WebhookRequest:
        """A checkout that was paid in full (`is_confirmed`) or will not be; deciding again gives the same event key."""
        ...
