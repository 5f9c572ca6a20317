"""Events that a process's use cases can record and jobs that they can enqueue, derived from the source code.

A definition is a top-level class or function of a module of the application or the domain. The search starts with the
use cases that a process wires and continues with every definition that their bodies name. A job that cannot be reached
from any use case of the process is not among the process's jobs.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from subscriptions.application.access.resource_kind import KINDS, resource_kinds
from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.application.dto.jobs import RaiseAlarm
from subscriptions.application.dto.rooms import ROOMS, feature_folders
from subscriptions.application.routing import published, routes
from subscriptions.application.staff.command import staff_commands
from subscriptions.infrastructure.database import grants
from tests.support.of_features import of_features

SRC: Final = Path(__file__).parents[2] / "src"
_INSIDE: Final = (
    "features.",
    "subscriptions.application.",
    "subscriptions.domain.entities.",
    "subscriptions.domain.services.",
    "subscriptions.infrastructure.database.deliveries",
    "subscriptions.infrastructure.jobs.",
)
_BESIDE: Final = "subscriptions.application.routing"
_CORE: Final = "subscriptions.bootstrap.core"

RECORDERS: Final = {
    "access": "accesses",
    "channel": "telegram_channels",
    "order": "orders",
    "post": "picks",
    "subscription": "subscriptions",
}
"""Tables of the entities that record events, keyed by the entity's module. A process that may not write the table
records none of the entity's events.
"""

Definition = tuple[str, str]
"""Module and top-level name of a definition."""


@dataclass(frozen=True)
class _Module:
    bodies: Mapping[str, ast.AST]
    names: Mapping[str, Definition]
    """Imported definitions, keyed by their local names."""


@cache
def _file(module: str) -> Path | None:
    path = SRC / module.replace(".", "/")
    found = (path.with_suffix(".py"), path / "__init__.py")
    return next((each for each in found if each.is_file()), None)


@cache
def _module(name: str) -> _Module:
    file = _file(name)
    assert file is not None
    bodies: dict[str, ast.AST] = {}
    names: dict[str, Definition] = {}
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and name.startswith(KINDS):
            methods = [each for each in node.body if isinstance(each, ast.AsyncFunctionDef)]
            bodies |= {f"{node.name}.{method.name}": method for method in methods}
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            bodies[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            bodies |= {target.id: node.value for target in targets if isinstance(target, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            for each in node.names:
                names[each.asname or each.name] = (node.module, each.name)
    return _Module(bodies, names)


@cache
def _named(module: str, body: ast.AST) -> frozenset[Definition]:
    """Return the definitions that a body names: definitions of the same module, imports, and members of imported
    modules.
    """
    here = _module(module)
    found = set[Definition]()
    for node in ast.walk(body):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            source = here.names.get(node.value.id)
            if source is not None and _file(".".join(source)) is not None:
                found.add((".".join(source), node.attr))
        elif isinstance(node, ast.Name):
            if node.id in here.bodies:
                found.add((module, node.id))
            elif node.id in here.names:
                found.add(here.names[node.id])
    return frozenset(found)


@cache
def _attributes(body: ast.AST) -> frozenset[str]:
    return frozenset(node.attr for node in ast.walk(body) if isinstance(node, ast.Attribute))


def reached(starts: Iterable[Definition], process: str) -> set[Definition]:
    """Return all definitions that can be reached from the definitions in `starts`. Entities whose table the process may
    not write are not followed.
    """
    seen: set[Definition] = set()
    waiting = [*starts]
    while waiting:
        each = waiting.pop()
        module, name = each
        if each in seen:
            continue
        seen.add(each)
        inside = module.startswith(_INSIDE) and module != _BESIDE and _file(module) is not None
        if inside and name in _module(module).bodies and not _idle(module, process):
            body = _module(module).bodies[name]
            waiting.extend(_named(module, body))
            waiting.extend(_dispatched(module, name, body))
    return seen


def _dispatched(module: str, name: str, body: ast.AST) -> Iterator[Definition]:
    """Yield the methods that a body calls on kinds of resources, whose strategies are not imported by name. In a
    strategy itself, yield the strategy's own methods.
    """
    called = _attributes(body)
    if module.startswith(KINDS):
        owner = name.partition(".")[0]
        own = {f"{owner}.{each}" for each in called}
        yield from ((module, each) for each in sorted(own & _module(module).bodies.keys()))
    elif any(source.endswith(".resource_kind") for source, _ in _named(module, body)):
        for kind in resource_kinds().values():
            cls, where = type(kind).__name__, type(kind).__module__
            yield from ((where, f"{cls}.{each}") for each in sorted(called) if f"{cls}.{each}" in _module(where).bodies)


def _idle(module: str, process: str) -> bool:
    table = RECORDERS.get(module.rpartition(".")[2]) if module.startswith("subscriptions.domain.entities") else None
    return table is not None and not may_write(process, table)


def may_write(process: str, table: str) -> bool:
    """Return True if the process may insert or update rows of the table."""
    groups = getattr(grants.tables()[table], process).split()
    return any(set("aw") & set(group.partition(":")[0]) for group in groups)


def wired(*containers: str, core: Iterable[str]) -> set[Definition]:
    """Return the use cases wired by these modules of the composition root, and the use cases of the core container with
    the given names.
    """
    found: set[Definition] = set()
    for container in containers:
        found |= {each for each in _module(container).names.values() if each[0].startswith(_INSIDE)}
    for name in core:
        tree = _module(_CORE).bodies["CoreContainer"]
        value = next(
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets)
        )
        found |= {each for each in _named(_CORE, value) if each[0].startswith(_INSIDE)}
    return found


def jobs_of(definitions: Iterable[Definition]) -> set[str]:
    """Return the names of the jobs that the definitions enqueue or that their events cause."""
    payloads = {each.__name__: each for each in _payloads(JobPayload)}
    events = {event.__name__ for event in routes()}
    named = {(module, name) for module, name in definitions}
    found = {
        payloads[name].name
        for module, name in named
        if name in payloads and (".dto." in module or module.endswith(".jobs"))
    }
    for module, name in named:
        if name in events and module.startswith(("subscriptions.domain.events", "features.")):
            found |= {payloads[each].name for each in _following(name) if each in payloads}
    return found


@cache
def _following(event: str) -> frozenset[str]:
    """Return the names that an event's row in the routing table refers to, directly or through the functions that it
    calls.
    """
    tables = {_BESIDE: "ROUTES"} | {
        f"{room}.events": "EVENTS" for room in (*_rooms(), *feature_folders()) if _file(f"{room}.events")
    }
    seen: set[Definition] = set()
    waiting = [
        named
        for module, name in tables.items()
        if name in _module(module).bodies
        for row in _rows(_module(module).bodies[name])
        if ast.unparse(row.args[0]).rpartition(".")[2] == event
        for handler in row.args[1:]
        for named in _named(module, handler)
    ]
    while waiting:
        each = waiting.pop()
        if each not in seen:
            seen.add(each)
            if each[0] in tables and each[1] in _module(each[0]).bodies:
                waiting.extend(_named(each[0], _module(each[0]).bodies[each[1]]))
    return frozenset(name for _, name in seen)


def _rooms() -> list[str]:
    return [f"{ROOMS}.{path.parent.name}" for path in (SRC / ROOMS.replace(".", "/")).glob("*/__init__.py")]


def _rows(table: ast.AST) -> list[ast.Call]:
    assert isinstance(table, ast.Call | ast.Tuple)
    rows = table.args if isinstance(table, ast.Call) else table.elts
    return [row for row in rows if isinstance(row, ast.Call)]


def _payloads(of: type[JobPayload]) -> Iterator[type[JobPayload]]:
    for each in of.__subclasses__():
        yield each
        yield from _payloads(each)


_ROOT: Final = "subscriptions.bootstrap."
_WIRED: Final = {
    "web": (["web"], ["deliveries", "staff_desk", "browse_plans"]),
    "console": (
        ["console", "desk", "staff_commands"],
        ["deliveries", "staff_desk", "browse_plans", "pricing_service", "plan_catalog"],
    ),
    "userbot": (["userbot"], ["removal", "join_desk"]),
    "bot": (
        ["bot", "vip", "panel", "desk", "staff_commands"],
        ["deliveries", "removal", "join_desk", "meet_customer", "sync_plan", "sync_from_provider", "pricing_service"],
    ),
    "worker": (
        ["worker", "reconciliation"],
        ["removal", "sync_plan", "sync_from_provider", "check_webhooks", "watch_gateways", "restore_mark"],
    ),
}
"""For each process, the modules that wire it, and the members of the core container that it uses."""
_ALWAYS: Final = ["watch_clock", "watch_restore", "watch_arrears"]
_NEVER: Final = {"web": {"userbot.acc"}}
"""Jobs that the search finds although the process never enqueues them. `userbot.acc` checks an account when an alarm
about a second channel is reopened, and the web process never raises that alarm.
"""


def _of_features(process: str) -> set[Definition]:
    """Return the use cases that features wire in a process, other than staff commands."""
    return {each for wired in of_features("walks", "WIRED").values() for each in wired.get(process, ())}


def job_names(process: str) -> set[str]:
    """Return the names of the jobs that the use cases of a process can enqueue."""
    for file in (SRC / "subscriptions/application/dto").glob("*_jobs.py"):
        importlib.import_module(f"subscriptions.application.dto.{file.stem}")
    modules, core = _WIRED[process]
    starts = wired(*(_ROOT + each for each in modules), core=[*core, *_ALWAYS]) | _of_features(process)
    if "staff_commands" in modules:
        # Staff commands are discovered in their folders and not imported by name.
        starts |= {(each.__module__, each.__name__) for each in staff_commands().values()}
    definitions = reached(starts, process)
    found = jobs_of(definitions) | {RaiseAlarm.name}
    reported = {event.__name__ for event in published()}
    for table, job in of_features("walks", "PUBLISHES").items():
        if grants.tables()[table]._asdict()[process] and any(name in reported for _, name in definitions):
            found.add(job)
    return found - _NEVER.get(process, set())


def audit_actions(process: str) -> set[str]:
    """Return the audit actions recorded by the use cases of a process, if the source code names them literally."""
    modules, core = _WIRED[process]
    found = set[str]()
    starts = wired(*(_ROOT + each for each in modules), core=[*core, *_ALWAYS]) | _of_features(process)
    for module, name in reached(starts, process):
        if module.startswith(_INSIDE) and _file(module) is not None and name in _module(module).bodies:
            for node in ast.walk(_module(module).bodies[name]):
                if isinstance(node, ast.Call):
                    found.update(*(_words(module, each) for each in _signed(node)))
    return found


def _signed(call: ast.Call) -> list[ast.expr]:
    """Return the action arguments of a call that writes an audit line: `uow.audit.record(action=…)` or `note(uow,
    channel, …)`.
    """
    if ast.unparse(call.func).endswith("audit.record"):
        return [keyword.value for keyword in call.keywords if keyword.arg == "action"]
    return call.args[2:3] if ast.unparse(call.func) == "note" else []


def _words(module: str, node: ast.expr) -> set[str]:
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    if isinstance(node, ast.IfExp):
        return _words(module, node.body) | _words(module, node.orelse)
    if isinstance(node, ast.Name) and hasattr(importlib.import_module(module), node.id):
        return {str(getattr(importlib.import_module(module), node.id))}
    return set()
