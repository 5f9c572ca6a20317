"""Updates for bots, derived from events of the world."""

from umbral_sandbox.world.telegram.channel_records import Channel, JoinRequest, Link
from umbral_sandbox.world.telegram.people import People
from umbral_sandbox.world.telegram.records import Content, Message, Person
from umbral_sandbox.world.telegram.state import State
from umbral_sandbox.world.telegram.updates import Updates
from umbral_sandbox.world.telegram.views import Views, channel_chat_view, person_chat_view, unix, user_view

#: Service messages that a bot receives even if it caused them (Client::need_skip_update_message of the Bot API
# server).
_OWN_LINES = frozenset(
    {
        "new_chat_title",
        "left_chat_member",
        "pinned_message",
        "forum_topic_created",
        "forum_topic_closed",
        "forum_topic_reopened",
        "forum_topic_edited",
    }
)


class Events:
    """Writer of the bots' update queues."""

    def __init__(self, state: State, people: People, views: Views, updates: Updates) -> None:
        self._state = state
        self._people = people
        self._views = views
        self._updates = updates

    def person_wrote(self, person: Person, bot_id: int, message: Message, *, edited: bool = False) -> None:
        """Queue a person's message, new or edited, for the bot."""
        kind = "edited_message" if edited else "message"
        self._updates.push(bot_id, kind, self._views.private_message(message, person))

    def posted(self, channel: Channel, message: Message, *, edited: bool = False) -> None:
        """Queue a new or edited post for the channel's bots except its author; queue a message in a group for the bots
        that may read the message.
        """
        kinds = ("message", "edited_message") if channel.is_group else ("channel_post", "edited_channel_post")
        for bot_id in self._meant_for(channel, message) if channel.is_group else self._bots(channel):
            own = bot_id == message.sender and "sender_chat" not in message.hidden
            if not own or (channel.is_group and _OWN_LINES & message.content.keys()):
                self._updates.push(bot_id, kinds[edited], self._views.channel_post(message, channel))

    def blocked(self, person: Person, bot_id: int, *, blocked: bool) -> None:
        """Queue the update about a person who blocked or unblocked the bot."""
        bot = user_view(self._people.bot(bot_id))
        kicked: Content = {"status": "kicked", "user": bot, "until_date": 0}
        member: Content = {"status": "member", "user": bot}
        body: Content = {
            "chat": person_chat_view(person),
            "from": user_view(person),
            "date": self._state.clock.timestamp(),
            "old_chat_member": member if blocked else kicked,
            "new_chat_member": kicked if blocked else member,
        }
        self._updates.push(bot_id, "my_chat_member", body)

    def member_changed(
        self,
        channel: Channel,
        actor: int,
        user_id: int,
        before: Content,
        *,
        link: Link | None = None,
        by_request: bool = False,
    ) -> None:
        """Queue the update about a user's changed membership, from the ChatMember ``before`` to the current one."""
        after = self._views.member(channel, user_id)
        if after == before:
            return
        for bot_id in {*self._bots(channel), user_id}:
            body: Content = {
                "chat": channel_chat_view(channel),
                "from": self._views.actor(channel, actor),
                "date": self._state.clock.timestamp(),
                "old_chat_member": before,
                "new_chat_member": after,
            }
            if link is not None:
                body["invite_link"] = self._views.link(link, channel, bot_id)
            if by_request:
                body["via_join_request"] = True
            kind = "my_chat_member" if bot_id == user_id else "chat_member"
            self._updates.push(bot_id, kind, body)

    def join_requested(self, channel: Channel, person: Person, request: JoinRequest) -> None:
        """Queue a join request for the bots that may invite."""
        for bot_id in self._bots(channel):
            if not channel.may(bot_id, "can_invite_users"):
                continue
            body: Content = {
                "chat": channel_chat_view(channel),
                "from": user_view(person),
                "user_chat_id": person.id,
                "date": unix(request.at),
            }
            if request.link is not None:
                body["invite_link"] = self._views.link(channel.links[request.link], channel, bot_id)
            self._updates.push(bot_id, "chat_join_request", body)

    def _meant_for(self, group: Channel, message: Message) -> list[int]:
        """Return the bots of a group that receive a message. Without admin rights, a bot receives service messages,
        replies to its messages and commands that name it, and never messages of other bots
        (core.telegram.org/bots/features#privacy-mode).
        """
        if message.kind == "service":
            return [user_id for user_id in group.members if user_id in self._state.bots]
        if message.sender in self._state.bots and "sender_chat" not in message.hidden:
            return []
        answered = self._state.message(message.chat, message.reply_to) if message.reply_to is not None else None
        words = str(message.content.get("text", "")).lower().split()
        named = {word.partition("@")[2] for word in words if word.startswith("/")}
        return [
            bot_id
            for bot_id in group.members
            if (bot := self._state.bots.get(bot_id)) is not None
            and (
                bot_id in group.admins
                or self._reads_channel(bot_id, group, message)
                or (answered is not None and answered.sender == bot_id)
                or bot.username.lower() in named
            )
        ]

    def _reads_channel(self, bot_id: int, group: Channel, message: Message) -> bool:
        linked = self._state.channels.get(group.linked) if group.linked is not None else None
        return "sender_chat" in message.hidden and linked is not None and bot_id in linked.members

    def _bots(self, channel: Channel) -> list[int]:
        return [user_id for user_id in channel.admins if user_id in self._state.bots]
