"""Staff commands on tips and on the settings of a plan's tip record."""

from features.record.commands import (
    choose_record_channel,
    choose_tip_reminder,
    choose_withdrawn_rule,
    correct_odds,
    publish_tip,
    publish_tips,
    revise_tip,
    settle_tip,
    settle_tips,
)

__all__ = [
    "choose_record_channel",
    "choose_tip_reminder",
    "choose_withdrawn_rule",
    "correct_odds",
    "publish_tip",
    "publish_tips",
    "revise_tip",
    "settle_tip",
    "settle_tips",
]
