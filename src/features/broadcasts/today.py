"""Button on the page Today that writes to many people."""

from typing import Final

from features.broadcasts.commands.compose import ComposeBroadcast
from subscriptions.application.staff.today_tasks import TodayButton

TODAY: Final = (TodayButton(name="write", command=ComposeBroadcast.name),)
