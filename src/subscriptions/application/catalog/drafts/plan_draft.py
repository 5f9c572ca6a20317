"""Draft of a plan: conversion between a plan and the answers that describe it, and the parsers of these answers."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from subscriptions.application.catalog.browse_plans import BrowsePlans, PlanView
from subscriptions.application.catalog.method_prices import MethodPrices
from subscriptions.application.catalog.plan_fields import (
    BLANK,
    FIELD_QUESTIONS,
    PlanField,
    QuestionKind,
    Record,
    names_in,
    plan_of,
)
from subscriptions.application.catalog.plan_input import FIELD, FOREVER, price_answers, read_prices
from subscriptions.application.catalog.save_plan import RECORD, VERSION
from subscriptions.application.dto.typed_answers import (
    Answer,
    Answers,
    Parser,
    Wrong,
    day,
    days,
    kept_money,
    one_of,
    paragraph,
    price,
    visible,
    whole,
)
from subscriptions.application.dto.typed_answers import words as one_line
from subscriptions.domain.entities.service_plan import TRANSLATED_LIMITS, Interval, ServicePlan
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import AmbiguousAmount

RECORD_NOTE: Final = "_record"
"""Key under which a draft's answers contain the stored plan as it was when the draft was started."""

_EVERY: Final = re.compile(r"(?:cada|every|a cada)\s*(\d{1,3})?\s*([a-zñ]+)")
_DURATION: Final = re.compile(r"(\d{1,9}) (?:día|dia|day)s?")
_FOREVER: Final = frozenset({FOREVER, "para siempre", "para sempre"})
_UNITS: Final = {"d": "day", "s": "week", "w": "week", "m": "month", "a": "year", "y": "year"}
"""Units by the first letter of their name in Spanish, English or Portuguese."""


def answers_of(record: Record) -> dict[str, str]:
    """Return the answers of a draft that describe an existing plan."""
    texts = {"name": str(record.get("name", ""))}
    texts |= {name: field.answer(record.get(name, field.blank)) for name, field in FIELD_QUESTIONS.items()}
    texts["price"] = f"{record['price']} {record['currency']}"
    every = f"{record.get('interval')} {record.get('interval_count')}"
    texts["duration_days"] = every if record.get("interval") else str(record["days"])
    texts[FIELD] = "\n".join(f"{method} {amount}" for method, amount in record.get(FIELD, {}).items())
    for language in LANGUAGES:
        words = record["texts"].get(language, {})
        texts[language] = "\n".join(filter(None, (words.get("name"), words.get("description"))))
    return {**texts, RECORD_NOTE: json.dumps(record)}


def record_of(answers: Answers) -> Record:
    """Return the plan that the answers describe, as a record to save. Fields whose questions were not asked keep their
    values. Raises InvalidInput.
    """
    record: dict[str, Any] = json.loads(answers.get(RECORD_NOTE, "{}"))
    # Drafts of an earlier version still have an answer about the kind of channel, which applies.
    record |= {name: answers[name] for name in ("name", "access") if name in answers}
    record |= {name: _parse(field, answers[name]) for name, field in FIELD_QUESTIONS.items() if name in answers}
    money = kept_money(answers["price"])
    record |= {"price": money.plain, "currency": money.currency}
    record |= _length(answers["duration_days"])
    if FIELD in answers:
        record[FIELD] = method_prices(answers[FIELD], money.currency)
    record["texts"] = {**record.get("texts", {}), **_texts(record.get("texts", {}), answers)}
    return record


async def draft(
    answers: Answers, now: datetime, methods: MethodPrices, browse: BrowsePlans
) -> tuple[ServicePlan, PlanView]:
    """Return the plan that the answers describe, and its view. Raises Wrong with the name of the question that has an
    invalid answer.
    """
    try:
        record = record_of(answers)
        plan = plan_of({**BLANK, "soft_id": "plan", **record}, None, now)
        own = read_prices(record.get(FIELD), plan.price.currency)
        for method, money in own.items():
            methods.refuse(method, money)
    except InvalidInput as error:
        if error.field in ("method", "currency", FIELD):
            raise Wrong("method_refused", question=FIELD, methods=answers["methods"]) from error
        raise Wrong(error.field, question=error.field) from error
    return plan, await browse.preview(plan, own)


def answers_to_save(record: Record, version: int | None = None) -> dict[str, str]:
    """Return a plan record as input for the staff command that saves the plan. `version`: version of the plan that is
    being changed; None for a new plan.
    """
    answers = {RECORD.name: json.dumps(record)}
    return answers if version is None else {**answers, VERSION.name: str(version)}


def refusal_of(wrong: Wrong) -> Wrong | InvalidInput:
    """Return the reason why a plan was not saved, with the name of the question in the form that must be corrected."""
    if wrong.key != "plan_field":
        return wrong
    return InvalidInput(str(wrong.facts["field"]), str(wrong.facts["problem"]))


