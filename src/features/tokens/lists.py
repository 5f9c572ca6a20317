"""List of activation codes."""

from datetime import datetime
from typing import Final
from uuid import UUID

from features.tokens.commands import MakeCode, RevokeCode
from features.tokens.permissions import SEE_TOKENS
from subscriptions.application.lists.columns import (
    Amount,
    Count,
    Day,
    Interface,
    Length,
    Person,
    Plan,
    Prefix,
    Sort,
    State,
    Text,
)
from subscriptions.application.lists.list_model import Filter, ForPrograms, ListModel
from subscriptions.application.menu import MenuSection
from subscriptions.domain.entities.activation_token import TokenState
from subscriptions.domain.entities.api_key import Ability
from subscriptions.infrastructure.database.list_parts import BOTH, LABEL, PERSON, SOFT_ID, names, of_plan, search

_BY_CREATION: Final = Sort("created_at", "activation_tokens.created_at")
_CODE_STATE: Final = (
    "CASE WHEN activation_tokens.joined_at IS NOT NULL AND activation_tokens.used_at IS NOT NULL THEN 'joined'"
    " WHEN activation_tokens.used_at IS NOT NULL THEN 'used'"
    " WHEN activation_tokens.revoked_at IS NOT NULL THEN 'revoked'"
    " WHEN activation_tokens.expires_at <= CAST(:now AS timestamptz) THEN 'expired' ELSE 'usable' END"
)
CODES: Final = ListModel(
    name="codes",
    permission=SEE_TOKENS,
    section=MenuSection.OFFER,
    tables="activation_tokens JOIN service_plans ON service_plans.id = activation_tokens.plan_id"
    " LEFT JOIN customers ON customers.id = activation_tokens.used_by",
    key=("activation_tokens.id", "uuid"),
    columns=(
        Text("id", "activation_tokens.id", interfaces=Interface.PROGRAMS, type=UUID),
        Prefix(
            "prefix",
            "activation_tokens.prefix",
            interfaces=BOTH,
            description="First characters of the code; the others are not stored.",
            example="K7QM",
        ),
        Plan("plan", LABEL, soft_id=SOFT_ID, interfaces=BOTH, description="Slug of the plan.", example="retabet"),
        Text("campaign", "activation_tokens.campaign", interfaces=BOTH, example="autumn"),
        State("state", _CODE_STATE, words="code_state", interfaces=BOTH, type=TokenState),
        Text("note", "activation_tokens.note"),
        Amount("price", "activation_tokens.price", interfaces=Interface.ROW),
        Length("length", "activation_tokens.duration_days", interfaces=Interface.ROW),
        Count("openings", "nullif(activation_tokens.opened, 0)", interfaces=Interface.ROW),
        Day("used_at", "activation_tokens.used_at"),
        Person("customer"),
        Day("created_at", "activation_tokens.created_at", sort=_BY_CREATION, interfaces=BOTH, type=datetime),
        Day(
            "expires_at",
            "activation_tokens.expires_at",
            sort=Sort("expires_at", "activation_tokens.expires_at"),
            interfaces=BOTH,
            type=datetime,
        ),
    ),
    filters=(
        search(
            f"(activation_tokens.prefix = upper(left(:value, 4)) OR activation_tokens.note ILIKE :like OR {PERSON})"
        ),
        Filter(
            "state",
            choices={
                "usable": f"{_CODE_STATE} = 'usable'",
                "used": "activation_tokens.used_at IS NOT NULL",
                "joined": "activation_tokens.joined_at IS NOT NULL",
                "revoked": f"{_CODE_STATE} = 'revoked'",
                "expired": f"{_CODE_STATE} = 'expired'",
            },
            words="code_state",
            interfaces=BOTH,
            description="Only codes in this state.",
        ),
        of_plan(),
        Filter(
            "campaign",
            "activation_tokens.campaign ILIKE :like",
            interfaces=BOTH,
            description="Only of campaigns whose name contains this text.",
        ),
    ),
    sort=_BY_CREATION,
    commands=lambda row: names(RevokeCode) if row["state"] == TokenState.USABLE else (),
    begin=names(MakeCode),
    programs=ForPrograms(
        item="Code", summary="Activation codes, newest first", ability=Ability.CODES, sort=_BY_CREATION
    ),
)

LISTS: Final = (CODES,)
