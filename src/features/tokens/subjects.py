"""Lookup of the activation codes that staff commands act on."""

from dataclasses import dataclass
from typing import Final

from subscriptions.application.staff.command import Subject
from subscriptions.application.staff.subject_type import SubjectType, read_id, text_schema
from subscriptions.application.vip.tokens import find_code
from subscriptions.domain.entities.activation_token import clean_token, looks_like_token
from subscriptions.domain.ids import TokenId
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.code_seal import CodeSeal

CODE: Final = "code"


@dataclass(frozen=True)
class FindCode:
    """Lookup of a code by id, or by its characters if this process has the key."""

    seal: CodeSeal

    async def __call__(self, uow: UnitOfWork, text: str) -> Subject | None:
        """Return the activation code that the text identifies; None for an unknown id or code."""
        key, code = read_id(text), clean_token(text)
        if looks_like_token(code):
            token = await find_code(uow, self.seal, code)
        else:
            token = await uow.of(TOKENS_KEY).get(TokenId(key)) if key is not None else None
        plan = await uow.plans.get(token.plan_id) if token is not None else None
        if token is None or plan is None:
            return None
        facts = {"code": token.mask(), "plan": plan.label}
        return Subject(id=str(token.id), name=f"{token.mask()} · {plan.label}", facts=facts)


SUBJECTS: Final = (
    SubjectType(
        kind=CODE,
        argument="CODE",
        help="The code, or its id.",
        path="codes",
        parameter="code",
        schema=text_schema(40),
        known_by="the code, or its id",
        page="/codes",
        find=FindCode,
    ),
)
