"""Functions that build the callback data of buttons, and a filter that parses it. Callback data is visible to the
client and limited to 64 bytes.
"""

import re
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from aiogram.filters import Filter
from aiogram.types import CallbackQuery

from subscriptions.domain.entities.resource import VIP

PLAN_LIST: Final = "plan_list"
BACK_TO_PLANS: Final = "back_to_plans"
CONFIRM_CANCEL: Final = "confirm_cancel"
UNDO_CANCEL: Final = "undo_cancel"
STATUS: Final = "status"
MANAGE: Final = "manage"
INVITE_LINKS: Final = "ways_in"
EXPLANATION: Final = "why"
TERMS: Final = "terms"
ACCEPT_TERMS: Final = "accept_terms"
STATEMENT: Final = "statement"
RECEIPTS: Final = "receipts"
HELP: Final = "help"
VIP_ENTRY: Final = "vip_entry"
MY_DATA: Final = "my_data"
EXPORT_DATA: Final = "export_data"
ERASE_DATA: Final = "erase_data"
ERASE_SURE: Final = "erase_data_sure"
ERASE_NOW: Final = "erase_data_now"
NO_OFFERS: Final = "no_offers"
OFFERS_AGAIN: Final = "offers_again"

REASONS: Final = ("price", "results", "time", "other")
ELSEWHERE: Final = "ZZ"
"""Country code of the button for a country that is not in the list."""
LIMIT: Final = 64
"""Maximum size of a button's callback data at Telegram, in bytes."""

TERMS_MARK: Final = "~"
"""Separator between a button's callback data and the version of the terms that a press agrees to."""

_LATEST: Final = 253_402_300_799
SLUG: Final = r"(?P<soft_id>[a-z0-9-]{1,40})"
"""Pattern of a plan's slug in the data of a button."""

PLAN_SELECT_PATTERN: Final = rf"plan_select_{SLUG}"
SUBSCRIBE_PATTERN: Final = rf"subscribe_{SLUG}"
VERIFY_PATTERN: Final = rf"verify_{SLUG}"
METHODS_PATTERN: Final = rf"methods_{SLUG}"
FREE_PATTERN: Final = rf"free_{SLUG}"
PAY_PATTERN: Final = rf"pay_(?P<provider>[a-z0-9_]+)_{SLUG}"
CANCEL_PATTERN: Final = rf"cancel_{SLUG}"
CONFIRM_CANCEL_PATTERN: Final = rf"{CONFIRM_CANCEL}(?:_{SLUG})?"
UNDO_CANCEL_PATTERN: Final = rf"{UNDO_CANCEL}(?:_{SLUG})?"
CANCEL_KEEP_PATTERN: Final = rf"cancel_keep_{SLUG}"
CANCEL_REASON_PATTERN: Final = rf"cancel_reason_{SLUG}_(?P<reason>{'|'.join(REASONS)})"

VIP_STAGE_PATTERN: Final = r"vip_stage_(?P<stage>[123])(?:_(?P<resource>[a-z0-9-]{1,40}))?"
VIP_ENTRY_PATTERN: Final = r"vip_entry(?:_(?P<resource>[a-z0-9-]{1,40}))?"

LANGUAGE_PATTERN: Final = r"language_(?P<language_code>[a-z-]{2,8})"
ZONES: Final = "zones"
ZONE_PATTERN: Final = r"zone_(?P<zone_name>[A-Za-z/_]{1,40})"

USE_CODE_PATTERN: Final = r"use_code_(?P<code>[A-Z0-9]{16})"


CHANGE_PATTERN: Final = rf"change_{SLUG}"
SWITCH_PATTERN: Final = rf"switch_{SLUG}_(?P<subscription>[0-9A-F]{{8}})"
SWITCH_FROM_PATTERN: Final = rf"switch_{SLUG}"
CONFIRM_SWITCH_PATTERN: Final = rf"sw_ok_{SLUG}_(?P<subscription>[0-9A-F]{{8}})_(?P<as_of>[0-9a-z]{{1,7}})"
KEEP_PLAN_PATTERN: Final = rf"keep_plan_{SLUG}"

CONTENT_PATTERN: Final = rf"content_{SLUG}"

PAUSE_PATTERN: Final = rf"(?P<step>pause|pause_sure|go_on|go_on_sure)_{SLUG}"
STAY_PATTERN: Final = rf"stay_{SLUG}"


MEND_PATTERN: Final = rf"mend_(?P<way>card|pay)_{SLUG}"

