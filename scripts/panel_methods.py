"""Screens about payment methods for the panel's sheet."""

from __future__ import annotations

from typing import Final

from bot.panel.data import data
from bot.screens import Screen, checkout
from bot.screens.panel.catalog import methods
from bot.texts import Texts
from scripts import contact_samples as samples
from scripts.contact_samples import Shot
from subscriptions.application.catalog.see_methods import MethodState
from subscriptions.application.views.refusals import Verbatim
from subscriptions.domain.entities.spoken import phrase
from subscriptions.domain.ports.payment_gateway import SettingState


def _method(code: str, label: str, livemode: bool | None, *settings: SettingState, on: bool = True) -> MethodState:
    configured = bool(settings) and all(item.is_given and item.problem is None for item in settings)
    return MethodState(
        code=code,
        label={"es": label, "en": label},
        is_configured=configured,
        is_on=on,
        livemode=livemode,
        settings=settings,
    )


METHODS: Final = (
    _method("card", "💳 Tarjeta", False, SettingState(name="CARD_KEY", is_given=True)),
    _method("crypto", "₿ Cripto", True, SettingState(name="CRYPTO_KEY", is_given=True), on=False),
    _method(
        "wallet",
        "👛 Wallet",
        None,
        SettingState(name="WALLET_ID", is_given=True),
        SettingState(
            name="WALLET_SECRET",
            is_given=False,
            problem=phrase(
                "is missing or blank; put the wallet's secret here",
                "falta o está vacío; pon aquí el secreto del wallet",
            ),
        ),
    ),
    _method("bank", "🏦 Banco", None, SettingState(name="BANK_KEY", is_given=False)),
)
"""Sample payment methods: enabled, disabled, partly configured, and not configured."""


def shots(t: Texts) -> list[Shot]:
    """Return all screens about payment methods."""
    card, crypto, broken, empty = METHODS
    note = t("methods.trying", label=methods.button_word(t, card), money=methods.mode(t, card))
    back = data("method", card.code)
    refusals = [key for key in t.entries if key.startswith("methods.refused.")]
    return [
        Shot("ways to pay", methods.methods(t, METHODS)),
        Shot("with one that people confirm", methods.methods(t, METHODS, by_hand=True)),
        Shot("another order", methods.methods(t, [crypto, card], t("commands.raise_payment_method.done.moved"))),
        Shot("none sells", methods.methods(t, [broken, empty])),
        Shot("none is there", methods.methods(t, [])),
        Shot("one that sells", methods.method(t, card, 1, t("commands.show_payment_method.done.shown"))),
        Shot("switched off", methods.method(t, crypto, 1, t("commands.hide_payment_method.done.hidden"))),
        Shot("wrongly configured", methods.method(t, broken, 1)),
        Shot("not configured", methods.method(t, empty, 1, t("people.over"))),
        Shot("trying one: which plan?", methods.trial(t, card, samples.PLANS)),
        Shot("with real money", methods.trial(t, crypto, samples.PLANS)),
        Shot("perhaps with real money", methods.trial(t, broken, samples.PLANS)),
        Shot("no plan fits", methods.trial(t, crypto, [])),
        Shot("the place to try it", checkout.trial(t, samples.CHECKOUT, note, back)),
        Shot("why not", Screen("\n\n".join(t(key, reason=Verbatim("card: amount_too_small")) for key in refusals))),
    ]
