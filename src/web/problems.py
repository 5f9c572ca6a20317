"""Error responses for API clients: problem details (RFC 9457) under `/api`, and `{"error": …}` elsewhere and for paths
for which the operator's documents require that format.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

V1: Final = "/api/v1"
PROBLEM: Final = "application/problem+json"
_API: Final = "/api"
_BEFORE_PROBLEMS: Final = (f"{_API}/picks", f"{_API}/figures")
"""Endpoints described in the operator's documents. They are older than the API version with problem details."""


class Problem(BaseModel):
    """Problem details of a refused request."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: dict[str, str] | None = Field(None, description="Problem of each invalid field.")


def refusal(path: str, status: int, reason: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return an error response in the format of this path."""
    if f"{path}/".startswith(f"{_API}/") and not path.startswith(_BEFORE_PROBLEMS):
        return _answer(Problem(title=HTTPStatus(status).phrase, status=status, detail=reason), headers)
    return JSONResponse({"error": reason}, status, headers)


def wrong_fields(faults: Sequence[tuple[str, str]]) -> JSONResponse:
    """Return a 422 response. faults: at least one pair of a field and its problem."""
    detail = "; ".join(f"{field}: {problem}" for field, problem in faults)
    return _answer(Problem(title="Unprocessable Content", status=422, detail=detail, errors=dict(faults)), None)


def unknown_parameters(names: Sequence[str]) -> JSONResponse:
    """Return a 400 response. names: at least one query parameter that the operation does not support."""
    errors = dict.fromkeys(names, "is no parameter of this operation")
    detail = f"no such parameter: {', '.join(names)}"
    return _answer(Problem(title="Bad Request", status=400, detail=detail, errors=errors), None)


def _answer(problem: Problem, headers: Mapping[str, str] | None) -> JSONResponse:
    return JSONResponse(problem.model_dump(exclude_none=True), problem.status, headers, PROBLEM)
