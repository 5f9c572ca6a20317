"""Tokens: made for a plan with one press, with options, in batches; seen and revoked."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from aiogram.types import BufferedInputFile

from bot.panel.data import data
from bot.panel.dialogues import begin
from bot.panel.forms import Choice, Form, Question
from bot.panel.pages.staff.commands import outcome_of, press_operation
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.vip import tokens as screens
from subscriptions.application.dto.typed_answers import Wrong, choice, whole, words
from subscriptions.application.payments.list_receipts import plain
from subscriptions.application.vip.make_code import MadeCodes, MakeCode
from subscriptions.application.vip.revoke_code import RevokeCode
from subscriptions.application.vip.tokens import BATCH_LIMIT, VALIDITY_LIMIT, TokenCard
from subscriptions.domain.entities.activation_token import CAMPAIGN_LIMIT, NOTE_LIMIT
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.ids import TokenId
from subscriptions.domain.services.staff_policy import StaffAction

PAGE: Final = 8
SKIP: Final = ""


async def choose(visit: Visit) -> Screen:
    """«Generar Token con Plan»: which plan."""
    return screens.choose(visit.t, await visit.use.pricing().get_all_plans())


async def make(visit: Visit) -> Screen:
    """A token with what is usual, at once. A press that is worked on twice makes one."""
    plan = await visit.use.pricing().get_plan_by_id(visit.id())
    if plan is None:
        raise Stale("no plan on offer")
    try:
        [token_card] = await _cards(visit, {"plan": plan.soft_id}, press_operation(visit, plan.id))
    except Wrong:
        raise Stale("no plan on offer") from None
    return await _token_card(visit, token_card, visit.t("tokens.ready"))


async def tokens(visit: Visit) -> Screen:
    """The newest first."""
    page = visit.number()
    token_cards = await visit.use.see_tokens().newest(visit.who, limit=PAGE + 1, offset=page * PAGE)
    return screens.token_list(
        visit.t, token_cards[:PAGE], visit.use.clock().now(), page, len(token_cards) > PAGE, visit.role
    )


async def token(visit: Visit) -> Screen:
    """One of them."""
    return await _token_card(visit, await _card(visit))


async def _token_card(visit: Visit, item: TokenCard, note: str | None = None) -> Screen:
    names = await visit.names(item.token.created_by)
    return screens.token_card(visit.t, item, visit.role, visit.use.clock().now(), note, names)


async def _card(visit: Visit) -> TokenCard:
    token_card = await visit.use.see_tokens().one(visit.who, TokenId(visit.id()))
    if token_card is None:
        raise Stale("no such token")
    return token_card


async def revoke(visit: Visit) -> Screen:
    """Ask for a second tap."""
    return screens.revoke(visit.t, await _card(visit))


async def revoke_token(visit: Visit) -> Screen:
    """Make it useless, unless somebody used it first."""
    outcome = await outcome_of(visit, RevokeCode, str(visit.id()), {}, press_operation(visit, visit.id()))
    note = visit.t("tokens.revoked" if outcome is not None else "tokens.too_late")
    return await _token_card(visit, await _card(visit), note)


async def _plans(visit: Visit, _: Dialogue) -> Sequence[Choice]:
    return [Choice(plan.label, plan.soft_id) for plan in await visit.use.pricing().get_all_plans()]


async def _skip(visit: Visit, _: Dialogue) -> Sequence[Choice]:
    return [Choice(visit.t.plain("forms.skip"), SKIP)]


async def _validities(visit: Visit, _: Dialogue) -> Sequence[Choice]:
    return [Choice(visit.t.unit("day", each), str(each)) for each in (7, 30, 90)]


_NOTE: Final = Question("note", words(NOTE_LIMIT, "note"), _skip)
_CAMPAIGN: Final = Question("campaign", words(CAMPAIGN_LIMIT, "campaign"), _skip)
_VALIDITY: Final = Question("validity", whole(1, VALIDITY_LIMIT.days, "validity"), _validities, columns=2)
_PLAN: Final = Question("plan", choice, _plans)


async def _sure_one(visit: Visit, dialogue: Dialogue) -> str:
    answers = dialogue.answers
    none = visit.t.plain("panel.none")
    return visit.t(
        "forms.token.sure",
        plan=await _label(visit, answers["plan"]),
        note=answers["note"] or none,
        campaign=answers["campaign"] or none,
        validity=visit.t.unit("day", int(answers["validity"])),
    )


async def _sure_batch(visit: Visit, dialogue: Dialogue) -> str:
    answers = dialogue.answers
    return visit.t(
        "forms.batch.sure",
        count=answers["count"],
        plan=await _label(visit, answers["plan"]),
        campaign=answers["campaign"] or visit.t.plain("panel.none"),
        validity=visit.t.unit("day", int(answers["validity"])),
    )


async def _label(visit: Visit, soft_id: str) -> str:
    labels = [plan.label for plan in await visit.use.pricing().get_all_plans() if plan.soft_id == soft_id]
    return labels[0] if labels else soft_id


async def _cards(visit: Visit, answers: Mapping[str, str], operation: UUID) -> Sequence[TokenCard]:
    """Make codes; as they are handed over the first time, and as they are kept when the wish is repeated."""
    outcome = await outcome_of(visit, MakeCode, "", answers, operation)
    if outcome is None:
        raise Stale("other codes were made by this wish")
    made_codes = outcome.result.codes if isinstance(outcome.result, MadeCodes) else ()
    fresh = {each.id: each for each in made_codes}
    cards = await visit.use.see_tokens().batch(visit.who, UUID(str(outcome.facts["batch"])))
    return [
        TokenCard(
            token=replace(card.token, token=fresh[card.token.id].code, sealed=False),
            plan=card.plan,
            link=fresh[card.token.id].link,
        )
        if card.token.id in fresh
        else card
        for card in cards
    ]


async def _make(visit: Visit, dialogue: Dialogue) -> Sequence[TokenCard]:
    said_answers = dialogue.answers
    answers = {name: said_answers[name] for name in said_answers if name in {"plan", "count", "campaign", "note"}}
    try:
        return await _cards(visit, {**answers, "days": said_answers["validity"]}, dialogue.id)
    except Wrong as error:
        error.question = "validity" if error.question == "days" else error.question
        raise


async def _one(visit: Visit, dialogue: Dialogue) -> Screen:
    [token_card] = await _make(visit, dialogue)
    return await _token_card(visit, token_card, visit.t("tokens.ready"))


async def _batch(visit: Visit, dialogue: Dialogue) -> Screen:
    token_cards = await _make(visit, dialogue)
    plan = token_cards[0].plan
    if token_cards[0].token.sealed:
        # Made by the same wish before: the file was sent then, and nobody can read the codes any more.
        return screens.batch(visit.t, len(token_cards), plan.label)
    file = BufferedInputFile(as_csv(token_cards).encode("utf-8-sig"), f"{plan.soft_id}-{len(token_cards)}.csv")
    await visit.bot.send_document(visit.who, file, caption=visit.t("tokens.file", n=len(token_cards), plan=plan.label))
    return screens.batch(visit.t, len(token_cards), plan.label)


def as_csv(cards: Sequence[TokenCard]) -> str:
    """One line each, for a spreadsheet: the code, the link, what it gives, until when, its campaign."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["token", "link", "plan", "price", "days", "expires", "campaign"])
    for item in cards:
        token = item.token
        writer.writerow(
            [
                token.token,
                item.link or "",
                plain(item.plan.name),
                str(token.price),
                token.duration_days,
                token.expires_at.isoformat(timespec="minutes"),
                plain(token.campaign),
            ]
        )
    return lines.getvalue()


