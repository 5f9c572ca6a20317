"""Records of channels and groups."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, JsonValue, model_validator

from umbral_sandbox.world.telegram.records import bot_api_id
from umbral_sandbox.world.telegram.rights import CHANNEL_RIGHTS, GROUP_RIGHTS, MEMBER_PERMISSIONS

#: ``group`` is a supergroup, ``forum`` one with topics.
ChatKind = Literal["channel", "group", "forum", "basic_group"]


class Admin(BaseModel):
    """Admin other than the owner, with rights by the Bot API's names, and the user who promoted the admin.

    anonymous: True if the admin writes and acts in a group as the group itself.
    """

    rights: list[str]
    by: int
    rank: str = ""
    anonymous: bool = False


class Member(BaseModel):
    """Member of a channel. link: hash of the link that the member joined through."""

    since: datetime
    link: str | None = None


class Ban(BaseModel):
    """Ban of a user. until: end of the ban; None for a permanent ban."""

    by: int
    until: datetime | None = None


class Restriction(BaseModel):
    """Remaining permissions of a group member, by the names of ChatPermissions. until: end of the restriction; None for
    a permanent restriction.
    """

    by: int
    permissions: list[str]
    until: datetime | None = None


class JoinRequest(BaseModel):
    """Pending join request. link: link through which the request was made."""

    at: datetime
    link: str | None = None


class Link(BaseModel):
    """Invite link. used: number of all joins through the link."""

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
        """Return the address of the link."""
        return f"https://t.me/+{self.hash}"


class Channel(BaseModel):
    """Channel or group by its bare id; private unless it has a ``username``.

    members: all members, including the owner, the admins and bots. topics: names by thread. linked: the channel's
    discussion group, or the group's channel, by its bare id. migrated_to, migrated_from: bare ids of a basic group and
    the supergroup that replaced it. permissions: permissions of the group's members. anonymous: True if the owner
    writes as the group itself. join_to_send: True if only members may write in the discussion group. join_by_request:
    True if people who enter without a link need approval.
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
    #: Former members.
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
        """Convert a record of an older version, which stored a forum as a flag instead of a kind of chat."""
        if isinstance(stored, dict) and stored.pop("forum", False):
            stored["kind"] = "forum"
        return stored

    @property
    def chat_id(self) -> int:
        """Return the id at the Bot API: ``-100…``, or the negated bare id of a basic group."""
        return -self.id if self.kind == "basic_group" else bot_api_id(self.id)

    @property
    def is_group(self) -> bool:
        """Return True if members write in the chat, each under their own name."""
        return self.kind != "channel"

    @property
    def known_rights(self) -> tuple[str, ...]:
        """Return the admin rights that exist in this kind of chat."""
        if not self.is_group:
            return CHANNEL_RIGHTS
        return tuple(right for right in GROUP_RIGHTS if self.kind == "forum" or right != "can_manage_topics")

    def is_anonymous(self, user_id: int) -> bool:
        """Return True if the user acts in this chat as the group itself."""
        admin = self.admins.get(user_id)
        return self.is_group and (self.anonymous if user_id == self.owner else admin is not None and admin.anonymous)

    def may(self, user_id: int, right: str) -> bool:
        """Return True if the user holds this admin right; the owner holds all rights."""
        if user_id == self.owner:
            return True
        admin = self.admins.get(user_id)
        return admin is not None and right in admin.rights

    def present_by(self, link_hash: str) -> int:
        """Return the number of current members who joined through this link, for the link's member limit."""
        return sum(member.link == link_hash for member in self.members.values())

    def pending_by(self, link_hash: str) -> int:
        """Return the number of pending join requests through this link."""
        return sum(request.link == link_hash for request in self.requests.values())
