"""Preview and redemption of activation codes, which customers open by a deep link or type, with the refusals."""

import re
from collections.abc import Sequence
from typing import Any, Final

from aiogram import Bot, Router
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from bot import callbacks, consent
from bot.callbacks import PressFilter
from bot.chat import show
from bot.feature import AnswerCode
from bot.formats import day
from bot.routers.entry import EntryDesk
from bot.routers.status import StatusCard
from bot.screens import Screen
from bot.screens import codes as screens
from bot.screens.checkout import with_charged
from bot.texts import Texts
from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.customers import AcceptTerms
from subscriptions.application.vip.activate_token import ActivateToken
from subscriptions.application.vip.code_answers import Activation, CodeOffer, CodeRefusal, TokenRefusal
from subscriptions.application.vip.code_tries import CodeTries
from subscriptions.domain.entities.activation_token import TOKEN_LENGTH, looks_like_token
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.services.typed_codes import letters_of_code, typed_code

_LINK: Final = re.compile(r"\s*(?:https?://)?t\.me/\w+\?start=(?P<code>[A-Za-z0-9]{16})\s*")
"""Pattern of a pasted deep link. A code without a link is often typed manually, in various spellings."""


class CodeFilter(Filter):
    """Filter for messages that consist of a code or of a code's link."""

    async def __call__(self, message: Message) -> bool | dict[str, Any]:
        """Return the code and the text as typed; False for any other message. Implements `aiogram.filters.Filter`."""
        match = _LINK.fullmatch(message.text or "")
        if match is not None:
            return {"code": match["code"], "typed": None}
        typed = typed_code(message.text or "")
        token = letters_of_code(typed.text) if typed is not None and typed.is_certain else ""
        return looks_like_token(token) and {"code": token, "typed": typed.text if typed is not None else None}


class CodeDesk:
    """Use cases of activation codes, combined to return the screens of the preview, the redemption and the refusals."""

    def __init__(
        self,
        *,
        activate_token: ActivateToken,
        accept_terms: AcceptTerms,
        entry: EntryDesk,
        card: StatusCard,
        policy: Policy,
        support: str,
        code_tries: CodeTries,
        typed_codes: Sequence[AnswerCode] = (),
    ) -> None:
        """support: contact address
        typed_codes: handlers of features for texts that are not activation codes
        """
        self._activate_token = activate_token
        self._accept_terms = accept_terms
        self._policy = policy
        self._entry = entry
        self._card = card
        self._direct = None if policy.begins_steps(is_vip=True) else policy.shared_invite_lifetime
        self._support = support
        self._code_tries = code_tries
        self._typed_codes = typed_codes

    async def screen(self, customer: Customer, t: Texts, text: str) -> Screen:
        """Return the preview of a code, or its refusal. text: the code as typed or as contained in a link."""
        if not await self._code_tries.are_left(customer.telegram_id):
            return screens.refusal(t, screens.LIMITED, self._support)
        preview = await self._activate_token.preview(customer.telegram_id, text)
        if isinstance(preview, CodeOffer):
            if preview.has_accepted:
                return screens.offer_screen(t, preview)
            agrees = consent.consent_text(t, self._policy, "vip.offer_consent")
            return consent.bind_consent(screens.offer_screen(t, preview, agrees), self._policy)
        return await self._outcome(customer, t, preview)

    async def typed(self, customer: Customer, t: Texts, typed: str) -> Screen | None:
        """Return a feature's answer to a typed text; None if the text is an activation code or no feature recognizes
        it.
        """
        if not await self._code_tries.are_left(customer.telegram_id):
            return None
        preview = await self._activate_token.preview(customer.telegram_id, letters_of_code(typed))
        if not (isinstance(preview, CodeRefusal) and preview.reason is TokenRefusal.UNKNOWN):
            return None
        answers = [await answer(customer, t, typed) for answer in self._typed_codes]
        return next((screen for screen in answers if screen is not None), None)

    async def use(self, customer: Customer, t: Texts, code: str, *, is_agreed: bool) -> Screen:
        """Redeem a code. is_agreed: True if the pressed message showed the current terms, so the press accepts them."""
        if is_agreed:
            await self._accept_terms(customer.telegram_id)
        elif not customer.has_accepted(*self._policy.terms):
            return await self.screen(customer, t, code)
        if not await self._code_tries.are_left(customer.telegram_id):
            return screens.refusal(t, screens.LIMITED, self._support)
        return await self._outcome(customer, t, await self._activate_token(customer.telegram_id, code))

    async def _outcome(self, customer: Customer, t: Texts, outcome: Activation | CodeRefusal) -> Screen:
        if isinstance(outcome, CodeRefusal):
            if outcome.reason is TokenRefusal.UNKNOWN:
                await self._code_tries.miss(customer.telegram_id)
            return await self._rest_screen(customer, t, outcome) or self._refusal_screen(t, outcome)
        if outcome.is_repeat:
            return await self._repeat_screen(customer, t)
        return await self._activation_screen(customer, t, outcome)

    async def _activation_screen(self, customer: Customer, t: Texts, gain: Activation) -> Screen:
        view = await self._entry.view(customer) if gain.vip else None
        return with_charged(t, screens.activation(t, gain, view, direct=self._direct), gain.overlaps)

    async def _repeat_screen(self, customer: Customer, t: Texts) -> Screen:
        """Return the current status, for a customer who opens the link of a code again after redeeming the code."""
        card = await self._card.if_live(customer, t, t("vip.refused.used_by_you"))
        return card or screens.refusal(t, "used_by_you_over")

    async def _rest_screen(self, customer: Customer, t: Texts, refusal: CodeRefusal) -> Screen | None:
        """Return the status for a code of a paused plan, with the date until which the code can be redeemed; None for
        other refusals.
        """
        if refusal.reason is not TokenRefusal.PAUSED or refusal.expires_at is None:
            return None
        if refusal.paid_for:
            return await self._card.card(customer, t, t("vip.refused.gift_resting"))
        return await self._card.card(customer, t, t("vip.refused.resting", expired=day(t, refusal.expires_at)))

    def _refusal_screen(self, t: Texts, refusal: CodeRefusal) -> Screen:
        reason = refusal.reason
        if reason is TokenRefusal.MALFORMED and refusal.length == TOKEN_LENGTH:
            # The code has the right length, so a message about the length would not explain the refusal.
            reason = TokenRefusal.UNKNOWN
        expiry_text = day(t, refusal.expires_at) if refusal.expires_at is not None else ""
        return screens.refusal(t, reason, self._support, length=refusal.length, expired=expiry_text)


def codes_router() -> Router:
    """Return the router of typed codes and of the button that redeems a code. The /start command handles codes in deep
    links.
    """
    router = Router(name="codes")
    router.message.register(_try_pasted, CodeFilter())
    router.callback_query.register(_use, PressFilter(callbacks.USE_CODE_PATTERN))
    return router


async def _try_pasted(
    message: Message,
    code: str,
    typed: str | None,
    customer: Customer,
    t: Texts,
    bot: Bot,
    code_desk: CodeDesk,
) -> None:
    screen = await code_desk.typed(customer, t, typed) if typed is not None else None
    await show(message, screen or await code_desk.screen(customer, t, code), bot)


async def _use(
    callback: CallbackQuery, code: str, customer: Customer, t: Texts, bot: Bot, code_desk: CodeDesk, policy: Policy
) -> None:
    has_agreed = consent.is_current(callback, policy)
    await show(callback, await code_desk.use(customer, t, code, is_agreed=has_agreed), bot)
