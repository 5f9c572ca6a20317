"""Join requests and members of a channel, managed by its owning account."""

from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

from telethon import errors
from telethon.tl import functions, types

from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.channel_provisioner import AdminRights, ChannelRef, Insider, JoinRequester
from subscriptions.infrastructure.telegram.account_calls import AccountCalls, input_channel, input_peer

REQUESTERS_PAGE: Final = 100
INSIDERS_PAGE: Final = 200
INSIDERS_PAGES: Final = 5
"""Maximum number of pages of members per inspection. Personal channels have few members, so a thousand are enough."""


class TelethonPeople(AccountCalls):
    """Implementation of the methods of `ChannelProvisioner` for join requests and members."""

    async def join_requests(self, channel: ChannelRef) -> Sequence[JoinRequester]:
        """Return the open join requests through any invite link, at most one page of them."""
        answer = await self._call(
            functions.messages.GetChatInviteImportersRequest(
                peer=input_peer(channel),
                requested=True,
                offset_date=None,
                offset_user=types.InputUserEmpty(),
                limit=REQUESTERS_PAGE,
            )
        )
        return [
            JoinRequester(TelegramId(user.id), user.access_hash or 0, user.first_name or "")
            for user in answer.users
            if isinstance(user, types.User)
        ]

    async def answer_request(self, channel: ChannelRef, person: JoinRequester, *, approve: bool) -> bool:
        """Approve or decline a join request. Return False if there is no open request, which Telegram reports as
        HIDE_REQUESTER_MISSING or USER_ALREADY_PARTICIPANT.
        """
        request = functions.messages.HideChatJoinRequestRequest(
            peer=input_peer(channel),
            user_id=types.InputUser(person.telegram_id, person.access_hash),
            approved=approve or None,
        )
        answer = await self._call(
            request, harmless=(errors.HideRequesterMissingError, errors.UserAlreadyParticipantError)
        )
        return answer is not None

    async def is_member(self, channel: ChannelRef, person: JoinRequester) -> bool:
        """Return True if the person is a member. The error USER_NOT_PARTICIPANT means False."""
        return await self._participant(channel, person) is _Presence.INSIDE

    async def insiders(self, channel: ChannelRef) -> Sequence[Insider]:
        """Return the members, the newest first, up to `INSIDERS_PAGES` pages
        (core.telegram.org/method/channels.getParticipants).
        """
        insiders: dict[int, Insider] = {}
        for page in range(INSIDERS_PAGES):
            answer = await self._call(
                functions.channels.GetParticipantsRequest(
                    channel=input_channel(channel),
                    filter=types.ChannelParticipantsRecent(),
                    offset=page * INSIDERS_PAGE,
                    limit=INSIDERS_PAGE,
                    hash=0,
                )
            )
            admins = {each.user_id: each.admin_rights for each in answer.participants if isinstance(each, _ADMINS)}
            for user in answer.users:
                is_trusted, may = bool(user.bot) or user.id in admins, admins.get(user.id)
                rights = granted_rights(may) if may is not None else None
                insiders[user.id] = Insider(TelegramId(user.id), user.access_hash or 0, is_trusted, rights)
            if len(answer.participants) < INSIDERS_PAGE:
                break
        return list(insiders.values())

    async def remove(self, channel: ChannelRef, person: Insider) -> None:
        """Ban the person, verify the removal, lift the ban, and verify again. The ban is lifted because it would keep
        the person out permanently.
        """
        await self._restrict(channel, person, is_banned=True)
        if await self._participant(channel, person) is _Presence.INSIDE:
            raise RetryLater("the person is still inside after the ban")
        await self._restrict(channel, person, is_banned=False)
        if await self._participant(channel, person) is _Presence.BANNED:
            raise RetryLater("the person is still banned after the unban")

    async def banned(self, channel: ChannelRef) -> frozenset[TelegramId]:
        """Return the people on the channel's list of banned
        members (core.telegram.org/type/ChannelParticipantsFilter).
        """
        return frozenset(each.telegram_id for each in await self._banned(channel))

    async def pardon(self, channel: ChannelRef, person: TelegramId) -> None:
        """Lift a ban. The person's access hash is taken from the list of banned members."""
        for each in await self._banned(channel):
            if each.telegram_id == person:
                await self._restrict(channel, each, is_banned=False)

    async def _banned(self, channel: ChannelRef) -> Sequence[Insider]:
        """Return the banned members, reading page by page, without the administrators who banned them."""
        banned: dict[TelegramId, Insider] = {}
        for page in range(INSIDERS_PAGES):
            answer = await self._call(
                functions.channels.GetParticipantsRequest(
                    channel=input_channel(channel),
                    filter=types.ChannelParticipantsKicked(q=""),
                    offset=page * INSIDERS_PAGE,
                    limit=INSIDERS_PAGE,
                    hash=0,
                )
            )
            peers = [each.peer for each in answer.participants if isinstance(each, types.ChannelParticipantBanned)]
            # The users in the answer also include the administrators who banned members.
            banned_ids = {peer.user_id for peer in peers if isinstance(peer, types.PeerUser)}
            for user in answer.users:
                if user.id in banned_ids:
                    person = TelegramId(user.id)
                    banned[person] = Insider(person, user.access_hash or 0, is_trusted=False)
            if len(answer.participants) < INSIDERS_PAGE:
                break
        return list(banned.values())

    async def _restrict(self, channel: ChannelRef, person: Insider, *, is_banned: bool) -> None:
        rights = types.ChatBannedRights(until_date=None, view_messages=is_banned or None)
        await self._call(
            functions.channels.EditBannedRequest(
                channel=input_channel(channel), participant=_input_peer(person), banned_rights=rights
            )
        )

    async def _participant(self, channel: ChannelRef, person: JoinRequester | Insider) -> "_Presence":
        request = functions.channels.GetParticipantRequest(
            channel=input_channel(channel), participant=_input_peer(person)
        )
        answer = await self._call(request, harmless=(errors.UserNotParticipantError,))
        match answer.participant if answer is not None else None:
            case None | types.ChannelParticipantLeft():
                return _Presence.OUTSIDE
            case types.ChannelParticipantBanned():
                return _Presence.BANNED
            case _:
                return _Presence.INSIDE


class _Presence(Enum):
    OUTSIDE = auto()
    INSIDE = auto()
    BANNED = auto()


_ADMINS: Final = (types.ChannelParticipantCreator, types.ChannelParticipantAdmin)


def granted_rights(rights: types.ChatAdminRights) -> AdminRights:
    """Return the administrator's rights that Umbral uses."""
    return AdminRights(
        post=bool(rights.post_messages),
        edit=bool(rights.edit_messages),
        delete=bool(rights.delete_messages),
        invite=bool(rights.invite_users),
        ban=bool(rights.ban_users),
    )


def _input_peer(person: JoinRequester | Insider) -> types.InputPeerUser:
    return types.InputPeerUser(person.telegram_id, person.access_hash)
