"""Rendering of hosted pages, with a ``Checkout`` that a provider fills in; buttons post to the provider's
own address.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

from babel.dates import format_date
from babel.numbers import format_currency
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from umbral_sandbox.payments.hosted.texts import LANGUAGES, TEXTS

Step = Literal["open", "confirm", "paid", "expired", "gone"]
_HERE: Final = Path(__file__).parent
_templates: Final = Environment(
    loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


@dataclass(frozen=True)
class PageLine:
    """Item of the purchase: its name, its price as text, and its interval."""

    name: str
    price: str
    note: str = ""


@dataclass(frozen=True)
class PageField:
    """Detail that the payer needs to pay: a label and a value (an address, a network)."""

    label: str
    value: str


@dataclass(frozen=True)
class Checkout:
    """Content of the page.

    action: address to which the buttons post, as ``{action}/pay`` and so on
    fields: details that replace the test card
    alert: text above the fields
    texts: texts that replace the usual ones, and labels of buttons that only this provider has
    """

    step: Step
    seller: str
    provider: str
    total: str
    lines: list[PageLine]
    action: str
    recurring: bool
    declined: bool = False
    email: str | None = None
    back: str | None = None
    buttons: frozenset[str] = field(default_factory=lambda: frozenset({"pay", "decline", "action", "cancel"}))
    fields: tuple[PageField, ...] = ()
    alert: str | None = None
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PortalPlan:
    """Subscription as its customer sees it. until: date as text."""

    id: str
    name: str
    price: str
    until: str
    ending: bool


@dataclass(frozen=True)
class Portal:
    """Page on which a customer manages subscriptions; buttons post to ``{action}/card`` and, if ``cancels`` is true, to
    ``/cancel`` and ``/resume``.
    """

    seller: str
    provider: str
    action: str
    plans: list[PortalPlan]
    back: str | None = None
    cancels: bool = True


_WRITTEN_AS: Final = {"pt": "pt_PT"}
"""Locales for money and dates, by language, where the language's default locale would format them differently than in
Europe.
"""


def language_of(wanted: str | None, accepted: str | None) -> str:
    """Return the page's language: the seller's choice, else the browser's, else English."""
    ranked = [wanted] if wanted not in {None, "auto"} else [each.strip() for each in (accepted or "").split(",")]
    for each in ranked:
        code = (each or "").split(";")[0].split("-")[0].lower()
        if code in LANGUAGES:
            return code
    return "en"


def amount_text(amount: str, currency: str, language: str) -> str:
    """Format ``"29.99", "EUR", "es"`` as ``29,99 €``."""
    return format_currency(Decimal(amount), currency.upper(), locale=_WRITTEN_AS.get(language, language))


def render(checkout: Checkout, language: str) -> str:
    """Render the page as HTML."""
    texts = TEXTS[language] | dict(checkout.texts)
    return _templates.get_template("page.html").render(checkout=checkout, language=language, t=texts)


def render_portal(portal: Portal, language: str) -> str:
    """Render the customer's page as HTML."""
    return _templates.get_template("portal.html").render(portal=portal, language=language, t=TEXTS[language])


def date_text(moment: datetime, language: str) -> str:
    """Format a date for readers."""
    return format_date(moment.date(), "long", locale=_WRITTEN_AS.get(language, language))
