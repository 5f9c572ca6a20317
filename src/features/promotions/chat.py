"""Promotion codes, opened by a deep link or typed by the customer: application of a code, and reasons for a refusal."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiogram import Bot, F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.types import CallbackQuery, Message

from bot.callbacks import PressFilter
from bot.chat import show
from bot.feature import ChatPart, PanelPart, StartLink
from bot.intents import is_nod
from bot.screens import Screen, codes
from bot.screens.panel.lists import PanelList
from bot.texts import Texts
from features.promotions import screens
from features.promotions.callbacks import PROMOTION_PATTERN
from features.promotions.feature import FEATURE
from features.promotions.permissions import SEE_PROMOTIONS
from features.promotions.subjects import PROMOTION
from features.promotions.use_cases.claim_promotion import ClaimPromotion, PromotionRefusal
from features.promotions.wiring import PromotionsContainer
from subscriptions.application.catalog.browse_plans import BrowsePlans, PlanView
from subscriptions.application.checkout.show_deals import ShowDeals
from subscriptions.application.checkout.show_offers import ShowOffers
from subscriptions.application.features import FeatureState
from subscriptions.application.menu import MenuSection
from subscriptions.application.vip.code_tries import CodeTries
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.discount_code import LINK, clean_code
from subscriptions.domain.services.typed_codes import typed_code

_LINK: Final = re.compile(rf"\s*(?:https?://)?t\.me/\w+\?start={LINK}(?P<promotion>[A-Za-z0-9_-]{{3,24}})\s*")
PROMOTIONS_LIST: Final = PanelList(
    name="promotions", page="promos", card="promo", label=("promotion", "gives", "status")
)


@dataclass(frozen=True)
class PromotionDesk:
    """Use cases of promotion codes in the chat: applying a code, and showing the plans with their new prices."""

    claim_promotion: ClaimPromotion
    browse_plans: BrowsePlans
    show_offers: ShowOffers
    show_deals: ShowDeals
    code_tries: CodeTries

    async def exists(self, code: str) -> bool:
        """Return True if a promotion has this code."""
        return await self.claim_promotion.exists(code)

    async def screen(self, customer: Customer, t: Texts, code: str) -> Screen:
        """Apply a code, and return the screen with the discounted plans or with the reason for a refusal. A code that
        does not exist counts as a miss.
        """
        if not await self.code_tries.are_left(customer.telegram_id):
            return codes.refusal(t, codes.LIMITED)
        claim = await self.claim_promotion(customer.telegram_id, code)
        if claim is PromotionRefusal.UNKNOWN:
            await self.code_tries.miss(customer.telegram_id)
        if isinstance(claim, PromotionRefusal):
            return await self.refusal(customer, t, claim, code)
        mine: Sequence[PlanView] = await self.show_offers(customer.telegram_id)
        if claim.soft_id is not None:
            # The promotion's own plan may be hidden from customers without the code.
            mine = [plan for plan in await self.browse_plans.all() if plan.soft_id == claim.soft_id]
        return screens.claim(t, claim, await self.show_deals(customer.telegram_id, mine))

    async def misspelled(self, customer: Customer, t: Texts, text: str) -> Screen | None:
        """Return the answer to a message that is probably a misspelled code; None for any other message. From a person
        who tried too many codes, every message that may be a code is one, so that the answer tells nothing. Any other
        word may be a guess, and counts, although it is answered like any message.
        """
        typed = typed_code(text)
        if typed is None:
            return None
        if (
            typed.is_certain
            or not await self.code_tries.are_left(customer.telegram_id)
            or await self.claim_promotion.is_misspelled(typed.text)
        ):
            return await self.screen(customer, t, typed.text)
        await self.code_tries.miss(customer.telegram_id, is_word=True)
        return None

    async def answer(self, customer: Customer, t: Texts, typed: str) -> Screen | None:
        """Apply a promotion code that the customer typed and that has the form of an activation code. Implements
        `AnswerCode`.
        """
        return await self.screen(customer, t, typed)

    async def arrive(self, customer: Customer, t: Texts, argument: str) -> Screen | str | None:
        """Apply the code of a deep link. Implements `Arrive`."""
        return await self.screen(customer, t, argument)

    async def refusal(self, customer: Customer, t: Texts, reason: PromotionRefusal, code: str) -> Screen:
        """Return the reason why a code does not apply, with a button back to the current purchase."""
        buying = await self.claim_promotion.plan_being_bought(customer.telegram_id)
        return screens.refusal(t, reason, clean_code(code), buying)


@dataclass(frozen=True)
class PromotionAnswers:
    """Handlers of typed promotion codes and of the buttons that apply a code."""

    desk: PromotionDesk

    async def find_code(self, message: Message) -> bool | dict[str, Any]:
        """Return the code of a message that is a promotion's link or the code of an existing promotion; False for any
        other message. Used as an aiogram filter.
        """
        link, typed = _LINK.fullmatch(message.text or ""), typed_code(message.text or "")
        if link is not None:
            return {"promotion": link["promotion"]}
        return {"promotion": typed.text} if typed is not None and await self.desk.exists(typed.text) else False

    async def apply_code(
        self, event: Message | CallbackQuery, promotion: str, customer: Customer, t: Texts, bot: Bot
    ) -> None:
        """Apply a code and show the discounted plans."""
        await show(event, await self.desk.screen(customer, t, promotion), bot)

    async def answer_misspelled(self, message: Message, customer: Customer, t: Texts, bot: Bot) -> None:
        """Answer that no promotion has the code that the customer probably meant. A staff member's message may be a
        draft.
        """
        if customer.staff_role is not None or customer.barred_at is not None:
            raise SkipHandler
        screen = await self.desk.misspelled(customer, t, message.text or "")
        if screen is None:
            raise SkipHandler
        await show(message, screen, bot)


def _desk(container: BotContainer) -> PromotionDesk:
    return PromotionDesk(
        PromotionsContainer(core=container.core).claim_promotion(),
        container.core.browse_plans(),
        container.show_offers(),
        container.show_deals(),
        container.code_tries(),
    )


def _router(container: BotContainer) -> Router:
    router = Router(name=FEATURE.name)
    if container.core.features().state(FEATURE.name) is not FeatureState.ON:
        # While the feature drains no code is claimed, and claimed ones apply at the checkout.
        return router
    answers = PromotionAnswers(_desk(container))
    router.message.register(answers.apply_code, answers.find_code)
    router.message.register(answers.answer_misspelled, F.text, lambda message: not is_nod(message))
    router.callback_query.register(answers.apply_code, PressFilter(PROMOTION_PATTERN))
    return router


CHAT: Final = ChatPart(
    router=_router,
    typed_codes=lambda container: _desk(container).answer,
    start_links=(StartLink(prefix=LINK, arrive=lambda container: _desk(container).arrive),),
    panel=PanelPart(
        lists={PROMOTION: PROMOTIONS_LIST},
        entries={MenuSection.OFFER: ((PROMOTIONS_LIST.page, SEE_PROMOTIONS),)},
        second_tap=frozenset({"stop_promotion"}),
    ),
)
