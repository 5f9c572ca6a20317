"""The two declarations about the right of withdrawal that a customer makes before a payment, shown as checkbox buttons
below the message. The buttons' labels store the state.
"""

from dataclasses import dataclass
from typing import Final

from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot import callbacks
from bot.keyboards import button, keyboard
from bot.screens import Screen
from bot.texts import Texts
from subscriptions.domain.services.withdrawal_policy import Declarations

EMPTY: Final = "☐"
TICK: Final = "☑"
BEGINS: Final = "begin"
ACKNOWLEDGES: Final = "accept"


@dataclass(frozen=True)
class Boxes:
    """State of both checkboxes when the customer pressed the button of a payment method.

    words: text of the message followed by the labels of both checkboxes.
    """

    begins: bool
    acknowledges: bool
    words: str

    @property
    def are_ticked(self) -> bool:
        """Return True if both checkboxes are ticked."""
        return self.begins and self.acknowledges


def with_boxes(t: Texts, kind: Declarations, screen: Screen, soft_id: str, *, is_required: bool = False) -> Screen:
    """Return the checkout screen with both checkboxes unticked, or unchanged if the declarations are switched off.

    is_required: True if both checkboxes must be ticked before a purchase.
    """
    if kind is Declarations.OFF:
        return screen
    text = t(f"checkout.declare.{'required' if is_required else kind}")
    boxes = [
        button(f"{EMPTY} {t.plain(f'checkout.declare.{name}')}", callbacks.declare(which, soft_id))
        for which, name in ((BEGINS, "begin"), (ACKNOWLEDGES, f"box_{kind}"))
    ]
    rows = screen.markup.inline_keyboard if screen.markup is not None else []
    return Screen(f"{screen.text}\n\n{text}", keyboard(*boxes, *rows))


def read_boxes(callback: CallbackQuery) -> Boxes | None:
    """Return the state of the checkboxes of the pressed message, or None if it has none."""
    message = callback.message if isinstance(callback.message, Message) else None
    boxes = {which: each for each in _buttons(message) if (which := _which(each)) is not None}
    if message is None or boxes.keys() != {BEGINS, ACKNOWLEDGES}:
        return None
    labels = [each.text for each in boxes.values()]
    ticks = {which: each.text.startswith(TICK) for which, each in boxes.items()}
    return Boxes(ticks[BEGINS], ticks[ACKNOWLEDGES], "\n".join([message.text or "", *labels]))


def toggle(callback: CallbackQuery) -> InlineKeyboardMarkup | None:
    """Return the message's buttons with the pressed checkbox toggled, or None if the message or its buttons are
    unavailable.
    """
    message = callback.message if isinstance(callback.message, Message) else None
    markup = message.reply_markup if message is not None else None
    if markup is None:
        return None
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [_toggle(each) if each.callback_data == callback.data else each for each in row]
            for row in markup.inline_keyboard
        ]
    )


def _toggle(box: InlineKeyboardButton) -> InlineKeyboardButton:
    words = box.text.removeprefix(TICK).removeprefix(EMPTY)
    mark = EMPTY if box.text.startswith(TICK) else TICK
    return button(f"{mark}{words}", box.callback_data or "")


def _buttons(message: Message | None) -> list[InlineKeyboardButton]:
    markup = message.reply_markup if message is not None else None
    return [each for row in markup.inline_keyboard for each in row] if markup is not None else []


def _which(box: InlineKeyboardButton) -> str | None:
    data = box.callback_data or ""
    return next((which for which in (BEGINS, ACKNOWLEDGES) if data.startswith(f"declare_{which}_")), None)
