"""Features of groups only: topics, permissions of all members, a linked channel, the upgrade to a supergroup."""

from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.channels import Channels
from umbral_sandbox.world.telegram.records import channel_key
from umbral_sandbox.world.telegram.refusal import bad
from umbral_sandbox.world.telegram.rights import PERMISSIONS
from umbral_sandbox.world.telegram.state import State

ICON_COLORS = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)


class Groups:
    """Actions on groups in the world."""

    def __init__(self, state: State, channels: Channels) -> None:
        self._state = state
        self._channels = channels

    def open_topic(self, actor: int, channel: Channel, name: str, color: int = ICON_COLORS[0]) -> int:
        """Create a topic of a forum, and return its id, which is that of its first service message; needs
        can_manage_topics.

        Raises Refused with one of these names: CHANNEL_FORUM_MISSING, CHAT_ADMIN_REQUIRED, TOPIC_TITLE_EMPTY.
        """
        self._require_forum(actor, channel)
        if not 1 <= len(name.strip()) <= 128:
            raise bad("TOPIC_TITLE_EMPTY")
        thread = self._channels.service(
            channel, actor, {"forum_topic_created": {"name": name, "icon_color": color}}, begins_thread=True
        ).id
        channel.topics[thread] = name
        self._channels.save(channel)
        return thread

    def rename_topic(self, actor: int, channel: Channel, thread: int, name: str) -> None:
        """Rename a topic. Raises Refused as ``open_topic`` does, and with the names TOPIC_ID_INVALID and
        TOPIC_NOT_MODIFIED.
        """
        self._require_topic(actor, channel, thread)
        if not 1 <= len(name.strip()) <= 128:
            raise bad("TOPIC_TITLE_EMPTY")
        if channel.topics[thread] == name:
            raise bad("TOPIC_NOT_MODIFIED")
        channel.topics[thread] = name
        self._channels.save(channel)
        self._channels.service(channel, actor, {"forum_topic_edited": {"name": name}}, thread=thread)

    def close_topic(self, actor: int, channel: Channel, thread: int, *, closed: bool) -> None:
        """Close a topic, so that only users who manage topics may write in the topic, or reopen it."""
        self._require_topic(actor, channel, thread)
        if (thread in channel.closed_topics) == closed:
            raise bad("TOPIC_NOT_MODIFIED")
        (channel.closed_topics.add if closed else channel.closed_topics.discard)(thread)
        self._channels.save(channel)
        line = "forum_topic_closed" if closed else "forum_topic_reopened"
        self._channels.service(channel, actor, {line: {}}, thread=thread)

    def delete_topic(self, actor: int, channel: Channel, thread: int) -> None:
        """Delete a topic with all its messages; needs can_delete_messages. Raises Refused (TOPIC_ID_INVALID) for an
        unknown topic.
        """
        self._require_forum(actor, channel, "can_delete_messages")
        if channel.topics.pop(thread, None) is None:
            raise bad("TOPIC_ID_INVALID")
        channel.closed_topics.discard(thread)
        for message in self._state.messages(channel_key(channel.id)):
            if message.hidden.get("thread") == thread:
                self._state.forget(message)
        self._channels.save(channel)

    def set_permissions(self, actor: int, channel: Channel, permissions: set[str]) -> None:
        """Set the permissions of all members; needs can_restrict_members. Raises Refused (CHAT_NOT_MODIFIED) if nothing
        would change.
        """
        self._channels.require(channel, actor, "can_restrict_members")
        wanted = [name for name in PERMISSIONS if name in permissions]
        if wanted == channel.permissions:
            raise bad("CHAT_NOT_MODIFIED")
        channel.permissions = wanted
        self._channels.save(channel)

    def link(
        self,
        actor: int,
        channel: Channel,
        group: Channel | None,
        *,
        join_to_send: bool = False,
        join_by_request: bool = False,
    ) -> None:
        """Link a supergroup as the channel's discussion group; the actor must own both. group: None to unlink the
        current group.

        Raises Refused with one of these names: CHAT_ADMIN_REQUIRED, MEGAGROUP_ID_INVALID, LINK_NOT_MODIFIED.
        """
        self._channels.require_owner(channel, actor)
        if channel.is_group:
            raise bad("BROADCAST_ID_INVALID")
        if group is not None:
            if group.kind not in {"group", "forum"} or group.linked not in {None, channel.id}:
                raise bad("MEGAGROUP_ID_INVALID")
            self._channels.require_owner(group, actor)
        before = self._channels.find(channel.linked) if channel.linked is not None else None
        wanted = (join_to_send, join_by_request)
        if before is group and (group is None or (group.join_to_send, group.join_by_request) == wanted):
            raise bad("LINK_NOT_MODIFIED")
        if before is not None:
            before.linked = None
            self._channels.save(before)
        channel.linked = None if group is None else group.id
        self._channels.save(channel)
        if group is not None:
            group.linked = channel.id
            group.join_to_send, group.join_by_request = wanted
            self._channels.save(group)

    def upgrade(self, actor: int, group: Channel) -> Channel:
        """Upgrade a basic group as its owner to a supergroup with another id and the same members and admins.

        The old group is closed and names the new group. Raises Refused (CHAT_ID_INVALID) for a chat that is not a basic
        group.
        """
        self._channels.require_owner(group, actor)
        if group.kind != "basic_group":
            raise bad("CHAT_ID_INVALID")
        new = self._channels.create(group.owner, group.title, group.about, protected=group.protected, kind="group")
        first = self._channels.last_message(new)
        if first is not None:
            # The first message of an upgraded group is the service message about its origin.
            self._state.forget(first)
        new.members, new.admins = dict(group.members), dict(group.admins)
        new.permissions, new.anonymous, new.migrated_from = list(group.permissions), group.anonymous, group.id
        new.created_by, new.folders = group.created_by, dict(group.folders)
        self._channels.save(new)
        self._channels.service(group, actor, {"migrate_to_chat_id": new.chat_id})
        group.migrated_to, group.deleted = new.id, True
        for link in group.links.values():
            link.revoked = True
        group.requests.clear()
        self._channels.save(group)
        self._channels.service(new, actor, {"migrate_from_chat_id": group.chat_id})
        return new

    def _require_topic(self, actor: int, channel: Channel, thread: int) -> None:
        self._require_forum(actor, channel)
        if thread not in channel.topics:
            raise bad("TOPIC_ID_INVALID")

    def _require_forum(self, actor: int, channel: Channel, right: str = "can_manage_topics") -> None:
        if channel.kind != "forum":
            raise bad("CHANNEL_FORUM_MISSING")
        self._channels.require(channel, actor, right)
