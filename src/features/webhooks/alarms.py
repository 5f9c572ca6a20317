"""Alarms about webhook endpoints."""

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCause


class WebhookEndpointOff(AlarmKind):
    """Alarm: an endpoint failed for so long that it was disabled."""

    name = "webhook_receiver_off"
    closes = ByCause()
    receiver: str
    reason: str
    since: str
