"""Parameters of the Bot API methods of payments in the chat."""

import re
from typing import Annotated, Self, TypeVar

from pydantic import Field, model_validator

from .base import ApiObject, Boolean, FromJson, Integer, Parameters, Text, refusal
from .markup import InlineMarkup
from .messages import Outgoing

STARS = "XTR"
SUBSCRIPTION_PERIOD = 2_592_000
MOST_STARS = 10_000
AnInvoice = TypeVar("AnInvoice", bound="Invoice")
_CURRENCY = re.compile(r"^[A-Z]{3}$")


class LabeledPrice(ApiObject):
    """Item of an invoice's price."""

    label: Annotated[Text, Field(min_length=1)]
    amount: Integer


class Invoice(Parameters):
    """Parameters shared by all invoices."""

    title: Text
    description: Text
    payload: Text
    provider_token: Text = ""
    currency: Text
    prices: Annotated[list[LabeledPrice], FromJson]
    max_tip_amount: Integer | None = None
    suggested_tip_amounts: Annotated[list[Integer], Field(max_length=4), FromJson] | None = None
    provider_data: Text | None = None
    photo_url: Text | None = None
    photo_size: Integer | None = None
    photo_width: Integer | None = None
    photo_height: Integer | None = None
    need_name: Boolean | None = None
    need_phone_number: Boolean | None = None
    need_email: Boolean | None = None
    need_shipping_address: Boolean | None = None
    send_phone_number_to_provider: Boolean | None = None
    send_email_to_provider: Boolean | None = None
    is_flexible: Boolean | None = None

    @property
    def total(self) -> int:
        """Return the sum of the prices, in the currency's smallest unit."""
        return sum(price.amount for price in self.prices)

    @model_validator(mode="after")
    def _texts(self) -> Self:
        if not 1 <= len(self.title) <= 32:
            raise refusal("INVOICE_TITLE_INVALID" if self.title else "Title must be non-empty")
        if not 1 <= len(self.description) <= 255:
            raise refusal("Invoice description is too long" if self.description else "Description is empty")
        if not 1 <= len(self.payload.encode()) <= 128:
            raise refusal("INVOICE_PAYLOAD_INVALID")
        return self

    @model_validator(mode="after")
    def _money(self) -> Self:
        if not _CURRENCY.match(self.currency):
            raise refusal("CURRENCY_INVALID")
        if self.currency == STARS and self.provider_token:
            raise refusal("STARS_PAYMENT_PROVIDER_INVALID")
        if self.currency != STARS and not self.provider_token:
            raise refusal("PAYMENT_PROVIDER_INVALID")
        if not self.prices or (self.currency == STARS and len(self.prices) != 1):
            raise refusal("STARS_INVOICE_INVALID" if self.prices else "PRICES_EMPTY")
        if self.total <= 0:
            raise refusal("CURRENCY_TOTAL_AMOUNT_INVALID")
        return self


def _within(invoice: AnInvoice) -> AnInvoice:
    """Return the invoice; raise a validation error if it exceeds the maximum number of Stars per payment."""
    if invoice.currency == STARS and invoice.total > MOST_STARS:
        raise refusal("CURRENCY_TOTAL_AMOUNT_INVALID")
    return invoice


class SendInvoice(Invoice, Outgoing):
    """Parameters of sendInvoice."""

    start_parameter: Annotated[Text, Field(max_length=64)] | None = None
    reply_markup: InlineMarkup | None = None

    @model_validator(mode="after")
    def _limit(self) -> Self:
        return _within(self)


class CreateInvoiceLink(Invoice):
    """Parameters of createInvoiceLink."""

    business_connection_id: Text | None = None
    subscription_period: Integer | None = None

    @model_validator(mode="after")
    def _period(self) -> Self:
        if self.subscription_period not in (None, SUBSCRIPTION_PERIOD) or (
            self.subscription_period is not None and self.currency != STARS
        ):
            raise refusal("SUBSCRIPTION_PERIOD_INVALID")
        if self.subscription_period is not None and self.total > MOST_STARS:
            raise refusal("STARS_SUBSCRIPTION_AMOUNT_INVALID")
        return _within(self)


class AnswerPreCheckoutQuery(Parameters):
    """Parameters of answerPreCheckoutQuery."""

    pre_checkout_query_id: Text
    ok: Boolean
    error_message: Text | None = None

    @model_validator(mode="after")
    def _reason(self) -> Self:
        if not self.ok and not self.error_message:
            raise refusal("error_message must be specified if ok is False")
        return self


class RefundStarPayment(Parameters):
    """Parameters of refundStarPayment."""

    user_id: Integer
    telegram_payment_charge_id: Text


class EditUserStarSubscription(Parameters):
    """Parameters of editUserStarSubscription."""

    user_id: Integer
    telegram_payment_charge_id: Text
    is_canceled: Boolean


class GetStarTransactions(Parameters):
    """Parameters of getStarTransactions."""

    offset: Annotated[Integer, Field(ge=0)] = 0
    limit: Annotated[Integer, Field(ge=1, le=100)] = 100