ONE: Final = Form(
    kind="token",
    action=StaffAction.MAKE_TOKENS,
    questions=(_PLAN, _NOTE, _CAMPAIGN, _VALIDITY),
    carry_out=_one,
    leave=lambda _: data("gen"),
    summary=_sure_one,
)
BATCH: Final = Form(
    kind="batch",
    action=StaffAction.MAKE_TOKENS,
    questions=(_PLAN, Question("count", whole(1, BATCH_LIMIT, "count")), _CAMPAIGN, _VALIDITY),
    carry_out=_batch,
    leave=lambda _: data("tokens"),
    summary=_sure_batch,
)


async def new(visit: Visit) -> Screen:
    """With a note, a campaign, and a validity of its own."""
    return await begin(visit, ONE)


async def new_batch(visit: Visit) -> Screen:
    """Up to 500 at once."""
    return await begin(visit, BATCH)


PAGES: Final[Mapping[str, Page]] = {
    "gen": Page(StaffAction.MAKE_TOKENS, choose),
    "gen.make": Page(StaffAction.MAKE_TOKENS, make),
    "tokens": Page(StaffAction.SEE_TOKENS, tokens),
    "token": Page(StaffAction.SEE_TOKENS, token),
    "token.rev": Page(StaffAction.REVOKE_TOKENS, revoke),
    "token.rev2": Page(StaffAction.REVOKE_TOKENS, revoke_token),
    "token.new": Page(StaffAction.MAKE_TOKENS, new),
    "token.batch": Page(StaffAction.MAKE_TOKENS, new_batch),
}
FORMS: Final = (ONE, BATCH)
