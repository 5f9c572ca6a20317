"""Registration of `PlanRecord`, which adds tips submitted by programs to the plan's record."""

from typing import Final

from features.picks.tip_records import TipRecordPart
from features.record.feature import FEATURE
from features.record.use_cases.publish_tip import PlanRecord
from subscriptions.application.features import FeatureState

TIP_RECORD: Final = TipRecordPart(lambda core: PlanRecord(is_on=core.features().state(FEATURE.name) is FeatureState.ON))
