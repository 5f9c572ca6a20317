"""Alarms about mirrored channels, whose posts are copied to the channels of plans."""

from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByCause


class OfSource(AlarmKind):
    """Alarm about a mirrored channel, with the plans whose channels show its posts."""

    closes = ByCause()
    channel: str
    plans: str


class DeletionsUnseen(OfSource):
    """Alarm: no userbot account can see whether posts of a mirrored channel were deleted."""

    name = "deletions_unseen"
    link = AlarmLink.ACCOUNTS


class DeletionsHeld(OfSource):
    """Alarm: many posts of a mirrored channel were deleted at once, so their copies are kept until staff decides.
    posts: number of deleted posts.
    """

    name = "deletions_held"
    posts: int


class MirrorLost(OfSource):
    """Alarm: the bot no longer receives the posts of a mirrored channel."""

    name = "mirror_lost"
