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
    """Renderer of a feature's entry steps, defined as the constant `ENTRY_SCREENS` of the feature's module
    `entry_screens`.

    step: function that renders the customer's current step. As soon as the customer has an invite link, the first
        button is that link.
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
    """Return the name and the entry screens of the first installed feature that has entry screens; None if there is
    none. A feature that is off is returned too, because stored messages may still show its steps.
    """
    with left_out(()):
        return next(iter(installed().parts(EntryScreensPart).items()), None)