def merge(answers: dict[str, str], record: Record) -> list[str]:
    """Merge another editor's changes into the answers, and return the changed questions. Answers already changed in
    this draft are kept.
    """
    original, theirs = answers_of(json.loads(answers[RECORD_NOTE])), answers_of(record)
    changed_names = [name for name in theirs if name != RECORD_NOTE and theirs[name] != original.get(name)]
    for name in changed_names:
        if answers.get(name) == original.get(name):
            answers[name] = theirs[name]
    answers[RECORD_NOTE] = theirs[RECORD_NOTE]
    return changed_names


def changed_questions(draft: Answers) -> list[str]:
    """Return the questions whose answer differs from the stored plan."""
    if RECORD_NOTE not in draft:
        return []
    answers = answers_of(json.loads(draft[RECORD_NOTE]))
    return [name for name, was in answers.items() if name != RECORD_NOTE and draft.get(name, was) != was]


def reader(field: PlanField) -> Parser:
    """Return the parser for the answers about a field."""
    if field.question is QuestionKind.NUMBER:
        return whole(0, field.most, field.name)
    if field.question is QuestionKind.DAY:
        return day
    if field.question is QuestionKind.WORD:
        return one_of(field.words)
    if field.question in {QuestionKind.PLANS, QuestionKind.RESOURCES}:
        return _names_read(sort=field.question is QuestionKind.PLANS)
    if field.question is QuestionKind.TEXT:
        return paragraph(field.most, f"{field.name}_long")
    return one_line(field.most, field.name)


def _names_read(*, sort: bool) -> Parser:
    def parse(answer: Answer, _: Answers) -> str:
        names = dict.fromkeys(names_in(answer.text))
        return ", ".join(sorted(names) if sort else names)

    return parse


def method_prices(text: str, currency: str) -> dict[str, str]:
    """Parse prices per payment method from lines such as `method 1500 XTR`. Raises InvalidInput("prices")."""
    prices: dict[str, str] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        method, _, amount = line.partition(" ")
        prices[method.strip(":").lower()] = amount.strip()
    try:
        return price_answers(read_prices(prices, currency))
    except AmbiguousAmount:
        raise
    except InvalidInput as error:
        raise InvalidInput(FIELD, error.problem) from error


def length(answer: Answer, answers: Answers) -> str:
    """Parse a duration: a number of days, `forever`, or a unit and a number.

    `30` and `month 3` are accepted, and so are typed forms such as `30 días`, `para siempre` and `cada 3 meses`.
    """
    text = " ".join(answer.text.lower().split())
    if text in _FOREVER:
        return FOREVER
    if re.fullmatch(rf"({'|'.join(Interval)}) \d{{1,3}}", text):
        return text
    every, match = _EVERY.fullmatch(text), _DURATION.fullmatch(text)
    if every is None:
        return days(Answer(match[1]) if match is not None else answer, answers)
    unit, count = _UNITS.get(every[2][0], ""), int(every[1] or 1)
    if not unit or not 1 <= count <= 120:
        raise Wrong("duration_days", given=answer.text)
    return f"{unit} {count}"


def amount(answer: Answer, answers: Answers) -> str:
    """Parse a price. A number without a currency is in the operator's currency."""
    return price(answers.get("currency", ""))(answer, answers)


def prices(answer: Answer, answers: Answers) -> str:
    """Parse the prices that payment methods charge instead of the plan's price, one per line. Empty means none."""
    try:
        price = answers.get("price", "")
        given_method_prices = method_prices(
            answer.text, kept_money(price).currency if " " in price else answers.get("currency", "")
        )
    except AmbiguousAmount as error:
        raise Wrong("price_either", given=answer.text[:60], **error.readings) from None
    except InvalidInput:
        raise Wrong("method_prices", given=answer.text[:60]) from None
    return "\n".join(f"{method} {money}" for method, money in given_method_prices.items())


@visible
def words(answer: Answer, _: Answers) -> str:
    """Parse a translation: a name, with a description on the lines below. Empty means that the operator's original
    texts are used.
    """
    lines = [" ".join(line.split()) for line in answer.text.strip().splitlines()]
    name, description = (lines[0] if lines else ""), "\n".join(lines[1:])
    for part, word in (("name", name), ("description", description)):
        if len(word) > TRANSLATED_LIMITS[part]:
            raise Wrong(f"{part}_long", n=str(len(word)), limit=str(TRANSLATED_LIMITS[part]))
    return "\n".join(filter(None, (name, description)))


def _parse(field: PlanField, answer: str) -> Any:
    if field.question is QuestionKind.NUMBER:
        return int(answer)
    if field.question is QuestionKind.RESOURCES:
        return names_in(answer)
    return answer or None if field.question is QuestionKind.DAY else answer


def _length(answer: str) -> Record:
    unit, _, count = answer.partition(" ")
    if count:
        return {"interval": unit, "interval_count": int(count), "days": None}
    return {"interval": None, "days": answer}


def _texts(old_texts: Mapping[str, Mapping[str, str]], answers: Answers) -> dict[str, dict[str, str]]:
    """Return the translations. The stored note in another language is kept, because the panel does not ask for it."""
    texts = {}
    for language in (each for each in LANGUAGES if each in answers):
        name, _, description = answers[language].partition("\n")
        texts[language] = {**old_texts.get(language, {}), "name": name, "description": description}
    return texts
