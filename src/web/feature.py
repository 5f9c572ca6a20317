"""Interface by which a feature adds routes, pages, notes and figures to the web process."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response
from starlette.routing import Route

from subscriptions.application.catalog.site import Identity, PlanNote, SiteView
from subscriptions.application.feature_failures import contained, contained_call, named_call
from subscriptions.application.features import FeatureState, InvalidFeature
from subscriptions.application.staff.command import StaffCommand
from subscriptions.application.staff.run_command import RunCommand
from subscriptions.bootstrap.console import ConsoleContainer
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.features import installed
from subscriptions.bootstrap.web import WebContainer
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.errors import RetryLater
from web.body import BodyReader
from web.concurrency import ConcurrencyLimit
from web.console.visit import Beside, Page, Target, TodayFigure, Visit
from web.render import Renderer
from web.routes.health import Figures


@dataclass(frozen=True)
class ApiTools:
    """Dependencies of the API's operations.

    core: container of the web process's database user
    console: container of the console's database user, which may read customers' data
    bodies: reader of request bodies
    run_command: function that returns the runner of staff commands
    """

    core: CoreContainer
    console: CoreContainer
    bodies: BodyReader
    concurrency: ConcurrencyLimit
    run_command: Callable[[], RunCommand]


MakeRouter = Callable[[ApiTools], APIRouter]


@dataclass(frozen=True)
class WholeApiTools:
    """Dependencies of the whole API.

    figures: function that reads the metrics
    standalone, of_features: routers that features add, see `WebPart`; they are only included in the API's description
    """

    web: WebContainer
    console: ConsoleContainer
    bodies: BodyReader
    concurrency: ConcurrencyLimit
    figures: Figures
    standalone: Sequence[APIRouter]
    of_features: Sequence[APIRouter]


@dataclass(frozen=True)
class WholeApi:
    """API under `/api/v1`, without the routers of other features. needs, changes: see `BearerAuthentication`."""

    routers: Sequence[APIRouter] = ()
    needs: Mapping[str, Ability | None] = field(default_factory=dict)
    changes: Mapping[str, Ability | None] = field(default_factory=dict)


ReadSite = Callable[[], Awaitable[SiteView]]
ReadNotes = Callable[[], Awaitable[Mapping[str, Sequence[PlanNote]]]]
"""Function that returns a feature's notes on plans, keyed by slug."""


@dataclass(frozen=True)
class PublicTools:
    """Dependencies of public routes. core: container of the web process's database user. site: function that reads the
    pages' data.
    """

    core: CoreContainer
    site: ReadSite
    renderer: Renderer


@dataclass(frozen=True)
class SiteTools:
    """Dependencies of public pages. core, console, bodies: as in `ApiTools`. site: function that reads
    the pages' data.
    """

    core: CoreContainer
    console: CoreContainer
    identity: Identity
    site: ReadSite
    bodies: BodyReader


DescribeWebhooks = Callable[[], tuple[Mapping[str, Any], Mapping[str, Any]]]
"""Function that returns webhook events as OpenAPI path items by name, and schemas by name."""


@dataclass(frozen=True, kw_only=True)
class WebPart:
    """Additions of a feature to the web process, defined as the constant `WEB` of the feature's module `web`.

    api: factory of the router for the feature's operations under `/api/v1`, which are served with the API
    standalone_api: factory of the router for operations that are also served while the rest of the API is off, for
        example with the API key from the settings
    whole_api: factory of the API itself
    site: factory of the router for pages with their own layout, served while the feature is on; None for no pages
    files: request handlers of the console, keyed by path below the console's root
    needs: ability that a key needs, keyed by path of the operations
    pages: pages of the console, with their templates in the feature's folder `templates`
    results: pages of results that are shown only once, keyed by command
    signed_in: path prefixes of requests that carry a proof of a customer's identity, see `RateLimitMiddleware`
    webhooks: factory of the webhook events in the API's description and of their schemas
    public: factory of the router of public pages, whose templates are in the same folder
    plan_notes: factory of the reader of notes on plans, shown on the public pages and in the console; None for no notes
    beside: functions that return facts about the subject of a command's form, keyed by kind of subject
    today: function that returns figures of the current month for the page Today
    """

    module: ClassVar[str] = "web"
    api: MakeRouter | None = None
    standalone_api: MakeRouter | None = None
    whole_api: Callable[[WholeApiTools], WholeApi] | None = None
    site: Callable[[SiteTools], APIRouter | None] | None = None
    files: Mapping[str, Callable[[Visit], Awaitable[Response]]] = field(default_factory=dict)
    needs: Mapping[str, Ability | None] = field(default_factory=dict)
    pages: Sequence[Page] = ()
    results: Mapping[type[StaffCommand], Page] = field(default_factory=dict)
    signed_in: Sequence[str] = ()
    webhooks: DescribeWebhooks | None = None
    public: Callable[[PublicTools], APIRouter] | None = None
    plan_notes: Callable[[CoreContainer], ReadNotes | None] | None = None
    beside: Mapping[str, Callable[[Visit, Target], Awaitable[Beside | None]]] = field(default_factory=dict)
    today: Callable[[Visit], Awaitable[Sequence[TodayFigure]]] | None = None


def web_parts() -> Mapping[str, WebPart]:
    """Return the web parts of all installed features that could be loaded, keyed by feature name."""
    return installed().parts(WebPart)


