"""The operator's choices that use cases follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from subscriptions.domain.entities.invoice import InvoiceWay
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
    # A claim by a consumer in Spain lapses after five years (Código Civil, art. 1964.2).
    Record.NOTICES: timedelta(days=5 * 365),
    Record.LOG_IDS: timedelta(days=14),
    Record.DIALOGUES: timedelta(),
    Record.CONSOLE_VISITS: timedelta(days=1),
    Record.APP_PRESSES: timedelta(days=1),
    # An original is what a leaked picture is held against; without it one tells nothing.
    Record.PICTURES: timedelta(days=180),
    Record.TRIAL_MARKS: timedelta(days=365),
    Record.OUTGOING: timedelta(days=30),
    Record.OPERATIONS: timedelta(days=30),
    Record.QUESTIONS: timedelta(days=365),
    Record.SEEN_CHATS: timedelta(days=30),
}
"""How long what was settled is kept, unless the operator sets it otherwise."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Brand, texts of channels, and how long things last. base_url: the operator's site, a checkout returns to it."""

    brand: str
    base_url: str
    terms_version: str = "1"
    terms_corrects: frozenset[str] = frozenset()
    """Earlier versions that this one only corrects: whoever accepted one of them has accepted this one."""
    terms_since: date | None = None
    """From which day on the terms hold, where that is known."""
    legal_identity: str = ""
    """Who sells, as it stands on receipts: name, tax number, address; empty where the operator has not said."""
    vat_rate: Decimal | None = None
    """Per cent of VAT in the prices, for money of which its provider tells no tax."""
    vat_rates: Mapping[str, Decimal] = field(default_factory=dict)
    """The same by the buyer's country, for those that are declared there."""
    promises: Sequence[str] = ()
    """Phrases that promise certainty, of which an operator is warned in a plan's words."""
    zones: Zones = field(default_factory=Zones)
    """By whose clock customers are told times, and are left in peace at night."""
    quiet_hours: QuietHours | None = None
    """When, by the operator's clock, what nobody waits for arrives without a sound; None: never."""
    checkout_lifetime: timedelta = timedelta(minutes=35)
    invite_lifetime: timedelta = timedelta(hours=24)
    invite_by_request: bool = True
    """Whether a link asks for admission; otherwise it admits whoever comes first, once."""
    vip_ritual: bool = True
    """Whether the VIP channel is entered by the ritual of three stages, or by an invite straight away."""
    vip_invite_lifetime: timedelta = timedelta(hours=24)
    direct_invite_lifetime: timedelta = timedelta(hours=5)
    """How long an invite to the VIP channel is good: at the end of the ritual, and without one."""
    link_patience: timedelta = timedelta(minutes=1)
    """How long after a step a link into the VIP channel may be missing before it is made and sent by itself."""
    token_validity: timedelta = timedelta(days=30)
    grace: timedelta = timedelta(days=5)
    support_patience: timedelta = timedelta(hours=24)
    """How long a customer's question may wait before the owners are told."""
    saved_replies: Mapping[str, str] = field(default_factory=dict)
    """Texts that customers' questions are answered with, by their words: `/gracias`."""
    renewal_notice: timedelta = notice_policy.DEFAULT
    """How long before a charge its payer is told of it, of a plan of a month or longer."""
    win_back: tuple[timedelta, ...] = (timedelta(days=1), timedelta(days=7))
    """How long after the end of access somebody is told how to come back, each time once; none: nobody is."""
    win_back_promotion: str = ""
    """The code of a promotion that is offered with it, while it runs and is theirs to use."""
    stay: timedelta = timedelta()
    """How much time somebody is offered once a year who would leave because something went wrong; none: nobody is."""
    referral: timedelta = timedelta()
    """How much time a customer and who came by their link are given each, once that one has paid; none: nothing."""
    nudge_abandoned: bool = True
    nudge_not_joined: bool = True
    telegram_currency_alone_on_phones: bool = False
    """Whether who opens the Mini App on a phone may pay by Telegram's own currency alone."""
    sells_in_browser: bool = False
    """Whether customers also buy, change and cancel on their page outside Telegram; otherwise that page only shows."""
    refund_without_channel: bool = False
    """Whether what is charged while a customer's channel is missing goes back by itself."""
    """Whether somebody who came as far as the page to pay at, and did not, is reminded of it once."""
    retention: timedelta = timedelta(days=30)
    """How long a channel is kept for a customer whose access has ended."""
    unheard_gift: timedelta = timedelta(days=93)
    """How much time staff may give somebody before the owners hear of it at once."""
    retention_periods: Mapping[Record, timedelta] = field(default_factory=lambda: dict(RETENTION))
    """How long records are kept once their work is done."""
    first_look: timedelta = timedelta(minutes=3)
    """How long a checkout may stay unpaid before its provider is asked without a webhook."""
    access_patience: timedelta = timedelta(minutes=5)
    """How long somebody who paid may be without a way in before the owner hears of it."""
    check_interval: timedelta = timedelta(minutes=5)
    withdrawal: Scope = Scope.EU
    """Whose contracts may be withdrawn from within 14 days."""
    declarations: Declarations = Declarations.OFF
    """What a customer may declare about that before paying."""
    withdrawal_window: timedelta = timedelta(days=365)
    """Time in which a second withdrawal of one customer is reported, and has them declare before they buy; 0 = none."""
    countries: frozenset[str] = frozenset()
    """Where is sold (ISO 3166-1); empty for everywhere, and then nobody is asked."""
    invoices: InvoiceWay = InvoiceWay.OFF
    """Who issues an invoice for who wants one."""
    simplified_invoices: bool = False
    """Whether a simplified invoice is issued of each sale, asked for or not."""
    sweep_guard: int | None = None
    """How many people the clock may remove at once without an owner's word; None: five, or 5 % where that is more."""
    channel_stock: int = 0
    """How many channels are kept ready ahead of demand."""
    channel_title: str = "{brand} - {plan} - {customer}"
    channel_about: str = "{brand} · {plan}"
    channel_welcome_en: str = (
        "👋 Hello, {name}! This is your private channel of {plan}.\n\n"
        "All that your plan includes will arrive here. The channel is yours alone: please do not share what is in it.\n"
        "The subscribers Telegram counts above are you and the accounts that write here; nobody else can come in.\n"
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
        """Whether these are quiet hours."""
        return self.quiet_hours is not None and self.quiet_hours.cover(now.astimezone(self.zones.home).time())

    @property
    def terms(self) -> frozenset[str]:
        """The versions of the terms that count as accepted: the one in force, and those that it only corrects."""
        return self.terms_corrects | {self.terms_version}

    def vat_in(self, country: str | None) -> Decimal | None:
        """The rate of a buyer's country; the operator's own where that is not known, or has none."""
        return self.vat_rates.get(country or "", self.vat_rate)

    def welcome_in(self, language: str) -> str:
        """The welcome pinned in a channel whose customer reads that language."""
        others = {
            "en": self.channel_welcome_en,
            "pt": self.channel_welcome_pt,
            "pt-br": self.channel_welcome_pt_br,
        }
        return nearest(others, language) or self.channel_welcome
