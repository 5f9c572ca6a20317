"""The API under `/api/v1` with its description, and the console page of a new API key."""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any, Final

from features.api.commands import MakeKey
from features.api.feature import FEATURE
from features.api.web.description import description, description_router
from features.api.web.operations import ApiUseCases, api_routers, needed_to_change, needed_to_read
from features.api.web.reference import reference
from web.console.staff_commands import no_page
from web.console.visit import Page
from web.feature import WebPart, WholeApi, WholeApiTools, described_webhooks
from web.paths import asset
from web.render import environment


def _whole_api(tools: WholeApiTools) -> WholeApi:
    console, identity, features = tools.console, tools.web.identity(), tools.web.core.features()
    use = ApiUseCases(
        read_lists=console.read_lists(),
        run_command=console.run_command(),
        check_entitlement=console.check_entitlement(),
        make_tax_report=console.make_tax_report(),
        figures=tools.figures,
        state_of=features.state_of,
        off_sentence=features.off_sentence,
    )
    routers = api_routers(use, tools.bodies, tools.concurrency)
    # Built on first request: it takes a third of a second, and most processes never need it.
    webhooks = partial(described_webhooks, console.core)
    described = (*tools.standalone, *routers, *tools.of_features)
    describe = cache(partial(description, described, identity.base_url, identity.brand, webhooks))
    return WholeApi(
        routers=(*routers, description_router(describe, _draw)), needs=needed_to_read(), changes=needed_to_change()
    )


def _draw(document: Mapping[str, Any]) -> str:
    return environment().get_template("reference.html").render(asset=asset, **reference(document))


_KEY_MADE: Final = Page(
    "key_made", "", "secret_shown.html", MakeKey.permission, no_page, parent="keys", feature=FEATURE.name
)
WEB: Final = WebPart(whole_api=_whole_api, results={MakeKey: _KEY_MADE})
