"""Fields of a plan, with their conversion from and to text. The same table is used for plan files, changes of plans,
the staff panel, and the JSON Schema for editors.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from subscriptions.application.catalog.plan_input import (
    FIELD,
    FOREVER,
    clean_days,
    clean_name,
    clean_price,
    price_answers,
)
from subscriptions.domain.entities.service_plan import (
    DURATION_LIMIT,
    LIFETIME,
    NAME_LIMIT,
    NOTE_LIMIT,
    TRANSLATED_LIMITS,
    USUAL,
    AccessKind,
    Buyers,
    DisputePolicy,
    Interval,
    Listing,
    PerPerson,
    RefundPolicy,
    ServicePlan,
)
from subscriptions.domain.entities.spoken import CODE
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import PlanId, new_uuid
from subscriptions.domain.services.pricing import OwnPrices
from subscriptions.domain.services.visible_text import refuse_hidden

Record = dict[str, Any]
"""Plan as text and numbers, keyed by the field names of a plan file."""
Schema = dict[str, Any]
Parser = Callable[[str, Any], Any]
_WHOLE: Final = re.compile(r"[0-9]{1,15}", re.ASCII)
_SWITCH: Final = {"true": True, "false": False}


class QuestionKind(StrEnum):
    """Input type of the panel's question for a field.

    LINE: one line
    TEXT: several lines
    NUMBER: 0 or more
    DAY: a date
    WORD: one of the field's fixed values
    PLANS: slugs of plans
    RESOURCES: slugs of resources, in order
    """

    LINE = "line"
    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    WORD = "word"
    PLANS = "plans"
    RESOURCES = "resources"


@dataclass(frozen=True)
class PlanField:
    """Field with the same name in a plan file and in the entity.

    parse: function that converts a value from a file; raises InvalidInput
    write: function that converts a value for a file
    blank: value if a new plan omits the field
    question: None if the panel does not ask for the field or has a separate question for it
    most: maximum number of characters, or the largest number, in the panel
    """

    name: str
    parse: Parser
    blank: Any
    schema: Schema
    write: Callable[[Any], Any] = lambda value: value
    question: QuestionKind | None = None
    most: int = 0

    def answer(self, value: Any) -> str:
        """Return the value as the text that answers the panel's question. `value`: as in the entity or as in a plan
        file.
        """
        if value is None:
            return ""
        if self.question is QuestionKind.RESOURCES and not isinstance(value, str):
            return ", ".join(value)
        return (
            ", ".join(sorted(value))
            if self.question is QuestionKind.PLANS and not isinstance(value, str)
            else str(value)
        )

    @property
    def words(self) -> tuple[str, ...]:
        """Return the allowed values of a field with fixed values."""
        return tuple(self.schema.get("enum", ()))


def _text(name: str, says: str, kind: QuestionKind, most: int) -> PlanField:
    return PlanField(name, _read_text, "", {"type": "string", "description": says}, str, kind, most)


def _line(name: str, says: str, most: int) -> PlanField:
    schema = {"type": "string", "maxLength": most, "description": says}
    return PlanField(
        name, lambda *arguments: " ".join(_read_text(*arguments).split()), "", schema, str, QuestionKind.LINE, most
    )


def _number(name: str, says: str, most: int) -> PlanField:
    schema = {"type": "integer", "minimum": 0, "description": says}
    return PlanField(name, _read_number, 0, schema, question=QuestionKind.NUMBER, most=most)


def _day(name: str, says: str) -> PlanField:
    schema = {"type": ["string", "null"], "format": "date", "description": says}
    return PlanField(name, _read_day, None, schema, str, QuestionKind.DAY)


def _switch(name: str, says: str) -> PlanField:
    return PlanField(name, _read_switch, True, {"type": "boolean", "description": says})


def _word(
    name: str, kind: type[StrEnum], blank: StrEnum, *, question: QuestionKind | None = None, **schema: Any
) -> PlanField:
    def parse(field: str, value: Any) -> StrEnum:
        try:
            return kind(str(value))
        except ValueError:
            raise InvalidInput(field, f"must be one of {', '.join(kind)}") from None

    return PlanField(name, parse, str(blank), {"enum": list(map(str, kind))} | schema, str, question)


def _read_text(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidInput(field, "must be text; put it in quotation marks")
    refuse_hidden(field, value)
    return value.strip()


def _read_number(field: str, value: Any, least: int = 0) -> int:
    """Parse a whole number. Files contain it as text, and programs as a number."""
    number = int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else value
    if isinstance(number, bool) or not isinstance(number, int) or number < least:
        raise InvalidInput(field, f"must be a whole number of {least} or more")
    return number


def _read_day(field: str, value: Any) -> date | None:
    """Parse a date; None means no date."""
    try:
        return value if value is None or type(value) is date else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise InvalidInput(field, "must be a day like 2027-06-30") from None


def _read_switch(field: str, value: Any) -> bool:
    """Parse a truth value. Files contain it as text, and programs as a truth value."""
    switch = _SWITCH.get(value.lower()) if isinstance(value, str) else value
    if not isinstance(switch, bool):
        raise InvalidInput(field, "must be true or false")
    return switch


def _read_plans(field: str, value: Any) -> frozenset[str]:
    """Parse slugs of plans: a list from a file, or text from an answer, separated by commas or spaces."""
    names = names_in(value) if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(each, str) for each in names):
        raise InvalidInput(field, "must be a list of plans' soft ids")
    return frozenset(each.strip().lower() for each in names if each.strip())


def names_in(answer: str) -> list[str]:
    """Return the slugs in the answer, separated by commas or spaces, in their order."""
    return [each.lower() for each in re.split(r"[\s,]+", answer) if each]


def _read_texts(field: str, value: Any) -> dict[str, dict[str, str]]:
    if not isinstance(value, Mapping) or not all(isinstance(words, Mapping) for words in value.values()):
        raise InvalidInput(field, "must be a mapping of languages to name, description and note")
    texts = {
        str(language): {str(part): _read_text(f"{field}.{language}.{part}", word) for part, word in words.items()}
        for language, words in value.items()
    }
    filled_texts = {language: {part: word for part, word in words.items() if word} for language, words in texts.items()}
    return {language: words for language, words in filled_texts.items() if words}


def _read_opens(field: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
        raise InvalidInput(field, "must be a list of names, as `umbral resources` shows them")
    if value == []:
        raise InvalidInput(field, "must name at least one resource; `umbral resources` lists them")
    duplicate = next((name for name in value if value.count(name) > 1), None)
    if duplicate is not None:
        raise InvalidInput(field, f"names {duplicate} twice; once is enough")
    return tuple(value)


FIELDS: Final = (
    PlanField(
        "name",
        lambda field, value: clean_name(_read_text(field, value)),
        "",
        {"type": "string", "minLength": 1, "maxLength": NAME_LIMIT},
        str,
    ),
    _text("emoji", "Before the name, on buttons.", QuestionKind.LINE, 16),
    _text("description", "Under the name on its card.", QuestionKind.TEXT, TRANSLATED_LIMITS["description"]),
    _line("note", "A line under the description.", NOTE_LIMIT),
    PlanField(
        "texts",
        _read_texts,
        {},
        {
            "type": "object",
            "propertyNames": {"pattern": f"^{CODE}$"},
            "additionalProperties": {
                "type": "object",
                "properties": {part: {"type": "string", "maxLength": most} for part, most in TRANSLATED_LIMITS.items()},
                "additionalProperties": False,
            },
            "description": "What reads otherwise in another language: `en: {name: Monthly}`.",
        },
        lambda texts: {language: dict(words) for language, words in texts.items()},
    ),
    _day("ends_on", "Its last day, whenever it is bought; then it is sold no more."),
    _word(
        "buyers",
        Buyers,
        Buyers.EVERYBODY,
        question=QuestionKind.WORD,
        description="Who may buy it; `code`: by a code for it.",
    ),
    PlanField(
        "holders_of",
        _read_plans,
        [],
        {
            "type": "array",
            "items": {"type": "string", "pattern": "^[a-z0-9-]{1,40}$"},
            "description": "Soft ids: only who has one of these plans may buy it.",
        },
        sorted,
        QuestionKind.PLANS,
        300,
    ),
    _word(
        "per_person",
        PerPerson,
        PerPerson.AUTO,
        question=QuestionKind.WORD,
        description="How often one person may have it; `auto`: once where it is free.",
    ),
    _word(
        "listing",
        Listing,
        Listing.LISTED,
        question=QuestionKind.WORD,
        description="`hidden`: bought by its link alone.",
    ),
    PlanField(
        "opens",
        _read_opens,
        (),
        {
            "type": "array",
            "items": {"type": "string", "pattern": "^[a-z0-9-]{1,40}$"},
            "minItems": 1,
            "uniqueItems": True,
            "description": "What it opens, in order, as `umbral resources` lists it. Before `access`.",
        },
        list,
        QuestionKind.RESOURCES,
    ),
    _word("access", AccessKind, USUAL, description="What it opens, where `opens` does not say."),
    _switch("active", "Whether it is on offer."),
    _number("position", "Its place in the list.", 9999),
    _number("trial_days", "Free days before the first charge.", 365),
    PlanField(
        "grace_days",
        lambda field, value: None if value is None else _read_number(field, value),
        None,
        {"type": ["integer", "null"], "minimum": 0, "description": "Access after a charge that failed."},
    ),
    _switch("honours_tokens", "Whether codes count while it is not."),
    _word("refund_policy", RefundPolicy, RefundPolicy.END_ACCESS),
    _word("dispute_policy", DisputePolicy, DisputePolicy.SUSPEND),
)
"""Fields of a plan, in the order in which files list them and the panel asks for them."""
FIELD_QUESTIONS: Final[Mapping[str, PlanField]] = {field.name: field for field in FIELDS if field.question}
_BY_NAME: Final[Mapping[str, PlanField]] = {field.name: field for field in FIELDS}

_AMOUNT: Final[Schema] = {"type": ["string", "number"]}
_SHAPE: Final[Mapping[str, Schema]] = {
    "soft_id": {"type": "string", "pattern": "^[a-z0-9-]{1,40}$", "description": "In links; made from the name."},
    "price": _AMOUNT | {"description": "In whole units: 19.90. 0 is free."},
    "currency": {"type": "string", "description": "EUR, USD or €, $. Never guessed."},
    FIELD: {
        "type": "object",
        "additionalProperties": _AMOUNT,
        "description": "What single methods charge instead: `method: 1500 XTR`.",
    },
    "interval": {"enum": [*map(str, Interval), None], "description": "Charged again each so long; or `days`."},
    "interval_count": {"type": "integer", "minimum": 1, "maximum": 120, "description": "Charged every so many."},
    "days": {
        "anyOf": [{"type": "integer", "minimum": 1, "maximum": DURATION_LIMIT}, {"enum": [FOREVER, None]}],
        "description": "Paid once; `forever` has no end.",
    },
}
"""JSON Schemas of the fields that a plan file represents differently from the entity, such as price and duration."""
FIELD_NAMES: Final = frozenset({*_SHAPE, *_BY_NAME})
BLANK: Final[Record] = {
    "currency": "USD",
    "interval_count": 1,
    **{field.name: field.blank for field in FIELDS if field.name != "name"},
}
"""Default values for the fields that a new plan in a file omits."""


def read_field(name: str, value: Any) -> Any:
    """Parse the value of one field. Raises InvalidInput with the name of the field, also if the field is unknown."""
    if name not in _BY_NAME:
        raise InvalidInput(name, f"is no field of a plan; these are: {', '.join(sorted(_BY_NAME))}")
    return _BY_NAME[name].parse(name, value)


def record_of(plan: ServicePlan, prices: OwnPrices) -> Record:
    """Return a plan and its method prices as text and numbers."""
    record: Record = {"soft_id": plan.soft_id, "price": plan.price.plain, "currency": plan.price.currency}
    if prices:
        record[FIELD] = price_answers(prices)
    if plan.recurring:
        record |= {"interval": str(plan.interval), "interval_count": plan.interval_count}
    else:
        record |= {"days": FOREVER if plan.duration_days == LIFETIME else plan.duration_days}
    values = {field.name: (field, getattr(plan, field.name)) for field in FIELDS}
    return record | {name: None if value is None else field.write(value) for name, (field, value) in values.items()}


def plan_of(full: Record, previous: ServicePlan | None, now: datetime) -> ServicePlan:
    """Return the plan that a complete record describes. `previous`: plan whose id and history are kept. Raises
    InvalidInput.
    """
    days, interval = full.get("days"), full.get("interval")
    if (days is None) == (interval is None):
        raise InvalidInput("days", "give either days (paid once) or interval (charged again)")
    facts = {item.name: getattr(previous, item.name) for item in fields(ServicePlan)} if previous is not None else {}
    opens = full.get("opens", ())
    if previous is not None and full["access"] != previous.access and tuple(opens) == previous.opens:
        # The resources follow the changed `access`.
        opens = ()
    return ServicePlan(
        **{
            "id": PlanId(new_uuid()),
            "created_at": now,
            **facts,
            **{field.name: field.parse(field.name, full[field.name]) for field in FIELDS if field.name != "opens"},
            "opens": _read_opens("opens", opens),
            "soft_id": full["soft_id"],
            "price": clean_price(str(full.get("price", "")), str(full.get("currency", ""))),
            "recurring": interval is not None,
            "interval": _read_interval(interval) if interval is not None else None,
            "interval_count": _read_count(full.get("interval_count", 1)),
            "duration_days": clean_days(days) if days is not None else None,
        }
    )


def _read_interval(value: Any) -> Interval:
    try:
        return Interval(str(value))
    except ValueError:
        raise InvalidInput("interval", f"must be one of {', '.join(Interval)}") from None


def _read_count(value: object) -> int:
    count = _read_number("interval_count", value, least=1)
    if count > 120:
        raise InvalidInput("interval_count", "must be a whole number, 1 to 120")
    return count


EXAMPLE: Final = """\
# What `umbral plans import` reads; `umbral plans schema` describes every field.
plans:
  - name: VIP Mensual
    emoji: "⭐"
    description: Todos los picks, cada día
    texts:
      en:
        name: Monthly VIP
        description: All picks, every day
    price: "19.90"
    currency: EUR
    access: vip_channel
    interval: month
    trial_days: 3
  - name: Canal propio, 90 días
    price: "49"
    currency: EUR
    access: personal_channel
    days: 90
"""


def plan_schema() -> Schema:
    """Return the JSON Schema 2020-12 of a plan file."""
    properties = {**_SHAPE, **{field.name: field.schema for field in FIELDS}}
    plan = {
        "type": "object",
        "properties": dict(sorted(properties.items())),
        "required": ["name"],
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Umbral's plans",
        "type": "object",
        "properties": {"plans": {"type": "array", "items": plan}},
        "required": ["plans"],
        "additionalProperties": False,
    }
