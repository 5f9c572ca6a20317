"""Pages of the setup: the form for the one-time code, one question at a time, and the final page."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from subscriptions.bootstrap.setting_up import provider_name
from subscriptions.bootstrap.setup_page import Done, Step
from subscriptions.bootstrap.words import DEFAULT, LANGUAGES, Words
from web.console.frame import HEADERS, browser_language
from web.paths import TEMPLATES, asset


def words_of(request: Request) -> Words:
    """Return the texts in the browser's language, or else in Spanish."""
    language = browser_language(request)
    return Words(language if language in LANGUAGES else DEFAULT)


class SetupPages:
    """Renderer of the setup's pages. All content is escaped, and stored answers are never shown."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES / "setup"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(asset=asset, provider_name=provider_name)

    def code(self, words: Words, status: int = 200, problem: str = "") -> HTMLResponse:
        """Return the form for the one-time code."""
        return self._answer("code.html", words, {"problem": problem}, status)

    def step(self, words: Words, step: Step, token: str, status: int = 200, problem: str = "") -> HTMLResponse:
        """Return the page of a question. token: token of the setup session's forms. problem: reason why the answer was
        refused.
        """
        return self._answer("step.html", words, {"step": step, "token": token, "problem": problem}, status)

    def done(self, words: Words, done: Done) -> HTMLResponse:
        """Return the final page."""
        return self._answer("done.html", words, {"done": done}, 200)

    def unfinished(self, words: Words, token: str, problem: str = "", status: int = 200) -> HTMLResponse:
        """Return the page for a setup that could not be finished after the last answer. problem: reason."""
        return self._answer("unfinished.html", words, {"token": token, "problem": problem}, status)

    def message(self, words: Words, key: str, status: int) -> HTMLResponse:
        """Return a page with one sentence."""
        return self._answer("message.html", words, {"key": key}, status)

    def _answer(self, template: str, words: Words, context: Mapping[str, Any], status: int) -> HTMLResponse:
        text = self._environment.get_template(template).render(t=words, **context)
        return HTMLResponse(text, status, dict(HEADERS))
