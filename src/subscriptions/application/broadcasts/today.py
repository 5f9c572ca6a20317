"""Button on the page Today that writes to many people."""

from typing import Final

from subscriptions.application.broadcasts.compose_broadcast import ComposeBroadcast
from subscriptions.application.staff.today_tasks import TodayButton

TODAY: Final = (TodayButton(name="write", command=ComposeBroadcast.name),)
