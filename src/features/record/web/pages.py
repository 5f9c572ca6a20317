"""Rendering of the public page of a tip record, its SVG picture, and its schema.org description."""

from collections.abc import Mapping
from typing import Final

from fastapi import Request
from fastapi.responses import HTMLResponse

from features.record.adapters.record_picture import record_picture
from features.record.use_cases.read_record import RecordView
from features.record.web.paths import record_picture_path
from features.record.web.shown import pictured_figures, shown_record
from subscriptions.application.catalog.site import Identity, SiteView
from subscriptions.bootstrap.drawing import profit_curve
from subscriptions.domain.entities.spoken import text_for
from web.colour import readable
from web.pages import Page
from web.preview import HEIGHT, WIDTH
from web.render import Renderer
from web.structured import Data
from web.texts import LANGUAGES, texts_for

_CONTEXT: Final = "https://schema.org"


def show_record(
    renderer: Renderer,
    request: Request,
    page: Page,
    language: str,
    record: RecordView,
    number: int,
    view: SiteView,
) -> HTMLResponse:
    """Return the public page of a tip record. number: number of the page within the record's list of tips."""
    context = renderer.frame(page, language, view.bot_username)
    picture = record_picture_path(page, language)
    preview = renderer.with_version(picture, picture_of(renderer, language, record))
    context |= {"preview": preview, "preview_width": WIDTH, "preview_height": HEIGHT, "picture": picture}
    shown = shown_record(record, language, number, page.paths[language], renderer.zone)
    plan, words = text_for(record.plan.name, language), context["t"]["record"]
    figures = " · ".join(
        f"{words[name]}: {shown['figures'][name]}" for name in ("settled", "yield") if name in shown["figures"]
    )
    description = " ".join(filter(None, (words["description"], figures)))
    page_facts = {"title": f"{plan} · {words['title']}", "description": description}
    context["record"] = shown
    context["t"] = {**context["t"], "record": {**words, **page_facts}}
    context["data"] = [dataset(renderer.identity, record, page, language, page_facts)]
    offered = [each for each in view.plans if each.soft_id == record.plan.soft_id]
    context["cards"] = [renderer.card(each, view, language, context["t"]) for each in offered]
    return renderer.answer(request, "record.html", context)


def picture_of(renderer: Renderer, language: str, record: RecordView) -> str:
    """Return a tip record's picture as SVG, used in link previews and by other sites."""
    identity = renderer.identity
    t = texts_for(language, identity, identity.brand)
    return record_picture(
        brand=identity.brand,
        accent=readable(identity.accent, "#ffffff", 3),
        heading=f"{text_for(record.plan.name, language)} · {t['record']['heading']}",
        figures=[(t["record"][name], each) for name, each in pictured_figures(record.figures, language)],
        curve=profit_curve(record.figures.curve, record.months, language),
        foot=" · ".join(filter(None, (t["site"]["adults"], t["site"]["no_guarantee"]))),
    )


def dataset(identity: Identity, record: RecordView, page: Page, language: str, words: Mapping[str, str]) -> Data:
    """Return a schema.org Dataset that describes a tip record and links to its verification files. words: texts of the
    record page.
    """
    path = f"{identity.base_url}{page.paths[LANGUAGES[0]]}"
    figures = record.figures
    data = {
        "@context": _CONTEXT,
        "@type": "Dataset",
        "name": words["title"],
        "description": words["description"],
        "url": f"{identity.base_url}{page.paths[language]}",
        "isAccessibleForFree": True,
        "creator": {"@type": "Organization", "name": identity.brand, "url": f"{identity.base_url}/"},
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": form, "contentUrl": f"{path}{end}"}
            for end, form in ((".jsonl", "application/jsonl"), (".json", "application/json"))
        ],
    }
    if figures.start is not None and figures.end is not None:
        data["temporalCoverage"] = f"{figures.start:%Y-%m-%d}/{figures.end:%Y-%m-%d}"
    return data
