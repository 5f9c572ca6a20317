"""Staff commands on the card of a plan that configure its tip record."""

from typing import Final

from features.record.commands.choose_record_channel import ChooseRecordChannel
from features.record.commands.choose_tip_reminder import ChooseTipReminder
from features.record.commands.choose_withdrawn_rule import ChooseWithdrawnRule
from features.record.feature import sells_tips
from subscriptions.bootstrap.plan_commands import PlanCommandsPart

PLAN_COMMANDS: Final = PlanCommandsPart(
    names=(ChooseWithdrawnRule.name, ChooseRecordChannel.name, ChooseTipReminder.name),
    applies=lambda settings: sells_tips(settings.vertical),
)
