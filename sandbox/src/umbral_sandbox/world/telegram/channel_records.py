"""What Telegram remembers of a channel."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, JsonValue, model_validator

from umbral_sandbox.world.telegram.records import bot_api_id
from umbral_sandbox.world.telegram.rights import CHANNEL_RIGHTS, GROUP_RIGHTS, MEMBER_PERMISSIONS

#: ``group`` is a supergroup, ``forum`` one with topics.
ChatKind = Literal["channel", "group", "forum", "basic_group"]


class Admin(BaseModel):
    """An admin other than the owner: rights by the Bot API's names, and who promoted them.

    ``anonymous``: in a group they write and act as the group itself.
    """

    rights: list[str]
    by: int
    rank: str = ""
    anonymous: bool = False


class Member(BaseModel):
    """Somebody inside, and the link they came by (its hash)."""

    since: datetime
    link: str | None = None


class Ban(BaseModel):
    """Somebody kept out; ``until`` None means for ever."""

    by: int
    until: datetime | None = None


class Restriction(BaseModel):
    """What somebody may still do in a group, by the names of ChatPermissions; ``until`` None means for ever."""

    by: int
    permissions: list[str]
    until: datetime | None = None


class JoinRequest(BaseModel):
    """Somebody at the door, with the link that led there."""

    at: datetime
    link: str | None = None


class Link(BaseModel):
    """An invite link. ``used`` counts joins by it in all its life."""

    hash: str
    creator: int
    at: datetime
    title: str = ""
    expires: datetime | None = None
    member_limit: int | None = None
    request: bool = False
    primary: bool = False
    revoked: bool = False
    used: int = 0

    @property
    def url(self) -> str:
        """The address people open."""
        return f"https://t.me/+{self.hash}"


class Channel(BaseModel):
    """A channel or group by its bare id, private unless it has a ``username``.

    ``members`` includes the owner and the admins, bots too.

    ``topics``: names by thread. ``linked``: the channel's discussion group, or the group's channel, by its bare id.
    ``migrated_to``, ``migrated_from``: bare ids of a basic group and the supergroup that it became. ``permissions``:
    what members of a group may do. ``anonymous``: the owner writes as the group itself. ``join_to_send``: only members
    write in the discussion group. ``join_by_request``: whoever comes in without a link is approved first.
    """

    id: int
    kind: ChatKind = "channel"
    title: str
    username: str = ""
    about: str
    owner: int
    created_by: int
    at: datetime
    protected: bool = False
    deleted: bool = False
    admins: dict[int, Admin] = {}
    members: dict[int, Member] = {}
    banned: dict[int, Ban] = {}
    requests: dict[int, JoinRequest] = {}
    links: dict[str, Link] = {}
    pinned: list[int] = []
    #: Who was inside once and is not now.
    past: set[int] = set()
    #: Folder of this channel in an account's chat list (1 is the archive).
    folders: dict[int, int] = {}
    topics: dict[int, str] = {}
    closed_topics: set[int] = set()
    permissions: list[str] = list(MEMBER_PERMISSIONS)
    restricted: dict[int, Restriction] = {}
    anonymous: bool = False
    linked: int | None = None
    join_to_send: bool = False
    join_by_request: bool = False
    migrated_to: int | None = None
    migrated_from: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_earlier(cls, stored: JsonValue) -> JsonValue:
        """A world that was kept before groups had kinds says whether one has topics."""
        if isinstance(stored, dict) and stored.pop("forum", False):
            stored["kind"] = "forum"
        return stored

    @property
    def chat_id(self) -> int:
        """The Bot API's id: ``-100…``, or the negated one of a basic group."""
        return -self.id if self.kind == "basic_group" else bot_api_id(self.id)

    @property
    def is_group(self) -> bool:
        """Whether members write here, each under their own name."""
        return self.kind != "channel"

    @property
    def known_rights(self) -> tuple[str, ...]:
        """The admin rights that exist here."""
        if not self.is_group:
            return CHANNEL_RIGHTS
        return tuple(right for right in GROUP_RIGHTS if self.kind == "forum" or right != "can_manage_topics")

    def is_anonymous(self, user_id: int) -> bool:
        """Whether somebody acts here as the group itself."""
        admin = self.admins.get(user_id)
        return self.is_group and (self.anonymous if user_id == self.owner else admin is not None and admin.anonymous)

    def may(self, user_id: int, right: str) -> bool:
        """Whether somebody holds this admin right; the owner holds all."""
        if user_id == self.owner:
            return True
        admin = self.admins.get(user_id)
        return admin is not None and right in admin.rights

    def present_by(self, link_hash: str) -> int:
        """How many who came by this link are inside now: what a member limit counts."""
        return sum(member.link == link_hash for member in self.members.values())

    def pending_by(self, link_hash: str) -> int:
        """How many ask to join by this link."""
        return sum(request.link == link_hash for request in self.requests.values())
