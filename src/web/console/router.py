"""Routes of the console: one for each page and command of the index, and the login."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote
from uuid import UUID, uuid4

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from subscriptions.application.dto.typed_answers import Wrong, kept_money
from subscriptions.application.feature_failures import contained, named, named_call
from subscriptions.application.features import InvalidFeature
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.command import FeatureOff, NothingToDo
from subscriptions.application.team.second_factors import Answer, Stage
from subscriptions.bootstrap.console import ConsoleContainer
from subscriptions.bootstrap.payment_answers import Refused
from subscriptions.bootstrap.staff_commands import COMMANDS
from subscriptions.domain.entities.spoken import Spoken, text_for
from subscriptions.domain.errors import InvalidInput, UmbralError
from subscriptions.domain.ports.telegram_login import LoginRefused
from subscriptions.domain.services.picture_rules import PictureRefused
from subscriptions.domain.services.staff_policy import StaffAction
from web.body import BodyIncomplete, BodyTooLarge
from web.concurrency import ConcurrencyLimit
from web.console.banner import read_upload
from web.console.filled import SHOWN_PREFIX, FormAnswers, fill
from web.console.frame import HEADERS, Frame, browser_language
from web.console.index import ACTIONS, pages
from web.console.pages import brand, features, paying
from web.console.said import ChatWords
from web.console.sign_in import ENTER, FACTOR, KEY, LEAVE, TELEGRAM, TELEGRAM_BACK, SignIn, form_token
from web.console.staff_commands import outcome_text
from web.console.uploads import FILE, SentForm, is_multipart, keep_file, read_multipart
from web.console.visit import ROOT, Action, Elsewhere, Page, PageGone, Redirection, ResultPage, Target, Visit, WriteFile
from web.console.words import words_for
from web.feature import WebPart
from web.qr import qr_svg
from web.routes.banner import banner_answer

log = structlog.get_logger(__name__)

BANNER: Final = f"{ROOT}{brand.BRAND.path}/banner"
CONNECT: Final = f"{ROOT}{paying.CONNECT.path}"
LONGEST_PAGE_S: Final = 60.0
"""Time limit in seconds of a feature's page. A page that never ends would occupy one of the console's slots."""
DO: Final = f"{ROOT}/do/{{name}}/{{id}}"
FORM: Final = Page("form", "", "form.html", StaffAction.OPEN_CONSOLE, lambda _: _nothing())
REFUSAL: Final = Page("refused", "", "refused.html", StaffAction.OPEN_CONSOLE, lambda _: _nothing())


async def _nothing() -> dict[str, object]:
    return {}


@dataclass(frozen=True)
class Console:
    """Request handlers of the console. Visitors without a session see instructions to log in."""

    use: ConsoleContainer
    sign_in: SignIn
    frame: Frame
    concurrency: ConcurrencyLimit
    counting: set[asyncio.Task[None]] = field(default_factory=set)

    def router(self) -> APIRouter:
        """Return all routes. URLs with a trailing slash get a 404."""
        router = APIRouter(include_in_schema=False)
        router.add_route(ENTER, self.show_entry, methods=["GET"])
        router.add_route(ENTER, self.enter, methods=["POST"])
        router.add_route(TELEGRAM, self.send_to_telegram, methods=["GET"])
        router.add_route(TELEGRAM_BACK, self.enter_by_telegram, methods=["GET"])
        router.add_route(LEAVE, self.leave, methods=["POST"])
        router.add_route(FACTOR, self.factor, methods=["GET"])
        router.add_route(FACTOR, self.prove, methods=["POST"])
        router.add_route(DO, self.ask, methods=["GET"])
        router.add_route(DO, self.act, methods=["POST"])
        router.add_route(BANNER, self._guard(self._show_banner), methods=["GET"])
        router.add_route(BANNER, self.keep_banner, methods=["POST"])
        router.add_route(CONNECT, self.connect_method, methods=["POST"])
        for feature, part in self.use.core.features().named_parts(WebPart):
            for path, answer in part.files.items():
                with contained(feature, f"console: {path}", lasts=True):
                    router.add_route(
                        ROOT + path,
                        self._guard(named_call(feature, f"console: {path}", _sent(answer))),
                        methods=["GET"],
                    )
        for page in pages():
            router.add_route(ROOT + page.path, self._page(page), methods=["GET"])
            if page.file is not None:
                router.add_route(f"{ROOT}{page.path}.csv", self._file(page, page.file), methods=["GET"])
        # Added last, because a page of the core may have the path of a feature's name.
        for feature in self.use.core.installed().features:
            if not self.use.core.features().is_loaded(feature):
                router.add_route(f"{ROOT}/{feature}", self._guard(self._off(feature)), methods=["GET"])
        return router

    async def show_entry(self, request: Request) -> Response:
        """Show a page with one button that uses the single-use link, so that link previews do not use the link up."""
        self._expect_today()
        # The secret is in the query instead of the path, because paths are logged on errors.
        words = words_for(browser_language(request))
        return self.frame.plain(words, "enter", 200, secret=request.query_params.get(KEY, ""))

    def _expect_today(self) -> None:
        """Calculate the month's figures and compile the templates in advance, while the visitor reads the entry page,
        because the page after it needs both.
        """

        async def count() -> None:
            await asyncio.to_thread(self.frame.prepare)
            with suppress(UmbralError):
                await self.use.month().expect(self.use.policy().zones.home)

        task = asyncio.create_task(count())
        self.counting.add(task)
        task.add_done_callback(self.counting.discard)

    async def enter(self, request: Request) -> Response:
        """Open a session by a single-use link."""
        form, words = await self.sign_in.form(request), words_for(browser_language(request))
        answer = RedirectResponse(ROOT, 303, HEADERS)
        async with self.concurrency.slot():
            is_entered = self.sign_in.is_same_origin(request) and await self.sign_in.enter(
                request, form.get("secret", ""), answer
            )
        if is_entered:
            return answer
        log.warning("console link refused", remote=_remote(request))
        return self.frame.plain(words, "spent", 403)

    async def send_to_telegram(self, request: Request) -> Response:
        """Redirect to Telegram's login. No state is stored before the visitor returns."""
        return self.sign_in.send_to_telegram()

    async def enter_by_telegram(self, request: Request) -> Response:
        """Complete a login by Telegram."""
        answer = RedirectResponse(ROOT, 303, HEADERS)
        try:
            async with self.concurrency.slot():
                await self.sign_in.enter_by_telegram(request, answer)
        except LoginRefused as error:
            log.warning("console login by Telegram refused", why=str(error), remote=_remote(request))
            return self.frame.plain(words_for(browser_language(request)), "stranger", 403)
        return answer

    async def factor(self, request: Request) -> Response:
        """Show the page that sets up or asks for a second factor."""
        return await self._factor(request)

    async def prove(self, request: Request) -> Response:
        """Check a code of the second factor. Depending on the session's state, the code either completes the setup of
        the second factor or confirms the login.
        """
        form = await self.sign_in.form(request)
        if not self.sign_in.is_ours(request, form, form_token(self.sign_in.key(request))):
            return self.frame.plain(words_for(browser_language(request)), "closed", 403)
        return await self._factor(request, form.get("code", ""))

    async def _factor(self, request: Request, code: str | None = None) -> Response:
        key, second_factors, answer = self.sign_in.key(request), self.use.second_factors(), None
        words = words_for(browser_language(request))
        async with self.concurrency.slot():
            try:
                factor_state = await second_factors.look(key)
                if factor_state is None:
                    return self.frame.plain(words, "closed", 401)
                if code is not None and factor_state.stage is not Stage.INSIDE:
                    sets_up = factor_state.stage is Stage.SETUP
                    answer = await (second_factors.set_up(key, code) if sets_up else second_factors.prove(key, code))
            except InvalidInput as error:
                log.warning("second factor not opened", want=error.field)
                return self.frame.plain(words, "no_key", 503)
        words = words_for(factor_state.staff.language)
        if answer is Answer.RIGHT:
            return RedirectResponse(ROOT, 303, HEADERS)
        if answer is Answer.OVER:
            return self.frame.plain(words, "closed", 401)
        if answer is Answer.LOCKED:
            return self.frame.plain(words, "rests", 403)
        codes = [] if answer is None or isinstance(answer, Answer) else answer
        picture = qr_svg(factor_state.address) if factor_state.address and not codes else ""
        facts = {"factor_state": factor_state, "token": form_token(key), "codes": codes, "picture": picture}
        return self.frame.factor(words, 403 if answer is Answer.WRONG else 200, wrong=answer is Answer.WRONG, **facts)

    async def leave(self, request: Request) -> Response:
        """End the session."""

        async def end(visit: Visit, form: SentForm) -> Response:
            answer = self.frame.plain(visit.words, "left", 200)
            await self.sign_in.leave(request, answer)
            return answer

        return await self._post(request, end)

    async def _show_banner(self, visit: Visit) -> Response:
        await visit.use.desk().check(visit.who, brand.BRAND.action)
        answer = banner_answer(await visit.use.read_banner()())
        answer.headers.update(HEADERS)
        return answer

    async def keep_banner(self, request: Request) -> Response:
        """Store or remove the landing page's picture."""
        problem, content, form = "", b"", dict[str, str]()
        try:
            form, content = await read_upload(request, self.sign_in.bodies)
        except BodyTooLarge:
            problem = "size"
        except BodyIncomplete:
            problem = "damaged"

        async def go(visit: Visit) -> Response:
            await visit.use.desk().check(visit.who, brand.BRAND.action)
            if not problem and not self.sign_in.is_ours(request, form, visit.token):
                log.warning("console form refused", person=visit.who, path=request.url.path)
                return self._refusal_page(visit, 403, "form")
            try:
                if problem:
                    raise PictureRefused(problem)
                keep = visit.use.keep_banner()
                result = brand.REMOVED if form.get("remove") else brand.STORED
                await (keep.remove(visit.who) if form.get("remove") else keep.store(visit.who, content))
            except PictureRefused as refused:
                return self.frame.page(
                    visit, brand.BRAND, {"done": "", **await brand.refused(visit, refused.reason)}, 422
                )
            return RedirectResponse(f"{ROOT}{brand.BRAND.path}?banner={result}", 303, HEADERS)

        return await self._visit(request, go)

    async def connect_method(self, request: Request) -> Response:
        """Check and store the keys of a payment method. The stored keys are never shown again."""

        async def go(visit: Visit, sent: SentForm) -> Response:
            await visit.use.desk().check(visit.who, paying.CONNECT.action)
            code = sent.fields.get("method", "")
            facts = await paying.connect_form(visit, code)
            try:
                await paying.connect(visit, sent.fields)
            except Refused as refused:
                return self.frame.page(visit, paying.CONNECT, {**facts, "problem": str(refused)}, 422)
            return RedirectResponse(f"{ROOT}{paying.METHODS_PATH}?done={paying.CONNECTED}", 303, HEADERS)

        return await self._post(request, go)

    async def ask(self, request: Request) -> Response:
        """Show a command's form, or its preview if the command has no questions or is always previewed first."""

        async def show(visit: Visit) -> Response:
            action, target = await self._target_of(visit)
            await visit.use.desk().check(visit.who, action.action)
            sure = not action.fields or action.previews_at_once
            answers = await fill(visit, action, target, {}) if action.fields and sure else FormAnswers({}, {}, {})
            try:
                effect = await action.effect(visit, target, answers.texts) if sure and action.effect else ""
            except NothingToDo as nothing:
                raise PageGone("nothing to do") from nothing
            except Wrong as error:
                answers.wrong[error.question or ""] = ChatWords(visit.words).wrong(error)
                sure, effect = False, ""
            form = await self._form(visit, action, target, answers, "", sure=sure, effect=effect)
            # Nothing was sent that could be wrong: the form shows the error that prevents its preview.
            form.status_code = 200
            return form

        return await self._visit(request, show)

    async def act(self, request: Request) -> Response:
        """Show a command's preview, or carry out a confirmed command and show its result."""

        async def go(visit: Visit, sent: SentForm) -> Response:
            form = sent.fields
            action, target = await self._target_of(visit)
            await visit.use.desk().check(visit.who, action.action)
            if sent.is_too_large and not action.takes_file:
                return self._refusal_page(visit, 403, "form")
            answers, operation = await fill(visit, action, target, form), _operation(form.get("operation", ""))
            if action.takes_file:
                _, refused = await keep_file(visit, sent, operation)
                if refused is not None:
                    answers.wrong[FILE] = ChatWords(visit.words).wrong(refused)
            sure = not answers.wrong and form.get("sure") != "back"
            try:
                if not sure or not (action.at_once or form.get("sure") == "yes"):
                    facts = await action.look(visit, target, answers.texts) if sure and action.look else ()
                    effect = await action.effect(visit, target, answers.texts) if sure and action.effect else ""
                    return await self._form(
                        visit, action, target, answers, str(operation), sure=sure, preview=facts, effect=effect
                    )
                outcome = await action.run(visit, target, answers.texts, operation)
                if isinstance(outcome, ResultPage):
                    with named(outcome.page.feature or None, f"console: {outcome.page.name}"):
                        return self.frame.page(visit, outcome.page, {**outcome.facts, "target": target})
            except InvalidInput as error:
                answers.wrong[error.field] = visit.words.one_of("wrong", error.field, error.problem)
                return await self._form(visit, action, target, answers, str(operation), sure=False)
            except Wrong as error:
                answers.wrong[error.question or ""] = ChatWords(visit.words).wrong(error)
                return await self._form(visit, action, target, answers, str(operation), sure=False)
            except NothingToDo:
                outcome = "over"
            outcome, location = (
                (outcome.notice, outcome.url) if isinstance(outcome, Redirection) else (outcome, target.url)
            )
            return RedirectResponse(f"{location}{'&' if '?' in location else '?'}done={quote(outcome)}", 303, HEADERS)

        return await self._post(request, go)

    def _page(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        async def show(visit: Visit) -> Response:
            await visit.use.desk().check(visit.who, page.action)
            if not visit.may_open(page):
                return self._off_page(visit, page.feature or visit.use.core.features().owner(page.action))
            feature = page.feature or visit.use.core.features().owner(page.action)
            with named(feature, f"console: {page.path}"):
                try:
                    async with asyncio.timeout(LONGEST_PAGE_S if feature is not None else None):
                        facts = await page.show(visit)
                except Elsewhere as other:
                    return RedirectResponse(other.url, 303, HEADERS)
                return self.frame.page(visit, page, {"done": await _outcome_text(visit), **facts})

        return self._guard(show)

    def _off(self, feature: str) -> Callable[[Visit], Awaitable[Response]]:
        async def show(visit: Visit) -> Response:
            return self._off_page(visit, feature)

        return show

    def _file(self, page: Page, write: WriteFile) -> Callable[[Request], Awaitable[Response]]:
        async def show(visit: Visit) -> Response:
            await visit.use.desk().check(visit.who, page.action)
            if not visit.may_open(page):
                raise PageGone("the feature is off")
            feature, where = page.feature or visit.use.core.features().owner(page.action), f"file: {page.path}.csv"
            with named(feature, where):
                name, pieces = await write(visit)
            more = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
            return StreamingResponse(
                _named_pieces(feature, where, pieces), media_type="text/csv; charset=utf-8", headers=more
            )

        return self._guard(show)

    def _guard(self, go: Callable[[Visit], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return await self._visit(request, go)

        return answer

    async def _visit(self, request: Request, go: Callable[[Visit], Awaitable[Response]]) -> Response:
        async with self.concurrency.slot():
            visitors = await self.sign_in.visitor(request)
            if visitors is None and await self.sign_in.waits(request):
                return RedirectResponse(FACTOR, 303, HEADERS)
            if visitors is None:
                return self.frame.plain(words_for(browser_language(request)), "closed", 401)
            visit = Visit(request, visitors[0], self.use, visitors[1])
            try:
                return await go(visit)
            except NotAllowed as refusal:
                return self._refusal_page(visit, 403, "role", least=refusal.least)
            except PageGone:
                return self._refusal_page(visit, 404, "gone")
            except InvalidInput as wrong:
                # Error messages without a translation are written for API clients, so they are not shown.
                problem = text_for(wrong.problem, visit.words.language) if isinstance(wrong.problem, Spoken) else ""
                return self._refusal_page(visit, 422, "wrong", field=wrong.field, problem=problem)

    async def _post(self, request: Request, go: Callable[[Visit, SentForm], Awaitable[Response]]) -> Response:
        form = SentForm()
        try:
            # Only a session may send a file, which takes much of the memory for bodies.
            if not is_multipart(request):
                form = SentForm(await self.sign_in.form(request))
            elif await self.sign_in.visitor(request) is not None:
                form = await read_multipart(request, self.sign_in.bodies)
        except (BodyIncomplete, BodyTooLarge):
            form = SentForm()

        async def guard(visit: Visit) -> Response:
            # A form that is too large is not parsed, so nothing is carried out.
            is_ours = self.sign_in.is_ours(request, form.fields, visit.token)
            if not is_ours and not (form.is_too_large and self.sign_in.is_same_origin(request)):
                log.warning("console form refused", person=visit.who, path=request.url.path)
                return self._refusal_page(visit, 403, "form")
            return await go(visit, form)

        return await self._visit(request, guard)

    async def _target_of(self, visit: Visit) -> tuple[Action, Target]:
        action = ACTIONS.get(visit.request.path_params["name"])
        if action is None:
            raise PageGone("no such action")
        if not visit.may(action.action):
            # The refused check is recorded in the audit log before any lookup.
            await visit.use.desk().check(visit.who, action.action)
            raise PageGone("the feature is off")
        try:
            target = await action.find(visit, visit.request.path_params["id"])
        except FeatureOff as off:
            raise PageGone("the feature is off") from off
        if target is None:
            raise PageGone("nothing to do it to")
        return action, target

    async def _form(
        self,
        visit: Visit,
        action: Action,
        target: Target,
        answers: FormAnswers,
        operation: str,
        *,
        sure: bool,
        preview: Sequence[tuple[str, ...]] = (),
        effect: str = "",
    ) -> HTMLResponse:
        context = {
            "action": action,
            "target": target,
            "values": answers.values or {each.name: each.initial(target) for each in action.fields if each.initial},
            "choices": {each.name: await each.choices(visit, target) for each in action.fields if each.choices},
            "operation": operation or str(uuid4()),
            "wrong": answers.wrong,
            "shown": {
                f"{SHOWN_PREFIX}{each.name}": answers.texts[each.name]
                for each in action.fields
                if answers.texts.get(each.name) != answers.values.get(each.name)
            },
            "sure": sure,
            "seen": preview,
            "effect": effect,
            "upload": await visit.use.keep_upload().facts(visit.who, UUID(operation))
            if action.takes_file and operation
            else None,
            "beside": await self._beside(visit, action, target),
            "danger": action.is_dangerous or (action.name in COMMANDS and COMMANDS[action.name].is_dangerous),
            "amounts": {
                each.name: visit.words.money(kept_money(answers.texts[each.name]))
                for each in action.fields
                if sure and each.kind == "money" and answers.texts.get(each.name)
            },
        }
        return self.frame.page(visit, FORM, context, 422 if answers.wrong else 200)

    async def _beside(self, visit: Visit, action: Action, target: Target) -> object:
        """Render a feature's facts about the subject of a form; empty if no feature has facts or the template fails."""
        found = await action.beside(visit, target) if action.beside is not None else None
        with contained(found.feature if found is not None else "", f"form: {action.name}"):
            return self.frame.beside(visit, found) if found is not None else ""
        return ""

    def _off_page(self, visit: Visit, feature: str | None) -> HTMLResponse:
        """Return the page for a feature that is off. It offers to switch the feature on if the staff member may do so;
        otherwise it is the page for an unknown address.
        """
        declared = visit.use.core.installed().features.get(feature or "")
        if declared is None or not visit.may(features.MAY):
            return self._refusal_page(visit, 404, "gone")
        title = text_for(declared.title, visit.words.language)
        return self._refusal_page(visit, 404, "off", title=title, begin=f"{ROOT}/do/{features.SWITCH_ON}/{feature}")

    def _refusal_page(self, visit: Visit, status: int, reason: str, **facts: object) -> HTMLResponse:
        return self.frame.page(visit, REFUSAL, {"why": reason, "facts": facts}, status)


def _sent(answer: Callable[[Visit], Awaitable[Response]]) -> Callable[[Visit], Awaitable[Response]]:
    """Wrap a handler so that it raises InvalidFeature for a result other than a Response, and TimeoutError after
    `LONGEST_PAGE_S`.
    """

    async def answer_checked(visit: Visit) -> Response:
        async with asyncio.timeout(LONGEST_PAGE_S):
            response = await answer(visit)
        if not isinstance(response, Response):
            raise InvalidFeature(f"a Response is needed, not {type(response).__name__}")
        return response

    return answer_checked


async def _outcome_text(visit: Visit) -> str:
    """Return the sentence that describes the result of the command that redirected to this page; empty if there is
    none.
    """
    outcome = visit.query("done")
    try:
        command_outcome = await visit.use.run_command().outcome(UUID(outcome))
    except ValueError:
        return visit.words(f"done.{outcome}") if visit.words.has(f"done.{outcome}") else ""
    return outcome_text(visit.words, *command_outcome) if command_outcome is not None else ""


def _operation(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def _remote(request: Request) -> str | None:
    return request.client.host if request.client else None


async def _named_pieces(feature: str | None, where: str, pieces: AsyncIterator[str]) -> AsyncIterator[str]:
    """Yield the pieces of a file. An error in a piece is reported with the name of the feature."""
    with named(feature, where):
        async for piece in pieces:
            yield piece
