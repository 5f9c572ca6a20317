"""Staff command that publishes a tip, from separate inputs or from one typed line, after a preview of its message."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from features.picks.domain import (
    LEGS,
    NOTE_LIMIT,
    ODDS_BOUND_SETTING,
    TEXT_LIMIT,
    TipFacts,
    TipLeg,
    check_confirmed,
    plain,
    read_decimal,
    read_odds,
    written_odds,
)
from features.picks.permissions import PUBLISH_TIP
from features.picks.use_cases.tip_messages import TipMessages
from features.picks.use_cases.tip_text import TipDraft
from features.record.subjects import TIP
from features.record.use_cases.chain import origin_of
from features.record.use_cases.publish_tip import publish
from subscriptions.application.dto.policy import Policy
from subscriptions.application.dto.typed_answers import (
    Answer,
    Answers,
    Fact,
    Parser,
    Wrong,
    choice,
    optional,
    paragraph,
    required_words,
    words,
)
from subscriptions.application.dto.typed_moments import NOW, ZONE, read_last_moment, read_moment
from subscriptions.application.staff.command import (
    AuditEntry,
    Effect,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.domain.entities.post import Post, PostContent
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import PostId
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.domain.ports.setting_catalog import SettingCatalog
from subscriptions.domain.ports.text_catalog import TextCatalog
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.markets import MARKETS, OTHER, market_named, market_of

_LEG: Final = ("event", "selection", "odds", "starts_at")
_PROBLEMS: Final = {
    "event": "tip_event",
    "selection": "tip_selection",
    "market": "tip_market_long",
    "odds": "tip_odds_range",
    "min_odds": "tip_min_odds",
    "stake": "tip_stake",
    "starts_at": "tip_starts_past",
    "valid_until": "tip_valid_until",
    "legs": "tip_legs_count",
    "publish_at": "tip_publish_at",
    "text": "tip_long",
}
"""Names of the texts under `forms.wrong` that explain a problem with a tip, keyed by the tip's field."""


def _market(answer: Answer, _: Answers) -> str:
    text = " ".join(answer.text.split())
    market = market_named(text)
    if market is None:
        raise Wrong("tip_market", given=text[:60], known=", ".join(each.name for each in MARKETS))
    # An own market name keeps its form, so that parsing it again recognises it.
    return text if OTHER.fullmatch(text) else market


def _number(wrong: str) -> Parser:
    def parse(answer: Answer, _: Answers) -> str:
        try:
            return plain(read_decimal(answer.text.strip().removesuffix("u").strip()))
        except ValueError:
            raise Wrong(wrong) from None

    return parse


def odds_parser(wrong: str) -> Parser:
    """Return a parser of decimal, American and fractional odds, which are stored as decimal odds."""

    def parse(answer: Answer, _: Answers) -> str:
        try:
            return plain(read_odds(answer.text))
        except ValueError:
            raise Wrong(wrong) from None

    return parse


def _moment(answer: Answer, answers: Answers) -> str:
    return _at(answer.text.strip(), answers, "tip_starts").isoformat()


def _last_moment(answer: Answer, answers: Answers) -> str:
    return _at(answer.text.strip(), answers, "tip_starts", read_last_moment).isoformat()


def _at(
    text: str, answers: Answers, wrong: str, read: Callable[[str, datetime, ZoneInfo], datetime] = read_moment
) -> datetime:
    try:
        moment = read(text, datetime.fromisoformat(answers[NOW]), ZoneInfo(answers[ZONE]))
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Wrong(wrong, given=text[:60]) from None


def _legs(answer: Answer, answers: Answers) -> str:
    """Parse the legs, one per line, such as `Betis – Sevilla | más de 2,5 goles | 1,50`. They are stored as JSON, which
    is accepted as well.
    """
    text = answer.text.strip()
    if not text:
        return ""
    if text.startswith("["):
        return _kept_legs(text)
    legs = []
    for number, line in enumerate((line for line in text.splitlines() if line.strip()), start=1):
        parts = [part.strip() for part in line.split("|") if part.strip()]
        if not 3 <= len(parts) <= len(_LEG):
            raise Wrong("tip_leg_parts", n=str(number))
        leg = dict(zip(_LEG, parts, strict=False))
        market = market_of(leg["selection"])
        if market is None:
            raise Wrong("tip_leg_market", n=str(number), given=leg["selection"][:60])
        leg["market"], leg["selection"] = market
        leg["odds"] = odds_parser("tip_odds_range")(Answer(leg["odds"]), answers)
        if "starts_at" in leg:
            leg["starts_at"] = _at(leg["starts_at"], answers, "tip_starts").isoformat()
        legs.append(leg)
    return json.dumps(legs, ensure_ascii=False)


def _kept_legs(text: str) -> str:
    try:
        _legs_of(text)
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError):
        raise Wrong("tip_leg_parts", n="1") from None
    return text


