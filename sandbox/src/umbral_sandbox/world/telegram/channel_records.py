"""What Telegram remembers of a channel."""

from datetime import datetime

from pydantic import BaseModel


class Admin(BaseModel):
    """An admin other than the owner: rights by the Bot API's names, and who promoted them."""

    rights: list[str]
    by: int
    rank: str = ""


class Member(BaseModel):
    """Somebody inside, and the link they came by (its hash)."""

    since: datetime
    link: str | None = None


class Ban(BaseModel):
    """Somebody kept out; ``until`` None means for ever."""

    by: int
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
    """A private channel by its bare id; ``members`` includes the owner and the admins, bots too.

    ``forum``: a group with topics instead, of which a bot is no more than a member. ``topics``: names by thread.
    """

    id: int
    title: str
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
    forum: bool = False
    topics: dict[int, str] = {}

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
