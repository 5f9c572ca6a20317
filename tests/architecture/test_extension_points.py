"""Every extension point of features has a planted failure, and each field that a feature's declaration adds there is
checked for its type.

The points are derived from the declarations; see `tests/support/extension_points.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from typing import Any, Final, get_origin, get_type_hints

import pytest

from subscriptions.application.feature_failures import FAILURES, contained
from subscriptions.bootstrap.part_shape import fitted
from tests.architecture.conftest import ROOT
from tests.support.extension_points import every_point, fields_of_parts, part_types

_DEMO: Final = "tests/e2e/test_failing_feature.py"
_DECLARATIONS: Final = "tests/integration/features/test_planted.py"
PLANTED: Final[Mapping[str, tuple[str, str]]] = {
    "accounts.OWNERS": (_DECLARATIONS, "accounts"),
    "alarms": (_DEMO, "alarms"),
    "alarms.SUCCESSORS": (_DECLARATIONS, "alarms"),
    "cards.CARDS": (_DEMO, "cards"),
    "chat.channels": (_DEMO, "channels"),
    "chat.customer_messages": (_DEMO, "customer_messages"),
    "chat.data_buttons": (_DEMO, "data_buttons"),
    "chat.dispatching": (_DEMO, "dispatching"),
    "chat.handlers": (_DEMO, "chat_job"),
    "chat.late_commands": (_DEMO, "late_commands"),
    "chat.messages": (_DEMO, "messages"),
    "chat.panel.before_console": (_DEMO, "before_console"),
    "chat.panel.cards": (_DEMO, "card_screen"),
    "chat.panel.forms": (_DEMO, "form"),
    "chat.panel.home_buttons": (_DEMO, "home_buttons"),
    "chat.panel.lists": (_DEMO, "legend"),
    "chat.panel.pages": (_DEMO, "panel"),
    "chat.panel.plan_buttons": (_DEMO, "panel_plan_buttons"),
    "chat.panel.results": (_DEMO, "panel_result"),
    "chat.plan_buttons": (_DEMO, "plan_buttons"),
    "chat.plan_lines": (_DEMO, "plan_lines"),
    "chat.receipt_rows": (_DEMO, "receipt_rows"),
    "chat.replies": (_DEMO, "replies"),
    "chat.router": (_DEMO, "handler"),
    "chat.sections": (_DEMO, "sections"),
    "chat.staff_messages.fits": (_DEMO, "staff_fits"),
    "chat.staff_messages.take": (_DEMO, "staff_take"),
    "chat.start_links.arrive": (_DEMO, "arrive"),
    "chat.start_links.referrer": (_DEMO, "referrer"),
    "chat.typed_codes": (_DEMO, "typed_codes"),
    "checks.DATABASE_CHECKS": (_DECLARATIONS, "DATABASE_CHECKS"),
    "checks.SETTINGS_CHECKS": (_DECLARATIONS, "checks"),
    "cli.commands": ("tests/features/test_wrong_declarations.py", "cli"),
    "commands": (_DEMO, "command"),
    "copies.make": (_DEMO, "copies"),
    "entry_screens.step": (_DECLARATIONS, "entry_screens"),
    "events.EVENTS": (_DEMO, "events"),
    "events.PUBLISHED_BY": ("tests/features/test_wrong_declarations.py", "events"),
    "events.WEBHOOK_EVENTS": (_DEMO, "webhook_events"),
    "feature.FEATURE": (_DEMO, "feature.py"),
    "follows_receipts.make": (_DEMO, "receipts"),
    "handlers.by_process": (_DEMO, "handlers"),
    "jobs": (_DEMO, "handlers"),
    "jobs.QUEUED_BY": (_DECLARATIONS, "jobs"),
    "lists.AUDIT_STATES": (_DECLARATIONS, "lists"),
    "lists.LISTS": (_DEMO, "lists"),
    "messages": (_DEMO, "messages"),
    "moves.MOVES": (_DECLARATIONS, "moves"),
    "offers.WIN_BACK": (_DECLARATIONS, "offers"),
    "permissions.PERMISSIONS": (_DECLARATIONS, "permissions"),
    "repository.PUBLISHERS": (_DEMO, "publishers"),
    "repository.REPOSITORIES": (_DECLARATIONS, "repository"),
    "schedule.works": (_DEMO, "schedule"),
    "settings.FROM_TOKEN": (_DECLARATIONS, "settings"),
    "settings.PREREQUISITES": (_DECLARATIONS, "settings that another requires"),
    "settings.SETTINGS": (_DECLARATIONS, "settings without a default"),
    "subjects.SUBJECTS": (_DEMO, "subjects"),
    "tables.GRANTS": (_DECLARATIONS, "tables"),
    "tables.MAY_WRITE": (_DECLARATIONS, "MAY_WRITE"),
    "tables.PRUNE": ("tests/integration/features/test_failures.py", "tables"),
    "text_rules.TEXT_RULES": (_DECLARATIONS, "text_rules"),
    "tip_record.make": (_DECLARATIONS, "tip_record"),
    "today.TODAY": (_DECLARATIONS, "today"),
    "userbot.look": (_DEMO, "look_by_account"),
    "vetoes.ACCOUNT_TRANSFER": (_DEMO, "veto"),
    "web.api": (_DEMO, "api"),
    "web.beside": (_DEMO, "beside"),
    "web.files": (_DEMO, "file"),
    "web.pages": (_DEMO, "page"),
    "web.plan_notes": (_DEMO, "plan_notes"),
    "web.public": (_DEMO, "public"),
    "web.results": (_DEMO, "drawn"),
    "web.site": (_DEMO, "site"),
    "web.standalone_api": (_DEMO, "standalone_api"),
    "web.today": (_DEMO, "today"),
    **dict.fromkeys(
        (
            "chat.groups",
            "chat.menu_page",
            "chat.openings",
            "chat.staff_messages.applies",
            "plan_commands.applies",
            "web.webhooks",
            "web.whole_api",
        ),
        (_DEMO, "MODULES_AT_START"),
    ),
}
"""Test module that plants a failure at each extension point, and a word by which the failure is found in that module.
"""


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Remove the recorded failures that a test planted."""
    FAILURES.lasting.clear()
    yield
    FAILURES.lasting.clear()


