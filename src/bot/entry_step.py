"""Screens of entry steps: steps that a feature adds before a customer gets the link of a shared channel."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from bot.accepted import check_screen
from bot.screens import Screen
from bot.texts import Texts
from subscriptions.application.feature_failures import contained
from subscriptions.application.vip.vip_view import VipView
from subscriptions.bootstrap.features import installed, left_out


@dataclass(frozen=True)
class EntryScreensPart:
    """Screens of a feature's entry steps, as the constant `ENTRY_SCREENS` of its module `entry_screens`.

    step: function that renders the customer's current step. The first button is the link as soon as the customer has
    one.
    """

    module: ClassVar[str] = "entry_screens"
    step: Callable[[Texts, VipView], Screen]


def entry_step(t: Texts, vip: VipView) -> Screen | None:
    """Return the screen of the customer's current entry step; None if the customer is at no step, rendering fails, or
    Telegram would reject the screen.
    """
    found = _part() if vip.stage is not None else None
    if found is None:
        return None
    name, part = found
    with contained(name, "step before a link"):
        screen = part.step(t, vip)
        check_screen(screen)
        return screen
    return None


@cache
def _part() -> tuple[str, EntryScreensPart] | None:
    """Return the feature's name and its entry screens, for the first installed feature with entry screens; None if
    there is none. The feature's state is ignored, because stored messages may still show its steps.
    """
    with left_out(()):
        return next(iter(installed().parts(EntryScreensPart).items()), None)
