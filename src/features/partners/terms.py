"""Inputs for a partner's terms in staff commands."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from features.partners.domain import (
    HOLD_DAYS,
    MONTHS_LIMIT,
    WHOLE,
    Counts,
    PartnerId,
    PartnerTerms,
    commission_words,
    looks_like_partner,
)
from subscriptions.application.dto.typed_answers import (
    Answer,
    Answers,
    Parser,
    Wrong,
    choice,
    kept_money,
    typed_money,
    whole,
)
from subscriptions.application.staff.command import Execution
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.domain.entities.discount_code import clean_code

USUAL_MONTHS: Final = "12"
USUAL_HOLD: Final = "30"
_PERCENT: Final = re.compile(r"\s*(\d{1,3})(?:[.,](\d{1,2}))?\s*%\s*")
_LONGEST: Final = 300


@dataclass(frozen=True, kw_only=True)
class Commission:
    """Commission as in `PartnerTerms`: a percentage or fixed amounts."""

    basis_points: int | None = None
    sums: frozenset[str] = frozenset()


def _code(answer: Answer, _: Answers) -> str:
    partner_code = clean_code(answer.text)
    if not looks_like_partner(partner_code):
        raise Wrong("partner_code")
    return partner_code


def _commission(answer: Answer, _: Answers) -> str:
    """Check that a text is a commission such as `12.5%` or `5.00 EUR; 6.00 USD`, and return it in the same form, which
    is parsed again later.
    """
    basis_points = _basis_points(answer.text)
    if basis_points is not None:
        if not 1 <= basis_points <= WHOLE:
            raise Wrong("commission")
        return commission_words(f"{basis_points}%")
    moneys = [
        typed_money(part, "", "amount", "share_bare") for part in re.split(r"[;+]|,\s+", answer.text) if part.strip()
    ]
    currencies = {money.currency for money in moneys}
    if not moneys or len(currencies) < len(moneys) or any(money.minor < 1 for money in moneys):
        raise Wrong("commission")
    return commission_words(" ".join(f"{money.currency}:{money.minor}" for money in moneys))


def _basis_points(text: str) -> int | None:
    """Return a percentage in hundredths of a percent; None if the text is not a percentage."""
    match = _PERCENT.fullmatch(text)
    return int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0")) if match is not None else None


def _commission_of(text: str) -> Commission:
    basis_points = _basis_points(text)
    if basis_points is not None:
        return Commission(basis_points=basis_points)
    moneys = [kept_money(part) for part in text.split("; ")]
    return Commission(sums=frozenset(f"{money.currency}:{money.minor}" for money in moneys))


def _or_usual(reader: Parser, usual: str) -> Parser:
    return lambda answer, draft: reader(answer, draft) if answer.text.strip() else usual


def _plans(answer: Answer, _: Answers) -> str:
    names = sorted(set(answer.text.replace(",", " ").lower().split()))
    if not all(re.fullmatch(r"[a-z0-9-]{1,40}", name) for name in names):
        raise Wrong("partner_plans", names=", ".join(names)[:60])
    return " ".join(names)


CODE: Final[Input[str]] = Input(name="code", kind=InputKind.TEXT, parse=_code, value=str, limits=(3, 24))
COMMISSION: Final[Input[Commission]] = Input(
    name="commission", kind=InputKind.TEXT, parse=_commission, value=_commission_of, limits=(2, _LONGEST)
)
COUNT_RULE: Final[Input[Counts]] = Input(name="when", kind=InputKind.CHOICE, parse=choice, value=Counts)
MONTHS: Final[Input[int]] = Input(
    name="months",
    kind=InputKind.NUMBER,
    parse=_or_usual(whole(1, MONTHS_LIMIT, "months"), USUAL_MONTHS),
    value=int,
    limits=(1, MONTHS_LIMIT),
    default=USUAL_MONTHS,
    rare=True,
)
PLANS: Final[Input[frozenset[str]]] = Input(
    name="plans",
    kind=InputKind.TEXT,
    parse=_plans,
    value=lambda text: frozenset(text.split()),
    limits=(0, _LONGEST),
    default="",
    rare=True,
)
HOLD: Final[Input[int]] = Input(
    name="hold",
    kind=InputKind.NUMBER,
    parse=_or_usual(whole(*HOLD_DAYS, "hold"), USUAL_HOLD),
    value=int,
    limits=HOLD_DAYS,
    default=USUAL_HOLD,
    rare=True,
)
TERMS: Final = (COMMISSION, COUNT_RULE, MONTHS, PLANS, HOLD)


def choices_of(question: object) -> list[Choice]:
    """Return the choices for the input that selects which payments earn a commission; empty for any other input."""
    return [Choice(each.value) for each in Counts] if question is COUNT_RULE else []


async def terms_of(execution: Execution, partner_id: PartnerId, number: int, start: datetime) -> PartnerTerms:
    """Create the terms from the command's inputs. Raises Wrong for plans that do not exist."""
    unknown_plans = [name for name in sorted(execution[PLANS]) if await execution.uow.plans.by_soft_id(name) is None]
    if unknown_plans:
        raise Wrong("partner_plans", question=PLANS.name, names=", ".join(unknown_plans))
    commission, counts = execution[COMMISSION], execution[COUNT_RULE]
    return PartnerTerms(
        partner_id=partner_id,
        number=number,
        basis_points=commission.basis_points,
        sums=commission.sums,
        counts=counts,
        months=execution[MONTHS] if counts is Counts.EACH else None,
        plans=execution[PLANS],
        hold_days=execution[HOLD],
        # Providers report full seconds, so a payment within the second of the agreement counts.
        since=start.replace(microsecond=0),
    )
