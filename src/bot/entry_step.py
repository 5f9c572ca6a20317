"""Screens of the steps before the link of a shared channel, which a feature adds."""

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
    """Screens of a feature's steps, as the constant `ENTRY_SCREENS` of its module `entry_screens`.

    step: function that renders the step that a customer has reached. Its first button is the link once the customer has
    one.
    """

    module: ClassVar[str] = "entry_screens"
    step: Callable[[Texts, VipView], Screen]


def entry_step(t: Texts, vip: VipView) -> Screen | None:
    """Return the step that a customer has reached; None without a step, and if its screen fails or Telegram would
    reject it.
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
    """Return the screens of the first installed feature that has any, whatever its state: stored messages show them."""
    with left_out(()):
        return next(iter(installed().parts(EntryScreensPart).items()), None)