def _legs_of(text: str) -> tuple[TipLeg, ...]:
    return tuple(
        TipLeg(
            event=str(leg["event"]),
            market=str(leg["market"]),
            selection=str(leg["selection"]),
            odds=Decimal(str(leg["odds"])),
            starts_at=datetime.fromisoformat(leg["starts_at"]) if leg.get("starts_at") else None,
        )
        for leg in (json.loads(text) if text else ())
    )


def _optional_moment(name: str, parse: Parser) -> Input[datetime | None]:
    return Input(
        name=name,
        kind=InputKind.PARAGRAPH,
        parse=optional(parse),
        value=_read_moment,
        limits=(0, 60),
        default="",
        rare=True,
    )


def _text(name: str, limit: int = TEXT_LIMIT) -> Input[str]:
    read_text = paragraph(limit, "tip_words") if limit > TEXT_LIMIT else words(limit, "tip_words")
    kind = InputKind.PARAGRAPH
    return Input(name=name, kind=kind, parse=read_text, value=str, limits=(0, limit), default="", rare=True)


def _own(text: str) -> str:
    own = OTHER.fullmatch(text)
    return own["name"].strip() if own is not None else text


def _read_moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _text_input(name: str) -> Input[str]:
    return Input(
        name=name, kind=InputKind.TEXT, parse=required_words(TEXT_LIMIT, "tip_words", f"tip_{name}"), value=str
    )


PLAN: Final[Input[str]] = Input(name="plan", kind=InputKind.CHOICE, parse=choice, value=str)
EVENT, SELECTION = _text_input("event"), _text_input("selection")
MARKET: Final[Input[str]] = Input(name="market", kind=InputKind.TEXT, parse=_market, value=_own)
ODDS: Final[Input[Decimal]] = Input(
    name="odds", kind=InputKind.TEXT, parse=odds_parser("tip_odds_range"), value=Decimal
)
CONFIRMED_ODDS: Final[Input[Decimal | None]] = Input(
    name="confirmed_odds",
    kind=InputKind.PARAGRAPH,
    parse=optional(odds_parser("tip_odds_range")),
    value=_decimal,
    limits=(0, 12),
    default="",
    rare=True,
)
"""Input for the odds again, which confirms odds above the shop's bound."""
STAKE: Final[Input[Decimal]] = Input(name="stake", kind=InputKind.TEXT, parse=_number("tip_stake"), value=Decimal)
STARTS_AT: Final[Input[datetime]] = Input(
    name="starts_at", kind=InputKind.TEXT, parse=_moment, value=datetime.fromisoformat
)
LEG_LINES: Final[Input[tuple[TipLeg, ...]]] = Input(
    name="legs", kind=InputKind.PARAGRAPH, parse=_legs, value=_legs_of, limits=(0, 600 * LEGS), default="", rare=True
)
MIN_ODDS: Final[Input[Decimal | None]] = Input(
    name="min_odds",
    kind=InputKind.PARAGRAPH,
    parse=optional(odds_parser("tip_min_odds")),
    value=_decimal,
    limits=(0, 12),
    default="",
    rare=True,
)
VALID_UNTIL, PUBLISH_AT = _optional_moment("valid_until", _last_moment), _optional_moment("publish_at", _moment)
"""Inputs for the end of validity, by default the start of the event, and for the time of publication, by default now.
"""
BOOKMAKER, SPORT, COMPETITION = _text("bookmaker"), _text("sport"), _text("competition")
AUTHOR, NOTE = _text("author"), _text("note", NOTE_LIMIT)


@dataclass(frozen=True, kw_only=True)
class PublishedPick:
    """Result of the command: the id of the published post."""

    id: PostId


