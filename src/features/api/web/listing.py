"""Read-only API operations that return lists, such as customers or payments, generated from the declarations of the
lists. They require an API key (`web.authentication`).
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from inspect import Parameter, Signature
from typing import Annotated, Any, Final, Literal, cast, get_args
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, create_model
from pydantic import Field as Member

from subscriptions.application.lists.columns import Interface
from subscriptions.application.lists.list_model import Filter, ForPrograms, ListModel
from subscriptions.application.lists.read_lists import FILTER_LIMIT, ReadLists, View
from subscriptions.bootstrap.lists import LISTS
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.errors import InvalidInput, Unreadable, reading
from subscriptions.domain.ids import TELEGRAM_ID_LIMIT
from web.concurrency import ConcurrencyLimit
from web.problems import V1, refusal
from web.routes.entries import entry_model
from web.routes.writing import dependencies, describe, problems

MOST: Final = 100
USUAL: Final = 20
LEFT_OUT: Final = "Umbral-Unreadable"
"""Response header with the ids of rows that are missing from the response because they could not be read."""
ALL: Final = 1000
"""Maximum number of entries in a list without pagination."""
_LONGEST: Final = 200
_CURSOR: Final = "MjAyNi0xMS0yMiAwOTozMDowMCswMCAwMTk1ZDJhNC03YzFlLTdiNDMtOWYzMC0yZjZmMGM5YTFlMTE"
"""Example of a pagination cursor, for the API's description."""


def _written_out(value: object) -> object:
    """Return a timestamp unchanged. Raises ValueError unless it is in ISO 8601 format, because pydantic would interpret
    a number as seconds since 1970.
    """
    if not re.match(r"\d{4}-\d{2}-\d{2}[Tt ]", str(value)):
        raise ValueError("must be a moment with its zone: 2026-11-22T00:00:00Z")
    return value


_KINDS: Final[Mapping[str, Any]] = {
    "date": Annotated[AwareDatetime, BeforeValidator(_written_out)],
    "number": Annotated[int, Query(ge=1, le=TELEGRAM_ID_LIMIT)],
    "uuid": UUID,
    **dict.fromkeys(("text", "currency"), Annotated[str, Query(min_length=1, max_length=FILTER_LIMIT)]),
}


def listing_router(
    read_lists: ReadLists, concurrency: ConcurrencyLimit, off_sentence: Callable[[Permission], str]
) -> APIRouter:
    """Return the router with one read-only operation per list.

    off_sentence: see `RunningStates`. Lists of features that are off are refused and omitted from the API's
        description.
    """
    router = APIRouter(responses=problems(404, 409, 413), dependencies=dependencies())
    for model in LISTS.values():
        if model.programs is not None:
            router.add_api_route(
                f"{V1}/{model.name}",
                _ListOperation(model, model.programs, read_lists, concurrency, off_sentence(model.permission)),
                response_model=_pages()[model.name],
                operation_id=f"list_{model.name}",
                summary=model.programs.summary,
                description=describe(model.programs.ability, f"{model.programs.summary}."),
                include_in_schema=not off_sentence(model.permission),
            )
    return router


class _ListOperation:
    """Request handler that returns a page of one list. Its signature contains the list's filters as parameters."""

    def __init__(
        self,
        model: ListModel,
        programs: ForPrograms,
        read_lists: ReadLists,
        concurrency: ConcurrencyLimit,
        off: str,
    ) -> None:
        """Create the handler of one list. off: reason why requests for the list are refused; empty if requests are
        accepted.
        """
        self._off = off
        self._model, self._programs = model, programs
        self._read_lists, self._concurrency = read_lists, concurrency
        self.__signature__ = _signature(model, is_paged=programs.is_paged)

    async def __call__(
        self, response: Response, limit: int = ALL, cursor: str | None = None, **filters: object
    ) -> Mapping[str, object] | Response:
        if self._off:
            return refusal(f"{V1}/{self._model.name}", 409, self._off)
        response.headers["Cache-Control"] = "no-store"
        view = View(
            model=self._model,
            interface=Interface.PROGRAMS,
            sort=self._programs.sort,
            is_descending=self._programs.is_descending,
            filters={name: _format(value) for name, value in filters.items() if value is not None},
            zone=UTC,
            page=cursor or "",
        )
        try:
            async with self._concurrency.slot():
                page = await self._read_lists.page(view, limit)
        except InvalidInput as error:
            raise InvalidInput("cursor" if error.field == "page" else error.field, error.problem) from error
        items, unreadable = list[object](), list[str]()
        for row in page.rows:
            try:
                with reading(self._model.name, row["id"]):
                    items.append(
                        _entry(self._model.name).model_validate(self._model.to_record(row, Interface.PROGRAMS))
                    )
            except Unreadable as error:
                unreadable.append(error.row)
                await self._read_lists.skip(error)
        if unreadable:
            response.headers[LEFT_OUT] = ", ".join(unreadable)
        return {"items": items, "next": page.next_page} if self._programs.is_paged else {"items": items}


@cache
def _entry(name: str) -> type[BaseModel]:
    (entry,) = get_args(_pages()[name].model_fields["items"].annotation)
    return cast(type[BaseModel], entry)


def _signature(model: ListModel, *, is_paged: bool) -> Signature:
    def parameter(name: str, type_: Any, summary: str, default: object = None, **limits: Any) -> Parameter:
        annotation = Annotated[type_, Query(description=summary, **limits)]
        return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)

    page_parameters = [
        parameter("limit", int, "Maximum number of entries.", USUAL, ge=1, le=MOST),
        parameter("cursor", str, "`next` of the previous page.", min_length=1, max_length=_LONGEST),
    ]
    filters = [
        parameter(name, _type_of(each), each.description)
        for name, each in model.filters_for(Interface.PROGRAMS).items()
    ]
    response = Parameter("response", Parameter.KEYWORD_ONLY, annotation=Response)
    return Signature([response, *(page_parameters if is_paged else ()), *filters])


def _type_of(question: Filter) -> Any:
    return Literal[tuple(map(str, question.fixed_values))] if question.fixed_values else _KINDS[question.kind]


def _format(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


@cache
def _pages() -> Mapping[str, type[BaseModel]]:
    """Return the response model of each list's page, keyed by the list's name."""
    return {each.name: _page_model(each, each.programs) for each in LISTS.values() if each.programs is not None}


def _page_model(model: ListModel, programs: ForPrograms) -> type[BaseModel]:
    page_summary = f"Entry of the list: {programs.summary.lower()}."
    entry, example = entry_model(model, f"{programs.item}Out", page_summary, Interface.PROGRAMS)
    members: dict[str, Any] = {"items": (list.__class_getitem__(entry), ...)}
    page_example: dict[str, Any] = {"items": [example]}
    if programs.is_paged:
        follows = "Cursor of the next page; null on the last page."
        members["next"], page_example["next"] = (Annotated[str | None, Member(description=follows)], ...), _CURSOR
    config = ConfigDict(json_schema_extra={"examples": [page_example]})
    return create_model(f"{programs.item}sOut", __config__=config, __doc__=f"{programs.summary}.", **members)
