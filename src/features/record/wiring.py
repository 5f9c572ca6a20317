"""Wiring of the feature's use cases."""

from functools import lru_cache
from typing import cast

from dependency_injector import containers, providers

from features.picks.use_cases.tip_messages import TipMessages
from features.record.adapters.football_data import FootballData
from features.record.commands.settle_tip import SettleTip
from features.record.ports.results_source import ResultsSource
from features.record.settings import ResultsSettings
from features.record.subjects import TIP, FindTip
from features.record.use_cases.keep_public_posts import KeepPublicPosts
from features.record.use_cases.read_record import ReadRecord
from features.record.use_cases.remind_of_tips import RemindOfTips
from features.record.use_cases.see_tip import SeeTip
from features.record.use_cases.settle_by_source import SettleBySource
from features.record.use_cases.verify_record import VerifyRecord
from features.record.use_cases.watch_deadlines import WatchDeadlines
from features.record.use_cases.watch_results import WatchResults
from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.staff.run_command import RunCommand
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.texts import TEXTS
from subscriptions.bootstrap.wiring import nested
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


def _settle_command(units: UnitOfWorkFactory, clock: Clock, staff_desk: StaffDesk, policy: Policy) -> RunCommand:
    return RunCommand(units, clock, staff_desk, [SettleTip()], {TIP: FindTip(clock, policy)})


def _results_source(settings: CoreSettings) -> ResultsSource | None:
    own = cast(ResultsSettings, settings)
    token = getattr(own, "football_data_token", None)
    return FootballData(token.get_secret_value(), own.football_data_api_base) if token is not None else None


class RecordContainer(containers.DeclarativeContainer):
    """Container that creates the feature's use cases. core: container of the process's shared services."""

    core = nested(CoreContainer)
    make = wire(core)

    tip_messages = make(TipMessages, catalog=providers.Object(TEXTS))
    read_record = make(ReadRecord)
    verify_record = make(VerifyRecord)
    see_tip = make(SeeTip)
    keep_public_posts = make(KeepPublicPosts)
    watch_results = make(WatchResults)
    settle_by_source = make(SettleBySource, run_command=make(_settle_command), source=make(_results_source))
    watch_deadlines = make(WatchDeadlines)
    remind_of_tips = make(RemindOfTips)


@lru_cache(maxsize=4)
def record_of(core: CoreContainer) -> RecordContainer:
    """Return the feature's container in a process. Repeated calls return the same container, because it caches the
    records that it reads.
    """
    return RecordContainer(core=core)