def test_every_extension_point_has_a_test_with_a_planted_failure() -> None:
    assert every_point() - PLANTED.keys() == set()


def test_every_planted_failure_is_in_its_listed_test_module() -> None:
    sources = {path: (ROOT / path).read_text(encoding="utf-8") for path, _ in PLANTED.values()}

    assert {point: word for point, (path, word) in PLANTED.items() if f"{word}" not in sources[path]} == {}


def _example(kind: type) -> Any:
    """Return an instance of this declaration class, with an empty value of the declared type in each required field."""
    hints = get_type_hints(kind)
    needed = [each.name for each in fields(kind) if each.default is MISSING and each.default_factory is MISSING]
    return kind(**{name: _empty(get_origin(hints[name])) for name in needed})


def _empty(kind: Any) -> Any:
    return print if kind is Callable else {} if issubclass(kind, Mapping) else ()


def _with_wrong(part: Any, names: list[str]) -> Any:
    """Return a copy of the declaration in which the field at the path `names` contains an object of an
    undeclared type.
    """
    name, *rest = names
    inner = getattr(part, name, None)
    wrong = _with_wrong(inner, rest) if rest and is_dataclass(inner) else object()
    return replace(part, **{name: wrong})


def _fitted(kind: type, path: str) -> Any:
    """Give the field at `path` an object of an undeclared type, and return the declaration if the type check accepts
    it, or None if it is refused.
    """
    module, *names = path.split(".")
    with contained("raffle", module, lasts=True):
        return fitted("raffle", _with_wrong(_example(kind), names), module)
    return None


@pytest.mark.parametrize("module", part_types())
def test_field_of_a_wrong_type_in_a_feature_declaration_is_left_out_and_reported_by_name(module: str) -> None:
    kind = part_types()[module]
    for path in fields_of_parts():
        if path.startswith(f"{module}."):
            found, name = _fitted(kind, path), path.split(".")[1]
            assert found is None or getattr(found, name) == getattr(_example(kind), name)
            assert [reason for reason in FAILURES.lasting.values() if reason.startswith(f"{module}.{name}")], path
            FAILURES.lasting.clear()
