"""First contact with customers, their consent to the terms, and their language, time zone, country and other
preferences.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.customer import Consent, Customer
from subscriptions.domain.entities.notification import NOTICES, REMINDERS, MessageKind, Notification
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.errors import Permanent
from subscriptions.domain.events import ChannelOutdated, CustomerCameBack
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.former_accounts import FORMER_ACCOUNTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.reminder_policy import STALE
from subscriptions.domain.services.trial_marks import BEEN_CUSTOMER, NO_MARKS, TrialMarks
from subscriptions.domain.services.zones import ZONE_CHOICES

OWNER_LINK: Final = "owner-"
"""Prefix of the payload in the link that an owner opens so that the setup wizard learns their Telegram id. The bot
treats such a link like any other start.
"""


def language_for(code: str | None) -> str:
    """Return the supported language for a Telegram language code (`en`, `pt-br`), or the shop's language if the code is
    not supported.
    """
    return LANGUAGES.resolve(code) or LANGUAGES.home


@dataclass(frozen=True, kw_only=True)
class Person:
    """Telegram user as described by an update."""

    telegram_id: TelegramId
    first_name: str
    username: str | None
    language_code: str | None
    last_name: str | None = None

    @property
    def language(self) -> str:
        """Language in which the bot replies to the person."""
        return language_for(self.language_code)


@dataclass(frozen=True)
class MeetCustomer:
    """Use case that creates or refreshes the customer of a Telegram user, with the name and language from Telegram."""

    units: UnitOfWorkFactory
    clock: Clock
    trial_marks: TrialMarks = NO_MARKS

    async def __call__(
        self, person: Person, *, source: str | None = None, referrer: CustomerId | None = None
    ) -> Customer:
        """Return the customer, created at the first contact. A customer who writes to the bot is reachable again.

        source: origin given in the link that led to the bot; the first origin is kept
        referrer: customer whose link was used; not recorded for a known customer, nor for a customer who was erased and
            has returned
        """
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(person.telegram_id)
            if customer is None:
                customer = Customer.arrive(
                    person.telegram_id,
                    person.first_name,
                    person.username,
                    person.language,
                    self.clock.now(),
                    last_name=person.last_name,
                )
                customer.source = source
                customer.referrer_id = await self._referrer_of(uow, person.telegram_id, referrer)
                fresh = await uow.customers.add_if_new(customer)
                if fresh and source is not None:
                    await uow.customers.add_link_use(source, customer.id, customer.created_at)
                await uow.commit()
                if fresh:
                    return customer
            elif not self._refresh(customer, person, source) and source is None:
                return customer
            else:
                # The customer is read again under the lock, so that a consent or note recorded in the meantime is not
                # overwritten.
                customer = await known_customer(uow, person.telegram_id, lock=True)
                was_away = not customer.reachable
                self._refresh(customer, person, source)
                await uow.customers.save(customer)
                if source is not None:
                    await uow.customers.add_link_use(source, customer.id, self.clock.now())
                if was_away:
                    await self._queue_stored_notifications(uow, customer)
                await uow.commit()
        async with self.units() as uow:
            return await known_customer(uow, person.telegram_id)

    async def _referrer_of(
        self, uow: UnitOfWork, telegram_id: TelegramId, referrer: CustomerId | None
    ) -> CustomerId | None:
        """Return the referrer. Return None if the referrer was erased or is barred from buying, or if the person was a
        customer before and was erased.
        """
        customer = await uow.customers.get(referrer) if referrer is not None else None
        if customer is None or customer.is_forgotten or customer.barred_at is not None:
            return None
        mark = self.trial_marks.mark_of(telegram_id, BEEN_CUSTOMER)
        return customer.id if mark is None or not await uow.personal_data.has_trial_mark(mark) else None

    async def _queue_stored_notifications(self, uow: UnitOfWork, customer: Customer) -> None:
        """Queue the notifications that were stored while the customer was unreachable, in their order.

        Each notification is loaded again, because an invite link may have expired. Outdated notifications are not sent.
        An old reminder is dropped, because the end that it announces may have changed. Of several reminders of one kind
        about one subject, only the newest is sent, because all of them would have the same content now.
        """
        now = self.clock.now()
        stored = await uow.notifications.kept_for(customer.telegram_id, lock=True)
        newest = {(each.kind, each.subject): each.id for each in stored}
        for index, notification in enumerate(stored):
            stale = notification.kind in REMINDERS - NOTICES and (
                now - notification.created_at >= STALE
                or newest[notification.kind, notification.subject] != notification.id
            )
            if notification.subject is None or stale or _is_over(notification, now):
                continue
            notification.failed, notification.created_at = None, now + timedelta(microseconds=index)
            await uow.notifications.save(notification)
            uow.record(CustomerCameBack(customer.id, notification.kind, notification.subject, notification.cause))
            invite = (
                await uow.channels.get_invite(notification.subject)
                if notification.kind == MessageKind.INVITE_READY
                else None
            )
            if invite is not None and not invite.usable(now):
                uow.record(ChannelOutdated(invite.channel_id))

    def _refresh(self, customer: Customer, person: Person, source: str | None) -> bool:
        before_customer = replace(customer)
        customer.first_name, customer.last_name = person.first_name, person.last_name
        customer.username = person.username
        customer.choose_language(customer.chosen_language, person.language)
        customer.blocked_at = customer.unopened_at = None
        customer.source = customer.source or source
        return before_customer != customer


def _is_over(notification: Notification, now: datetime) -> bool:
    """Return True if the stored notification announced a charge that is due by now. Sending it would announce the next
    charge, for which there is another notification.
    """
    charge = notification.params.get("charge", "") if notification.kind in NOTICES else ""
    return charge != "" and datetime.fromisoformat(charge) <= now


@dataclass(frozen=True)
class AcceptTerms:
    """Use case that records a customer's consent to the terms, and the statement that they are of age, once per version
    of the terms. Every consent is kept.
    """

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy

    async def __call__(self, telegram_id: TelegramId) -> None:
        """Record the customer's consent to the current terms. Idempotent."""
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id, lock=True)
            now = self.clock.now()
            if not customer.has_accepted(*self.policy.terms):
                if customer.consent is not None:
                    # A process of the previous release stored only the latest consent.
                    await uow.customers.add_consent(customer.consent)
                customer.accept_terms(self.policy.terms_version, now)
                await uow.customers.save(customer)
                consent = Consent(
                    customer_id=customer.id,
                    version=self.policy.terms_version,
                    language=customer.language,
                    accepted_at=now,
                )
                await uow.customers.add_consent(consent)
                await uow.audit.record(
                    actor=str(telegram_id),
                    action="terms.accepted",
                    subject=str(customer.id),
                    reason="pressed in the chat",
                    at=now,
                    facts={"version": self.policy.terms_version},
                )
                await uow.commit()


