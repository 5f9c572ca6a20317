"""Declarations for the console's page Today: open tasks of staff, and buttons that start staff commands.

A package of the application layer or a feature declares them in the constant `TODAY` of its module `today`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from subscriptions.application.dto.rooms import declared

_MODULE: Final = "today"


@dataclass(frozen=True, kw_only=True)
class TodayTask:
    """Open tasks of one kind: the rows of a list in a given state. The list's permission is required to see them.

    name: the texts are `today.{name}` for the number of tasks, and `today.task.{name}` for one task, with its cells as
        facts
    list_name, filters: the list, and the values of its filters
    command: staff command that completes one task
    subject: cell with the id of the command's subject
    page: path of one task below the console's root, with its cells
    words: tables of texts that translate cells
    alarm_facts: cell of a task, keyed by fact of an alarm. A task is left out if the facts of an open alarm contain the
        values of these cells; for an empty cell name, the alarm only needs to have the fact.
    is_listed: False to show only the number
    leads: True if the tasks are shown before those of the core
    """

    name: str
    list_name: str
    filters: Mapping[str, str]
    command: str = ""
    subject: str = "id"
    page: str = "/customers/{customer_id}"
    words: Mapping[str, str] = field(default_factory=dict)
    alarm_facts: Mapping[str, str] = field(default_factory=dict)
    is_listed: bool = True
    leads: bool = False


@dataclass(frozen=True, kw_only=True)
class TodayButton:
    """Button at the top of the page Today that starts a staff command.

    name: its label is the text `today.begin.{name}`
    command: staff command that has no subject
    """

    name: str
    command: str


def _declared() -> Sequence[object]:
    return declared(_MODULE, _MODULE.upper())


def today_tasks() -> Sequence[TodayTask]:
    """Return all kinds of tasks of the page Today, those with `leads` first."""
    found = [each for each in _declared() if isinstance(each, TodayTask)]
    return sorted(found, key=lambda each: not each.leads)


def today_buttons() -> Sequence[TodayButton]:
    """Return all buttons of the page Today."""
    return [each for each in _declared() if isinstance(each, TodayButton)]
