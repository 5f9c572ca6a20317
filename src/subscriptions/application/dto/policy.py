"""Business settings of the operator that the use cases follow, with their defaults."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from subscriptions.domain.entities.spoken import nearest
from subscriptions.domain.ports.repositories.people import Record
from subscriptions.domain.services import notice_policy
from subscriptions.domain.services.quiet_hours import QuietHours
from subscriptions.domain.services.withdrawal_policy import Declarations, Scope
from subscriptions.domain.services.zones import Zones

RETENTION: Final[Mapping[Record, timedelta]] = {
    Record.UPDATES: timedelta(days=30),
    Record.WEBHOOK_BODIES: timedelta(days=180),
    Record.NOTIFICATIONS: timedelta(days=180),
    # Consumers' claims in Spain lapse after five years (Código Civil, art. 1964.2).
    Record.NOTICES: timedelta(days=5 * 365),
    Record.LOG_IDS: timedelta(days=14),
    Record.DIALOGUES: timedelta(),
    Record.CONSOLE_VISITS: timedelta(days=1),
    Record.APP_PRESSES: timedelta(days=1),
    # A leaked picture is compared with its original; without the original no watermark can be found.
    Record.PICTURES: timedelta(days=180),
    Record.TRIAL_MARKS: timedelta(days=365),
    Record.OUTGOING: timedelta(days=30),
    Record.OPERATIONS: timedelta(days=30),
    Record.QUESTIONS: timedelta(days=365),
    Record.SEEN_CHATS: timedelta(days=30),
}
"""Default retention periods of completed records, by kind of record."""
_HAS_ENTRY_STEPS: Final = "_has_entry_steps"
"""Name of the attribute that stores the function given to `use_features`. It is not a dataclass field, so that it is
not a setting.
"""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Settings of the business: brand, texts of channels, and durations. `base_url`: URL of the site, to which
    customers return from a checkout.
    """

    brand: str
    base_url: str
    terms_version: str = "1"
    terms_corrects: frozenset[str] = frozenset()
    """Earlier versions of the terms that the current version only corrects. Customers who accepted one of these
    versions need not accept again.
    """
    terms_since: date | None = None
    """Date from which the terms apply; None if not known."""
    legal_identity: str = ""
    """Seller's name, tax number and address as printed on receipts; empty if the operator has not set them."""
    vat_rate: Decimal | None = None
    """Percentage of VAT included in prices, for payments whose provider reports no tax."""
    vat_rates: Mapping[str, Decimal] = field(default_factory=dict)
    """VAT rates in percent by the buyer's country, for countries in which the operator declares VAT."""
    promises: Sequence[str] = ()
    """Phrases that guarantee success, such as a certain profit. The operator is warned if a plan's
    texts contain one.
    """
    zones: Zones = field(default_factory=Zones)
    """Time zones for the times shown to customers and for quiet hours."""
    quiet_hours: QuietHours | None = None
    """Hours, in the operator's time zone, in which messages that customers do not wait for are sent silently; None for
    no quiet hours.
    """
    checkout_lifetime: timedelta = timedelta(minutes=35)
    invite_lifetime: timedelta = timedelta(hours=24)
    invite_by_request: bool = True
    """True if an invite link creates a join request; False if the link directly admits the first person who uses it."""
    vip_ritual: bool = True
    """True if the entry steps precede the VIP channel; False if its customers get a link directly."""
    vip_invite_lifetime: timedelta = timedelta(hours=24)
    direct_invite_lifetime: timedelta = timedelta(hours=5)
    """Lifetime of a shared chat's link if `vip_ritual` is False. Otherwise `vip_invite_lifetime` applies."""
    link_patience: timedelta = timedelta(minutes=1)
    """Time after the last entry step during which the customer normally opens the VIP link. Afterwards, the link is
    created and sent automatically.
    """
    token_validity: timedelta = timedelta(days=30)
    grace: timedelta = timedelta(days=5)
    renewal_notice: timedelta = notice_policy.DEFAULT
    """Time before a charge at which the payer is notified, for plans of a month or longer."""
    win_back: tuple[timedelta, ...] = (timedelta(days=1), timedelta(days=7))
    """Times after the end of access at which a customer is invited to come back, once each; empty for no invitations.
    """
    win_back_offer: str = ""
    """Code of a promotion offered in the win-back invitations, while the promotion runs and the customer may use it."""
    stay: timedelta = timedelta()
    """Length of the access time offered once a year, without charge, to a customer who is about to cancel because of a
    problem; zero for no offer.
    """
    nudge_abandoned: bool = True
    """True if a customer who opened a checkout and did not pay is reminded once."""
    nudge_not_joined: bool = True
    telegram_currency_alone_on_phones: bool = False
    """True if customers who open the Mini App on a phone may pay only in Telegram's own currency."""
    sells_in_browser: bool = False
    """True if customers can also buy, change and cancel on the web page outside Telegram; False if the page only shows
    the status of their subscriptions.
    """
    refund_without_channel: bool = False
    """True if a charge made while a customer's channel is missing is refunded automatically."""
    retention: timedelta = timedelta(days=30)
    """Time for which a channel is kept for a customer whose access ended."""
    unreported_grant: timedelta = timedelta(days=93)
    """Access time that staff may grant a customer in total, without payment, before the owners are alerted."""
    retention_periods: Mapping[Record, timedelta] = field(default_factory=lambda: dict(RETENTION))
    """Retention periods of completed records, by kind of record."""
    first_look: timedelta = timedelta(minutes=3)
    """Time after which the provider of an unpaid checkout is polled, in case no webhook reported the payment."""
    access_patience: timedelta = timedelta(minutes=5)
    """Time after a payment for which a customer may be without an invite link before the owners are alerted."""
    entry_patience: timedelta = timedelta(days=3)
    """Time for which a customer who paid may be unable to enter before their payment is returned; zero for never."""
    check_interval: timedelta = timedelta(minutes=5)
    withdrawal: Scope = Scope.EU
    """Customers who may withdraw from a contract within 14 days."""
    declarations: Declarations = Declarations.OFF
    """Declarations about withdrawal that a customer makes before paying."""
    withdrawal_window: timedelta = timedelta(days=365)
    """Period in which a customer's second withdrawal is reported to the owners, and requires the customer to make a
    declaration before the next purchase; zero disables this rule.
    """
    countries: frozenset[str] = frozenset()
    """Countries in which the operator sells (ISO 3166-1); empty for all countries, in which case customers are not
    asked for their country.
    """
    sweep_guard: int | None = None
    """Number of people that a bulk expiry may remove without an owner's approval. None means five people, or 5 % of the
    people with access if that is more.
    """
    channel_stock: int = 0
    """Number of pre-created channels kept ready."""
    channel_title: str = "{brand} - {plan} - {customer}"
    channel_about: str = "{brand} · {plan}"
    channel_welcome_en: str = (
        "👋 Hello, {name}! This is your private channel of {plan}.\n\n"
        "Everything your plan includes will arrive here. The channel is only for you: please don't share its content.\n"
        "The subscribers Telegram counts above are you and the accounts that write here; no one else can join.\n"
        "Write /status to the bot to see your subscription."
    )
    channel_welcome_pt: str = (
        "👋 Olá, {name}! Este é o teu canal privado de {plan}.\n\n"
        "É aqui que chega tudo o que o teu plano inclui. O canal é só teu: por favor, não partilhes o que há nele.\n"
        "Os subscritores que o Telegram conta acima és tu e as contas que escrevem aqui; mais ninguém entra.\n"
        "Escreve /estado ao bot para veres a tua subscrição."
    )
    channel_welcome_pt_br: str = (
        "👋 Olá, {name}! Este é o seu canal privado de {plan}.\n\n"
        "É aqui que chega tudo o que o seu plano inclui. O canal é só seu: por favor, não compartilhe o que há nele.\n"
        "Os inscritos que o Telegram conta acima são você e as contas que escrevem aqui; ninguém mais entra.\n"
        "Escreva /estado ao bot para ver sua assinatura."
    )
    channel_welcome: str = (
        "👋 ¡Hola, {name}! Este es tu canal privado de {plan}.\n\n"
        "Aquí llegará todo lo que incluye tu plan. El canal es solo para ti: no compartas su contenido.\n"
        "Los suscriptores que Telegram cuenta arriba sois tú y las cuentas que escriben aquí; no entra nadie más.\n"
        "Escribe /estado al bot para ver tu suscripción."
    )

    def is_quiet(self, now: datetime) -> bool:
        """Return True if `now` is within the quiet hours."""
        return self.quiet_hours is not None and self.quiet_hours.cover(now.astimezone(self.zones.home).time())

    def use_features(self, has_entry_steps: Callable[[], bool]) -> None:
        """Set the function that returns True if a feature provides entry steps (`entry_steps`). A change of the
        settings keeps this function; a copy of the policy does not have it.
        """
        vars(self)[_HAS_ENTRY_STEPS] = has_entry_steps

    @property
    def entry_steps(self) -> bool:
        """True if a feature that is on provides entry steps before the links of shared channels, or if `use_features`
        was not called.
        """
        has_entry_steps: Callable[[], bool] | None = vars(self).get(_HAS_ENTRY_STEPS)
        return has_entry_steps is None or has_entry_steps()

    def begins_steps(self, *, is_vip: bool) -> bool:
        """Return True if a new customer of a channel with entry steps has to complete them. is_vip: True for the VIP
        channel.
        """
        return (self.vip_ritual or not is_vip) and self.entry_steps

    @property
    def shared_invite_lifetime(self) -> timedelta:
        """Lifetime of a link to a shared chat."""
        return self.vip_invite_lifetime if self.vip_ritual else self.direct_invite_lifetime

    @property
    def terms(self) -> frozenset[str]:
        """Return the versions of the terms whose acceptance is sufficient: the current one, and those that it only
        corrects.
        """
        return self.terms_corrects | {self.terms_version}

    def vat_in(self, country: str | None) -> Decimal | None:
        """Return the VAT rate of a buyer's country in percent. If the country is unknown or has no rate, return the
        operator's own rate, or None if there is none.
        """
        return self.vat_rates.get(country or "", self.vat_rate)

    def welcome_in(self, language: str) -> str:
        """Return the welcome message pinned in a channel, in the customer's language."""
        others = {
            "en": self.channel_welcome_en,
            "pt": self.channel_welcome_pt,
            "pt-br": self.channel_welcome_pt_br,
        }
        return nearest(others, language) or self.channel_welcome
