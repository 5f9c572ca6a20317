"""Generated reference page of the API's operations and webhook events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, cast

from features.api.web.description import description
from features.api.web.operations import ApiUseCases, api_routers
from features.api.web.reference import reference as reference_of
from scripts.site_markdown import page, table
from subscriptions.application.features import all_on
from web.feature import ApiTools, web_parts, webhooks_of


def described() -> Mapping[str, Any]:
    """Return the API's OpenAPI document, as in `/api/v1/openapi.json`."""
    nobody = cast(Any, None)  # The use cases are never called, because only the description of the routes is needed.
    use_cases = ApiUseCases(*[nobody] * len(fields(ApiUseCases)))
    tools = ApiTools(nobody, nobody, nobody, nobody, nobody)
    factories = [each for part in web_parts().values() for each in (part.standalone_api, part.api) if each is not None]
    in_use = replace(use_cases, state_of=all_on, off_sentence=lambda _: "")
    routers = [*api_routers(in_use, nobody, nobody), *(make(tools) for make in factories)]
    return description(routers, "https://shop.invalid", "Umbral", lambda: webhooks_of(web_parts().items()))


def api(document: Mapping[str, Any]) -> str:
    """Return the page with every operation and every webhook event, including their inputs and responses."""
    shown = reference_of(document)
    parts = ["# API", document["info"]["description"], "`/api/v1/reference` of the web is the same page for its shop."]
    for tag, operations in shown["groups"]:
        parts += [f"## {tag['name']}", tag["description"]]
        for each in operations:
            parts += [f"### {each.summary}", f"`{each.method} {each.path}`", *each.paragraphs]
            if each.parameters:
                rows = [
                    (f"`{m.name}`", m.location, m.type, m.description, "yes" if m.is_required else "")
                    for m in each.parameters
                ]
                parts.append(table(("parameter", "in", "type", "meaning", "required"), rows))
            for heading, members in (("body", each.body), ("answer", each.answer)):
                if members:
                    rows = [(f"`{m.location}{m.name}`", m.type, m.description) for m in members]
                    parts.append(table((heading, "type", "meaning"), rows))
            if each.example:
                parts.append(f"```json\n{each.example}\n```")
            parts.append(table(("status", "when"), each.answers))
    return page(parts)