@dataclass(frozen=True)
class ChooseLanguage:
    """Use case that sets the language of messages to a customer. It takes precedence over the language set in their
    Telegram app.
    """

    units: UnitOfWorkFactory

    async def __call__(self, person: Person, choice: str | None) -> Customer:
        """Set the language. `choice`: None to use the language set in the customer's Telegram app. Idempotent."""
        async with self.units() as uow:
            customer = await known_customer(uow, person.telegram_id, lock=True)
            customer.choose_language(choice, person.language)
            await uow.customers.save(customer)
            await uow.commit()
        return customer


@dataclass(frozen=True)
class LeaveInPeace:
    """Use case that switches a customer's win-back messages off or on."""

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, telegram_id: TelegramId, *, quiet: bool) -> None:
        """Switch win-back messages off if `quiet` is True, on otherwise. Repeated calls keep the first timestamp."""
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id, lock=True)
            customer.quiet_at = (customer.quiet_at or self.clock.now()) if quiet else None
            await uow.customers.save(customer)
            await uow.commit()


@dataclass(frozen=True)
class ChooseZone:
    """Use case that sets the time zone of a customer's messages and quiet hours."""

    units: UnitOfWorkFactory

    async def __call__(self, person: Person, choice: str | None) -> Customer:
        """Set the time zone. `choice`: one of ZONE_CHOICES; for None or any other value, the time zone is derived from
        the customer's language.
        """
        async with self.units() as uow:
            customer = await known_customer(uow, person.telegram_id, lock=True)
            customer.zone = choice if choice in ZONE_CHOICES else None
            await uow.customers.save(customer)
            await uow.commit()
        return customer


@dataclass(frozen=True)
class ChooseCountry:
    """Use case that stores the country from which a customer buys."""

    units: UnitOfWorkFactory
    policy: Policy

    async def __call__(self, telegram_id: TelegramId, country: str) -> Customer:
        """Store the country. `country`: a country in which the shop sells. Any other country is not stored, so that the
        customer is asked again.
        """
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id, lock=True)
            customer.country = country if country in self.policy.countries else None
            await uow.customers.save(customer)
            await uow.commit()
        return customer


@dataclass(frozen=True)
class FindCustomer:
    """Use case that returns a customer by id."""

    units: UnitOfWorkFactory

    async def __call__(self, customer_id: CustomerId, at: datetime | None = None) -> Customer | None:
        """Return the customer with this id. Return None if the customer is unknown or erased.

        `at`: time at which a message from the customer's account was written. If the account was transferred since
            then, return the customer who had the account at that time. None ignores transfers.
        """
        async with self.units() as uow:
            customer = await uow.customers.get(customer_id)
            if customer is not None and at is not None:
                customer = await owner_at(uow, customer, at)
        return customer if customer is not None and not customer.is_forgotten else None

    async def by_telegram_id(self, telegram_id: TelegramId) -> Customer | None:
        """Return the customer with this Telegram id; None if there is none."""
        async with self.units() as uow:
            return await uow.customers.by_telegram_id(telegram_id)


async def owner_at(uow: UnitOfWork, customer: Customer, at: datetime) -> Customer | None:
    """Return the customer who had this customer's current account at a given time. Purchases may have been transferred
    to another account since then.
    """
    for owner in await uow.of(FORMER_ACCOUNTS_KEY).taken_from(customer.telegram_id):
        if owner != customer.id and await uow.of(FORMER_ACCOUNTS_KEY).account_at(owner, at) == customer.telegram_id:
            return await uow.customers.get(owner)
    return customer


async def known_customer(uow: UnitOfWork, telegram_id: TelegramId, *, lock: bool = False) -> Customer:
    """Return the customer of a Telegram user. Raises Permanent if the user never wrote to the bot."""
    customer = await uow.customers.by_telegram_id(telegram_id, lock=lock)
    if customer is None:
        raise Permanent(f"telegram user {telegram_id} never wrote to the bot")
    return customer
