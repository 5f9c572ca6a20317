"""Finder of the promotions to which staff commands refer."""

from dataclasses import dataclass
from typing import Final

from subscriptions.application.staff.command import Subject
from subscriptions.application.staff.subject_type import SubjectType, read_id, text_schema
from subscriptions.domain.entities.discount_code import clean_code, looks_like_discount_code
from subscriptions.domain.ids import DiscountCodeId
from subscriptions.domain.ports.repositories.discount_codes import DISCOUNTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork

PROMOTION: Final = "promotion"


@dataclass(frozen=True)
class FindPromotion:
    """Finder of the promotion that a staff command refers to, by id or code."""

    async def __call__(self, uow: UnitOfWork, text: str) -> Subject | None:
        """Return the promotion with this id or code; None if there is none."""
        key, code = read_id(text), clean_code(text)
        if key is not None:
            promotion = await uow.of(DISCOUNTS_KEY).get(DiscountCodeId(key))
        else:
            promotion = await uow.of(DISCOUNTS_KEY).by_code(code) if looks_like_discount_code(code) else None
        if promotion is None:
            return None
        return Subject(id=str(promotion.id), name=promotion.code, facts={"code": promotion.code})


SUBJECTS: Final = (
    SubjectType(
        kind=PROMOTION,
        argument="PROMOTION",
        help="Its code, or its id.",
        path="promotions",
        parameter="promotion",
        schema=text_schema(40),
        known_by="its code, or its id",
        page="/promotions",
        find=FindPromotion,
    ),
)
