"""What doors share through which the operator's programs change something."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import Header, Security
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from pydantic import ValidationError

from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.domain.errors import InvalidInput
from web.problems import PROBLEM, Problem, refusal

BODY_LIMIT: Final = 64 * 1024
_KEY: Final = 200
_REFUSED: Final[Mapping[int, str]] = {
    400: "No Idempotency-Key, or no whole body.",
    401: "No key, or one that opens nothing.",
    403: "A key without the ability.",
    404: "There is none.",
    409: "This Idempotency-Key came with something else.",
    413: "The body is too large.",
    422: "A field is refused.",
    503: "Try again later.",
}

IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description=f"1 to {_KEY} printable characters: sent again, it is still one."),
]


def key_parameter() -> dict[str, Any]:
    """The header of a door that reads it by itself, for its description."""
    schema = {"type": "string", "minLength": 1, "maxLength": _KEY}
    why = f"1 to {_KEY} printable characters: sent again, it is still one."
    return {"name": "Idempotency-Key", "in": "header", "required": True, "description": why, "schema": schema}


def bearer() -> Any:
    """What a door's description says of keys; `web.authentication` asks for them."""
    return Security(HTTPBearer(auto_error=False, description="Made by `umbral keys add`."))


def problems(*never: int) -> dict[int | str, dict[str, Any]]:
    """How a door may refuse. never: what does not happen there."""
    schema = Problem.model_json_schema()
    told = {status: why for status, why in _REFUSED.items() if status not in never}
    return {status: {"description": why, "content": {PROBLEM: {"schema": schema}}} for status, why in told.items()}


def wanted(schema: dict[str, Any]) -> dict[str, Any]:
    """A body that a route reads by itself, for its description."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def without_key(path: str, key: str | None) -> JSONResponse | None:
    """The refusal of what has no Idempotency-Key that can be kept; None for one that has."""
    if key and len(key) <= _KEY and key.isprintable():
        return None
    return refusal(f"{path}/", 400, f"send an Idempotency-Key of 1 to {_KEY} printable characters")


def faults(error: ValidationError | InvalidInput | PlanUnavailable) -> Sequence[tuple[str, str]]:
    """Each wrong field, and why."""
    if isinstance(error, InvalidInput):
        return [(error.field, error.problem)]
    if isinstance(error, PlanUnavailable):
        return [("audience", f"there is no plan {error}")]
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [(".".join(map(str, each["loc"])) or "body", each["msg"]) for each in found]
