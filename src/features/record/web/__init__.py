"""Record of tips on the public pages, in the console and in the API."""

from typing import Final

from fastapi import APIRouter

from features.record.feature import sells_tips
from features.record.web.notes import read_notes
from features.record.web.results import results_router
from features.record.web.routes import record_router
from features.record.wiring import record_of
from web.concurrency import API, ConcurrencyLimit
from web.feature import PublicTools, WebPart


def _public(tools: PublicTools) -> APIRouter:
    if not sells_tips(tools.core.settings().vertical):
        return APIRouter()
    return record_router(record_of(tools.core).read_record(), tools.site, tools.renderer, ConcurrencyLimit(API))


WEB: Final = WebPart(standalone_api=results_router, public=_public, plan_notes=read_notes)