async def today_figures(visit: Visit) -> Sequence[TodayFigure]:
    """Return the figures for the page Today from the features that are on. A feature's figures are omitted if it raises
    an error.
    """
    figures = list[TodayFigure]()
    for name, part in visit.use.core.features().named_parts(WebPart, FeatureState.ON):
        if part.today is not None:
            found = await contained_call(name, "figures of the page Today", part.today)(visit) or ()
            with contained(name, "figures of the page Today"):
                figures += [_checked(each) for each in found]
    return figures


def _checked(figure: object) -> TodayFigure:
    if not isinstance(figure, TodayFigure):
        raise InvalidFeature(f"a TodayFigure is needed, not {type(figure).__name__}")
    return figure


def signed_in_paths() -> Sequence[str]:
    """Return the path prefixes of all installed features whose requests carry a proof of a customer's identity."""
    return [path for part in web_parts().values() for path in part.signed_in]


def described_webhooks(core: CoreContainer) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the webhook events of the features that are on or draining, for the API's description, and the schemas
    that they refer to.
    """
    return webhooks_of(core.features().named_parts(WebPart))


def webhooks_of(parts: Iterable[tuple[str, WebPart]]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the webhook events and schemas that the given parts describe. A part's descriptions are omitted if it
    raises an error. parts: web parts, each with the name of its feature.
    """
    events, schemas = dict[str, Any](), dict[str, Any]()
    for name, part in parts:
        with contained(name, "description of webhooks", lasts=True):
            more_events, more_schemas = part.webhooks() if part.webhooks is not None else ({}, {})
            events |= more_events
            schemas |= more_schemas
    return events, schemas


def api_routers_of_features(tools: ApiTools, factory: Callable[[WebPart], MakeRouter | None]) -> Sequence[APIRouter]:
    """Return the routers that features add to the API. A router that cannot be created is left out, and a failing route
    is reported with the name of its feature. factory: function that returns one of a part's factories, for example
    `api`.
    """

    def make(part: WebPart) -> APIRouter | None:
        make_router = factory(part)
        return make_router(tools) if make_router is not None else None

    return _guarded(tools.console.features().made(WebPart, make), "API")


def standalone_needs() -> Mapping[str, Ability | None]:
    """Return the abilities that standalone operations of all installed features need, by path; None if any key is
    accepted.
    """
    parts = [part for part in web_parts().values() if part.standalone_api is not None]
    return {path: ability for part in parts for path, ability in part.needs.items()}


def whole_api(tools: WholeApiTools) -> WholeApi:
    """Return the API with the routers that features add; without any operations while the feature that provides the API
    is off.
    """
    made_of = tools.web.core.features().made(WebPart, lambda part: part.whole_api and part.whole_api(tools))
    for name, api in made_of:
        with contained(name, "API", lasts=True):
            own = _guarded([(name, router) for router in api.routers], "API")
            return replace(api, routers=(*own, *tools.of_features))
    return WholeApi()


def public_routers(tools: PublicTools) -> Sequence[APIRouter]:
    """Return the routers of public pages of the features that are on or draining. A router that cannot be created is
    left out, and a failing route is reported with the name of its feature.
    """
    made_of = tools.core.features().made(WebPart, lambda part: part.public and part.public(tools))
    return _guarded(made_of, "page")


def plan_notes(core: CoreContainer) -> ReadNotes:
    """Return the function that reads the notes of the features that are on or draining (off with open obligations). A
    feature's notes are omitted if the feature fails.
    """
    readers = core.features().made(WebPart, lambda part: part.plan_notes and part.plan_notes(core))

    async def notes() -> Mapping[str, Sequence[PlanNote]]:
        found: dict[str, list[PlanNote]] = {}
        for name, read in readers:
            notes_of = await contained_call(name, "notes on plans", read, passes=(RetryLater,))() or {}
            with contained(name, "notes on plans"):
                for soft_id, each in notes_of.items():
                    found.setdefault(soft_id, []).extend(_ContainedNote(name, note) for note in each)
        return found

    return notes


@dataclass(frozen=True)
class _ContainedNote:
    """Wrapper of a feature's note on a plan. Returns an empty line and path if the feature raises an error."""

    feature: str
    note: PlanNote

    def line(self, language: str, zone: ZoneInfo) -> str:
        with contained(self.feature, "notes on plans"):
            return str(self.note.line(language, zone))
        return ""

    def path(self, language: str) -> str:
        with contained(self.feature, "notes on plans"):
            return str(self.note.path(language))
        return ""


def site_routers(tools: SiteTools) -> Sequence[APIRouter]:
    """Return the routers of pages outside of the console and the API, of the features that are on."""
    found = tools.core.features().made(WebPart, lambda part: part.site and part.site(tools), FeatureState.ON)
    return _guarded(found, "pages")


def _guarded(found: Iterable[tuple[str, APIRouter]], where: str) -> Sequence[APIRouter]:
    """Return the routers with guarded routes: a failing route is reported with the name of its feature. found: routers,
    each with the name of its feature.
    """
    routers = list[APIRouter]()
    for name, router in found:
        with contained(name, where, lasts=True):
            for route in router.routes:
                if isinstance(route, Route):
                    # Wrap the route outside of the exception handlers, which answer intended errors first.
                    route.app = named_call(name, where, route.app)
            routers.append(router)
    return routers