COUNTRY_PATTERN: Final = rf"country_(?P<country>[A-Z]{{2}})_{SLUG}"
DECLARE_PATTERN: Final = rf"declare_(?:begin|accept)_{SLUG}"
WITHDRAW: Final = "withdraw"
WITHDRAW_PATTERN: Final = r"withdraw(?:_(?P<order>[0-9a-f]{32}))?"
CONFIRM_WITHDRAW_PATTERN: Final = r"confirm_withdraw_(?P<order>[0-9a-f]{32})"
ACKNOWLEDGEMENT_PATTERN: Final = r"acknowledgement_(?P<order>[0-9a-f]{32})"

REPAIR_PATTERN: Final = r"repair_(?P<access>[0-9a-f]{32})"
BULK_EXPIRY_PATTERN: Final = r"sweep_(?P<answer>go|stay|undo)_(?P<sweep>[0-9a-f]{32})"


def content(soft_id: str) -> str:
    """Return the data of the button that requests a plan's in-chat content again."""
    return f"content_{soft_id}"


def plan_select(soft_id: str) -> str:
    """Return the data of the button that shows a plan's card."""
    return f"plan_select_{soft_id}"


def subscribe(soft_id: str) -> str:
    """Return the data of the button that leads to the payment of a plan."""
    return f"subscribe_{soft_id}"


def methods(soft_id: str) -> str:
    """Return the data of the button that lists the payment methods, even for a customer with a preferred method."""
    return f"methods_{soft_id}"


def free(soft_id: str) -> str:
    """Return the data of the button that takes a free plan."""
    return f"free_{soft_id}"


def verify(soft_id: str) -> str:
    """Return the data of the button that shows the status of a purchase."""
    return f"verify_{soft_id}"


def pay(provider: str, soft_id: str) -> str:
    """Return the data of the button that pays by the given payment method."""
    return f"pay_{provider}_{soft_id}"


def pay_again(provider: str, soft_id: str) -> str:
    """Return the data of the button that pays by the previous method, or that lists the methods if the data exceeds
    `LIMIT`.
    """
    way = pay(provider, soft_id)
    return way if len(way.encode()) <= LIMIT else methods(soft_id)


def cancel(soft_id: str) -> str:
    """Return the data of the button that asks for confirmation before a plan is canceled."""
    return f"cancel_{soft_id}"


def confirm_cancel(soft_id: str | None) -> str:
    """Return the data of the button that confirms a cancellation.

    soft_id: None for a customer with one subscription.
    """
    return CONFIRM_CANCEL if soft_id is None else f"{CONFIRM_CANCEL}_{soft_id}"


def undo_cancel(soft_id: str | None) -> str:
    """Return the data of the button that undoes a cancellation. soft_id: None for a customer with one subscription."""
    return UNDO_CANCEL if soft_id is None else f"{UNDO_CANCEL}_{soft_id}"


def cancel_reason(soft_id: str, reason: str) -> str:
    """Return the data of the button that states the reason of a cancellation."""
    return f"cancel_reason_{soft_id}_{reason}"


def cancel_keep(soft_id: str) -> str:
    """Return the data of the button that keeps the subscription instead of canceling it."""
    return f"cancel_keep_{soft_id}"


def pause(soft_id: str, *, sure: bool = False) -> str:
    """Return the data of the button that pauses a subscription for a month.

    sure: True if the customer has read the consequences.
    """
    return f"pause_sure_{soft_id}" if sure else f"pause_{soft_id}"


def go_on(soft_id: str, *, sure: bool = False) -> str:
    """Return the data of the button that ends a pause early. sure: True if the customer has read the consequences."""
    return f"go_on_sure_{soft_id}" if sure else f"go_on_{soft_id}"


def stay(soft_id: str) -> str:
    """Return the data of the button that accepts the free days offered for not canceling."""
    return f"stay_{soft_id}"


def vip_stage(stage: int, resource: str = VIP) -> str:
    """Return the data of the button that continues from this step of the entry procedure; step 3 requests the link
    again.

    resource: slug of the channel that the procedure leads to.
    """
    return f"vip_stage_{stage}{_beside_vip(resource)}"


def vip_entry(resource: str = VIP) -> str:
    """Return the data of the button that shows the customer's step in the entry procedure."""
    return f"{VIP_ENTRY}{_beside_vip(resource)}"


def _beside_vip(resource: str) -> str:
    """Return the suffix of the callback data that names a channel. The suffix is empty for the VIP channel, so that
    buttons of earlier versions still work.
    """
    return "" if resource == VIP else f"_{resource}"


def zone(name: str) -> str:
    """Return the data of the button that chooses a time zone. name: `language` for the default zone of the customer's
    language.
    """
    return f"zone_{name}"


def language(code: str) -> str:
    """Return the data of the button that chooses the language of messages. code: `telegram` for the language of the
    app.
    """
    return f"language_{code}"


