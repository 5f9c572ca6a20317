"""Button on the console page «Today» that starts a new broadcast."""

from typing import Final

from features.broadcasts.commands.compose import ComposeBroadcast
from subscriptions.application.staff.today_tasks import TodayButton

TODAY: Final = (TodayButton(name="write", command=ComposeBroadcast.name),)
