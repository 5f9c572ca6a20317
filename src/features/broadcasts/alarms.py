"""Alarms about mirrored channels."""

from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByCause


class OfSource(AlarmKind):
    """Alarm about a mirrored channel, with the plans whose channels show its posts."""

    closes = ByCause()
    channel: str
    plans: str


class DeletionsUnseen(OfSource):
    """Alarm: no account can see deletions in the channel."""

    name = "deletions_unseen"
    link = AlarmLink.ACCOUNTS


class DeletionsHeld(OfSource):
    """Alarm: many posts of a mirrored channel were deleted at once, so their copies are kept until staff decides.
    posts: number of deleted posts.
    """

    name = "deletions_held"
    posts: int


class MirrorLost(OfSource):
    """Alarm: the bot no longer receives the channel's posts."""

    name = "mirror_lost"