def use_code(code: str) -> str:
    """Return the data of the button that redeems an activation code and accepts the declarations shown with it."""
    return f"use_code_{code}"


def promotion(code: str) -> str:
    """Return the data of the button that applies the promotion code shown in the message."""
    return f"promo_{code}"


def change(soft_id: str) -> str:
    """Return the data of the button that shows the plans a subscription can be changed to."""
    return f"change_{soft_id}"


def switch(soft_id: str, subscription: str) -> str:
    """Return the data of the button that shows the cost of a change to a plan.

    subscription: short reference of the subscription to change.
    """
    return f"switch_{soft_id}_{subscription}"


def switch_from(soft_id: str) -> str:
    """Return the data of the button for a change to a plan that first asks which of several subscriptions to change."""
    return f"switch_{soft_id}"


def confirm_switch(soft_id: str, subscription: str, as_of: datetime) -> str:
    """Return the data of the button that changes the plan at the price calculated at `as_of`."""
    return f"sw_ok_{soft_id}_{subscription}_{_base36(int(as_of.timestamp()))}"


def keep_plan(soft_id: str) -> str:
    """Return the data of the button that cancels a plan change scheduled for the next renewal. soft_id: slug of the
    current plan.
    """
    return f"keep_plan_{soft_id}"


def buy_for_another(soft_id: str) -> str:
    """Return the data of the button that explains a gift of a plan and lists its payment methods."""
    return f"gift_{soft_id}"


def pay_for_another(provider: str, soft_id: str) -> str:
    """Return the data of the button that pays for a gift, or that lists the methods if the data exceeds `LIMIT`."""
    way = f"gift_pay_{provider}_{soft_id}"
    return way if len(way.encode()) <= LIMIT else buy_for_another(soft_id)


def paid_for_another(soft_id: str) -> str:
    """Return the data of the button that shows the status of a gift's purchase."""
    return f"gift_paid_{soft_id}"


def country(code: str, soft_id: str) -> str:
    """Return the data of the button that states the buyer's country and continues with the plan.

    code: ISO 3166-1, or ELSEWHERE for any other country.
    """
    return f"country_{code}_{soft_id}"


def declare(which: str, soft_id: str) -> str:
    """Return the data of the button that ticks or unticks a declaration before the payment.

    which: `begin` or `accept`.
    """
    return f"declare_{which}_{soft_id}"


def withdraw(order: str) -> str:
    """Return the data of the button that opens the first step of a withdrawal.

    order: hexadecimal digits of the order's id.
    """
    return f"{WITHDRAW}_{order}"


def confirm_withdraw(order: str) -> str:
    """Return the data of the button that withdraws from a contract."""
    return f"confirm_withdraw_{order}"


def acknowledgement(order: str) -> str:
    """Return the data of the button that sends the acknowledgement of a withdrawal as a document."""
    return f"acknowledgement_{order}"


def mend(way: str, soft_id: str) -> str:
    """Return the data of the button that shows links to the provider's billing pages.

    way: `card` to change the payment card, `pay` to pay a failed charge.
    """
    return f"mend_{way}_{soft_id}"


def moment_in(as_of: str) -> datetime:
    """Return the timestamp that `confirm_switch` encoded in the button's data. A later timestamp than the year 9999
    becomes the end of that year.
    """
    return datetime.fromtimestamp(min(int(as_of, 36), _LATEST), UTC)


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"


def repair(access_id: UUID) -> str:
    """Return the data of the owner's button that repairs the access of a paying customer."""
    return f"repair_{access_id.hex}"


def bulk_expiry_go_on(sweep_id: UUID) -> str:
    """Return the data of the owner's button that approves a held bulk expiry."""
    return f"sweep_go_{sweep_id.hex}"


def bulk_expiry_leave_in(sweep_id: UUID) -> str:
    """Return the data of the owner's button that refuses a held bulk expiry, so that its customers
    stay in the chats.
    """
    return f"sweep_stay_{sweep_id.hex}"


def bulk_expiry_undo(sweep_id: UUID) -> str:
    """Return the data of the owner's button that undoes a bulk expiry and readmits its customers."""
    return f"sweep_undo_{sweep_id.hex}"


class PressFilter(Filter):
    """Filter for callbacks whose data fits a pattern, without the version of the terms.

    The pattern's named groups are passed to the handler.
    """

    def __init__(self, pattern: str) -> None:
        self._pattern = re.compile(pattern)

    async def __call__(self, callback: CallbackQuery) -> bool | dict[str, Any]:
        """Return the pattern's named groups, True if it has none, or False without a match. Implements
        `aiogram.filters.Filter`.
        """
        match = self._pattern.fullmatch((callback.data or "").partition(TERMS_MARK)[0])
        return (match.groupdict() or True) if match else False
