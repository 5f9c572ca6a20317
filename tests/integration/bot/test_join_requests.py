"""Join requests to a channel: the payer is admitted, and other people are declined with the reason."""

from __future__ import annotations

from subscriptions.domain.entities.access import AccessEvent, AccessStatus
from tests.integration.bot.conftest import Phone, Stage, until
from tests.integration.bot.owning import bought


async def test_payer_is_admitted_and_a_stranger_is_refused(stage: Stage) -> None:
    async with stage.running():
        ana, eve = await stage.person("Ana"), await stage.person("Eve")
        owned = await bought(stage, ana)
        await owned.open_channel()
        url = await owned.invite()
        assert (await eve.do("open", url=url))["result"] == "requested"
        await eve.said("Este enlace pertenece a otra cuenta")
        assert owned.chat is not None
        telegram = stage.sandbox.world.telegram

        async def declined() -> bool:
            return len(await stage.calls("declineChatJoinRequest")) == 1

        await until(declined, "the stranger is declined")
        assert (await ana.do("open", url=url))["result"] == "requested"
        await ana.said("Ya estás dentro")
        members = telegram.channels.find(owned.chat.id)
        assert members is not None
        assert ana.id in members.members
        assert eve.id not in members.members
        assert (await owned.access()).status is AccessStatus.ACTIVE


async def test_suspended_customer_is_declined_with_a_reference_to_the_status_of_the_subscription(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person("Ana")
        owned = await bought(stage, ana)
        await owned.open_channel()
        url = await owned.invite()
        known = await owned.access()
        async with stage.core.units()() as uow:
            access = await uow.accesses.get(known.id, lock=True)
            assert access is not None
            access.apply(AccessEvent.SUSPENDED)
            await uow.accesses.save(access)
            await uow.commit()
        assert (await ana.do("open", url=url))["result"] == "requested"
        await ana.said("Ahora mismo no puedes entrar")


async def test_customer_who_leaves_keeps_their_access(stage: Stage) -> None:
    async with stage.running():
        ana = await stage.person()
        owned = await bought(stage, ana)
        await owned.open_channel()
        await ana.do("open", url=await owned.invite())
        await ana.said("Ya estás dentro")
        await owned.retire_links()
        await ana.do("leave", channel_id=owned.channel.channel_id)

        async def noticed() -> bool:
            return (await owned.access()).status is AccessStatus.LEFT

        await until(noticed, "the bot notices that she left")
        await ana.send("/estado")
        await ana.said("preparando uno nuevo")


async def test_join_request_to_an_unmanaged_channel_is_ignored(stage: Stage) -> None:
    async with stage.running():
        ana, telegram = await stage.person(), stage.sandbox.world.telegram
        owner = telegram.people.add_person("Otro")
        other = telegram.channels.create(owner.id, "Ajeno")
        telegram.channels.edit_admin(owner.id, other, stage.bot.id, {"can_invite_users"})
        link = telegram.invites.export(owner.id, other, request=True)
        stage.sandbox.world.commit()
        await ana.do("open", url=link.url)
        await ana.start()
        await ana.said("Bienvenido")

        assert await stage.calls("declineChatJoinRequest") == []
        assert await stage.calls("approveChatJoinRequest") == []


async def test_stranger_who_used_the_link_is_removed_and_the_customer_is_notified(stage: Stage) -> None:
    telegram = stage.sandbox.world.telegram
    olga = telegram.people.find_username("olga")
    assert olga is not None
    owner = Phone(stage.http, olga.id, stage.bot.username)
    async with stage.running():
        await owner.start()
        ana, eve = await stage.person("Ana"), await stage.person("Eve")
        owned = await bought(stage, ana)
        await owned.open_channel()
        assert owned.chat is not None
        channel_id = owned.chat.id
        await owned.invite()
        link = telegram.invites.export(owned.chat.owner, owned.chat, member_limit=1)
        stage.sandbox.world.commit()
        assert (await eve.do("open", url=link.url))["result"] == "joined"
        await owner.said("Alguien que no es el cliente")
        channel = telegram.channels.find(channel_id)
        assert channel is not None
        assert (eve.id in channel.members, channel.banned) == (False, {})
        await ana.said("Otra persona entró en tu canal")
        async with stage.core.units()() as uow:
            links = await uow.channels.live_invites(owned.channel.id)
        assert not any(invite.usable(stage.core.clock().now()) for invite in links)


async def test_customer_in_too_many_channels_is_notified_and_admitted_later(stage: Stage) -> None:
    telegram = stage.sandbox.world.telegram
    async with stage.running():
        ana = await stage.person("Ana")
        owned = await bought(stage, ana)
        await owned.open_channel()
        url = await owned.invite()
        others = [telegram.channels.create(ana.id, f"Canal {number}") for number in range(499)]
        await stage.faults({"on": "bot_api", "do": "hold_before", "method": "approveChatJoinRequest", "times": 1})
        assert (await ana.do("open", url=url))["result"] == "requested"

        async def held() -> bool:
            return bool(await stage.calls("approveChatJoinRequest"))

        await until(held, "the bot approves")
        others.append(telegram.channels.create(ana.id, "Canal 500"))
        stage.sandbox.world.wire.release()
        await ana.said("Sal de alguno")
        assert (await owned.access()).reason == "too_many_channels"
        await ana.do("cancel_request", channel_id=owned.channel.channel_id)
        telegram.channels.delete(ana.id, others[0])
        assert (await ana.do("open", url=url))["result"] == "requested"
        await ana.said("Ya estás dentro")
