"""Helpers shared by API operations that change data: parameter checks, the Idempotency-Key, and
OpenAPI descriptions.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import Depends, Request, Security, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from pydantic import ValidationError

from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.domain.errors import InvalidInput, UmbralError
from web.problems import PROBLEM, Problem, refusal

BODY_LIMIT: Final = 64 * 1024
_KEY: Final = 200
_REFUSALS: Final[Mapping[int, str]] = {
    400: "An unknown parameter, a missing Idempotency-Key, or an incomplete body.",
    401: "The API key is missing or invalid.",
    403: "The API key lacks the required ability.",
    404: "The resource does not exist.",
    409: "The Idempotency-Key was used with a different request, or the state does not allow the operation.",
    413: "The body is too large.",
    422: "A field is invalid.",
    503: "Try again later.",
}


class UnknownParameters(UmbralError):
    """Raised if the query contains parameters that the operation does not support. names: these parameters, as sent."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


def known_parameters(request: Request) -> None:
    """Raise UnknownParameters if the query contains an unknown parameter, because a misspelled filter would have no
    effect.
    """
    route = request.scope["route"]
    parameters = get_flat_params(route.dependant) if isinstance(route, APIRoute) else ()
    names = {each.alias for each in parameters if isinstance(each.field_info, params.Query)}
    unknown_names = sorted(set(request.query_params) - names)
    if unknown_names:
        raise UnknownParameters(unknown_names)


def key_parameter(*, is_required: bool = True) -> dict[str, Any]:
    """Return the OpenAPI description of the Idempotency-Key header, for operations that read the header themselves."""
    schema = {"type": "string", "minLength": 1, "maxLength": _KEY}
    reason = f"1 to {_KEY} printable characters. A request repeated with the same key is performed once."
    return {"name": "Idempotency-Key", "in": "header", "required": is_required, "description": reason, "schema": schema}


def dependencies() -> list[Any]:
    """Return the dependencies of every operation: the check of the query parameters, and the API key for
    `web.authentication`.
    """
    key = HTTPBearer(auto_error=False, description="API key, created with `umbral keys add`.")
    return [Depends(known_parameters), Security(key)]


def problems(*excluded_statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI descriptions of an operation's error responses. excluded_statuses: statuses that do
    not occur.
    """
    return {status: _problem(status, reason) for status, reason in _REFUSALS.items() if status not in excluded_statuses}


def _problem(status: int, reason: str) -> dict[str, Any]:
    problem_json = Problem(title=HTTPStatus(status).phrase, status=status, detail=reason).model_dump(exclude_none=True)
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": problem_json}
    return {"description": reason, "content": {PROBLEM: content}}


def request_body(schema: dict[str, Any], *, needs_key: bool = False, is_required: bool = True) -> dict[str, Any]:
    """Return the OpenAPI description of a body that a route parses itself.

    needs_key: True if an Idempotency-Key is required. is_required: True if a request without a body is refused.
    """
    body = {"requestBody": {"required": is_required, "content": {"application/json": {"schema": schema}}}}
    return {**body, "parameters": [key_parameter()]} if needs_key else body


def idempotency_key(request: Request) -> str | None:
    """Return the Idempotency-Key as sent; None if it is missing. The value is decoded as UTF-8, because the framework
    decodes header values as Latin-1.
    """
    header = request.headers.get("Idempotency-Key")
    return header.strip().encode("latin-1").decode("utf-8", "replace") if header is not None else None


def describe(ability: str, summary: str) -> str:
    """Return an operation's description. ability: ability that an API key needs."""
    return f"{summary}\n\nNeeds `{ability}`."


def without_key(path: str, key: str | None) -> JSONResponse | None:
    """Return the error response for a missing or invalid Idempotency-Key, or None if the key is valid. path: path of
    the request, which determines the response's format.
    """
    if key and len(key) <= _KEY and key.isprintable():
        return None
    return refusal(f"{path}/", 400, f"send an Idempotency-Key of 1 to {_KEY} printable characters")


def faults(error: ValidationError | InvalidInput | PlanUnavailable) -> Sequence[tuple[str, str]]:
    """Return each invalid field with its problem."""
    if isinstance(error, InvalidInput):
        return [(error.field, error.problem)]
    if isinstance(error, PlanUnavailable):
        return [("audience", f"there is no plan {error}")]
    errors = error.errors(include_url=False, include_input=False, include_context=False)
    return [(".".join(map(str, each["loc"])) or "body", each["msg"]) for each in errors]