class PublishTip(StaffCommand):
    """Staff command that publishes a tip: immediately in the plan's tip record, and in the plan's channels now or at a
    given time.
    """

    policy: Policy
    catalog: TextCatalog
    settings: SettingCatalog

    name = "publish_tip"
    begins = True
    panel_page = "tip.new"
    permission = PUBLISH_TIP
    subject = SubjectKind.SHOP
    makes = TIP
    inputs = (
        PLAN,
        EVENT,
        MARKET,
        SELECTION,
        ODDS,
        STAKE,
        STARTS_AT,
        LEG_LINES,
        CONFIRMED_ODDS,
        MIN_ODDS,
        VALID_UNTIL,
        BOOKMAKER,
        SPORT,
        COMPETITION,
        AUTHOR,
        NOTE,
        PUBLISH_AT,
    )
    outcomes = ("published", "scheduled")
    effects = ("shown", "shown_later")
    result = PublishedPick

    async def run(self, execution: Execution) -> Outcome:
        """Publish the tip. Raises Wrong, with the field, if a fact is invalid or the event has started."""
        plan, facts, content = await self.draft(execution)
        pick = self.accept(f"staff:{execution.operation}", plan, facts, content, execution)
        if not await execution.uow.of(POSTS_KEY).add_if_new(pick):
            raise NothingToDo("it was published before")
        await publish(execution.uow, pick, facts, execution.at, origin_of(execution.actor))
        entry = AuditEntry(
            subject=pick.id, facts={"tip": facts.event, "plan": plan.soft_id}, reason="published by staff"
        )
        outcome_facts: dict[str, Fact] = {"tip": facts.event, "plan": plan.label, "at": facts.starts_at}
        if pick.publish_at is not None:
            outcome_facts["publish_at"] = pick.publish_at
        name = "published" if pick.publish_at is None else "scheduled"
        return Outcome(name=name, facts=outcome_facts, audit=[entry], result=PublishedPick(id=pick.id))

    async def preview(self, execution: Execution) -> Effect:
        """Return the message as readers will receive it. Raises the same errors as `run`."""
        plan, facts, content = await self.draft(execution)
        pick = self.accept("", plan, facts, content, execution)
        effect_facts: dict[str, Fact] = {"plan": plan.label, "text": content.text}
        if pick.publish_at is None:
            return Effect(name="shown", facts=effect_facts)
        return Effect(name="shown_later", facts={**effect_facts, "publish_at": pick.publish_at})

    async def recall(self, execution: Execution, outcome: Outcome) -> Outcome:
        """Return the outcome of a repeated command with the post's id."""
        pick = await execution.uow.of(POSTS_KEY).by_key(f"staff:{execution.operation}")
        result = PublishedPick(id=pick.id) if pick is not None else None
        return Outcome(name=outcome.name, facts=outcome.facts, result=result)

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Return the choices of an input: the plans on offer, or the most common markets."""
        if asked_input is PLAN:
            return [Choice(plan.soft_id, plan.label) for plan in await uow.plans.all() if plan.active]
        return [Choice(each.name, each.name) for each in MARKETS] if asked_input is MARKET else ()

    def accept(self, key: str, plan: ServicePlan, facts: TipFacts, content: PostContent, execution: Execution) -> Post:
        """Return a new post for a tip. Raises Wrong if the event has started, or if the tip cannot be published at the
        given time.
        """
        try:
            facts.check_new(execution.at)
            return Post.accept(key, plan.id, content, execution.at, facts.deadline, execution[PUBLISH_AT])
        except InvalidInput as error:
            raise wrong_of(error) from error

    async def messages_of(self, uow: UnitOfWork, soft_id: str) -> Mapping[str, str]:
        """Return the message templates of a plan, keyed by language."""
        return await TipMessages(self.catalog).messages_of(uow, soft_id)

    def check_odds(self, odds: Decimal, confirmed: Decimal | None) -> None:
        """Raise Wrong for odds above the shop's bound that were not repeated."""
        bound = Decimal(self.settings.value_in_force(ODDS_BOUND_SETTING))
        try:
            check_confirmed(odds, confirmed, bound)
        except InvalidInput as error:
            raise Wrong(
                "tip_odds_high", question=CONFIRMED_ODDS.name, odds=written_odds(odds), bound=written_odds(bound)
            ) from error

    async def draft(self, execution: Execution) -> tuple[ServicePlan, TipFacts, PostContent]:
        """Return the plan, the facts of the tip, and the message that the command's inputs describe. Raises Wrong, with
        the field, if the plan or a fact is invalid.
        """
        plan = await execution.uow.plans.by_soft_id(execution[PLAN])
        if plan is None:
            raise Wrong("choose", question=PLAN.name)
        messages = await self.messages_of(execution.uow, plan.soft_id)
        try:
            facts = TipFacts(
                event=execution[EVENT],
                market=execution[MARKET],
                selection=execution[SELECTION],
                odds=execution[ODDS],
                stake=execution[STAKE],
                starts_at=execution[STARTS_AT],
                legs=execution[LEG_LINES],
                min_odds=execution[MIN_ODDS],
                valid_until=execution[VALID_UNTIL],
                bookmaker=execution[BOOKMAKER],
                sport=execution[SPORT],
                competition=execution[COMPETITION],
                author=execution[AUTHOR],
                note=execution[NOTE],
            )
            self.check_odds(facts.odds, execution[CONFIRMED_ODDS])
            return plan, facts, TipDraft(facts=facts).content(self.policy.zones.home, messages)
        except InvalidInput as error:
            raise wrong_of(error) from error


def wrong_of(error: InvalidInput) -> Wrong:
    """Convert an error about a tip into a refusal of the command's input that caused the error."""
    field, _, rest = error.field.partition(".")
    if field == "legs" and rest:
        index, _, part = rest.partition(".")
        fault = part if part in {"odds", "starts_at"} else "words"
        fault = next((each for each in ("contradicts", "repeats") if each in error.problem), fault)
        return Wrong(f"tip_leg_{fault}", question="legs", n=str(int(index) + 1))
    if field == "odds" and "product" in error.problem:
        return Wrong("tip_odds_product", question="odds", product=written_odds(Decimal(error.problem.split(" ")[-1])))
    if field == "starts_at" and "ahead" in error.problem:
        return Wrong("tip_starts_far", question="starts_at")
    return Wrong(_PROBLEMS.get(field, "other"), question=field if field != "text" else "note")
