"""The public page of a tip record, its picture, its figures as JSON, and the file for verifying it."""

import json
import re
from functools import partial
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from features.record.use_cases.read_record import ReadRecord, as_json
from features.record.web.pages import picture_of, show_record
from features.record.web.paths import record_page, record_picture_path
from web.concurrency import ConcurrencyLimit
from web.drawn import DrawnPictures
from web.feature import ReadSite
from web.render import Renderer

HISTORIAL: Final = "/historial"
_SOFT_ID: Final = re.compile(r"[a-z0-9-]{1,40}")
_PICTURES: Final = 8
"""Maximum number of cached pictures, one per plan and language."""
_SHORT: Final = {"Cache-Control": "no-cache"}


def record_router(
    read_record: ReadRecord, site: ReadSite, renderer: Renderer, concurrency: ConcurrencyLimit
) -> APIRouter:
    """Return the public routes of records, which omit tips whose event has not started."""
    router = APIRouter(include_in_schema=False)
    pictures = DrawnPictures(_PICTURES)

    async def figures(request: Request) -> Response:
        async with concurrency.slot():
            view = await read_record(_plan(request))
        if view is None:
            return JSONResponse({"error": "this plan has no record"}, 404)
        breakdowns = {
            name: {key: as_json(each) for key, each in group.items()} for name, group in view.breakdowns.items()
        }
        return JSONResponse(
            {
                **as_json(view.figures),
                "unsettled": str(view.unsettled_count),
                "unreadable": str(view.unreadable_count),
                "by": breakdowns,
            },
            200,
            _SHORT,
        )

    async def chain(request: Request) -> Response:
        plan = _plan(request)
        async with concurrency.slot():
            lines = await read_record.lines(plan)
        if lines is None:
            return JSONResponse({"error": "this plan has no record"}, 404)
        text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
        headers = {"Content-Disposition": f'attachment; filename="record-{plan}.jsonl"'}
        return Response(text, 200, {**_SHORT, **headers}, "application/jsonl")

    async def show(language: str, request: Request) -> Response:
        page_text = request.query_params.get("page", "0")
        page = int(page_text) if page_text.isdecimal() and len(page_text) <= 6 else 0
        async with concurrency.slot():
            view = await read_record(_plan(request), page)
        if view is None:
            return renderer.error(request, language, 404)
        answer = show_record(renderer, request, record_page(view.plan.soft_id), language, view, page, await site())
        answer.headers.update(_SHORT)
        return answer

    async def picture(language: str, request: Request) -> Response:
        async with concurrency.slot():
            view = await read_record(_plan(request))
            if view is None:
                return renderer.error(request, language, 404)
            return await pictures.answer(picture_of(renderer, language, view))

    router.add_route(f"{HISTORIAL}/{{plan}}.jsonl", chain, methods=["GET"])
    router.add_route(f"{HISTORIAL}/{{plan}}.json", figures, methods=["GET"])
    page_of_plan = record_page("{plan}")
    for language, path in page_of_plan.paths.items():
        of_page = record_picture_path(page_of_plan, language)
        router.add_route(of_page, partial(picture, language), methods=["GET", "HEAD"])
        router.add_route(path, partial(show, language), methods=["GET"])
        router.add_route(f"{path}/", _without_slash, methods=["GET"])
    return router


def _plan(request: Request) -> str:
    plan = str(request.path_params["plan"])
    return plan if _SOFT_ID.fullmatch(plan) else ""


async def _without_slash(request: Request) -> Response:
    return RedirectResponse(request.url.path.rstrip("/"), 308)
