"""All protocols in one world: a bot joins and manages a channel that was created over MTProto."""

from telethon import TelegramClient
from telethon.crypto import rsa
from telethon.sessions import StringSession
from telethon.tl import functions

from tests.support.mtproto import create_channel, promote, resolve
from tests.support.plain_http import plain_http
from umbral_sandbox.server import Sandbox
from umbral_sandbox.world.telegram.records import bot_api_id

SCENE = {
    "bots": [{"username": "shop_bot", "name": "Shop"}],
    "accounts": [{"first_name": "Canales", "phone": "+34600000001"}],
}


def _userbot(sandbox: Sandbox, session: str) -> TelegramClient:
    rsa.add_key(sandbox.mtproto_public_key.read_text(), old=False)
    return TelegramClient(
        StringSession(session),
        api_id=1,
        api_hash="0123456789abcdef",
        auto_reconnect=False,
        request_retries=0,
        connection_retries=1,
        receive_updates=False,
    )


async def test_bot_admits_customer_over_http_to_a_channel_created_over_mtproto(sandbox: Sandbox) -> None:
    async with plain_http(base_url=sandbox.url, timeout=90) as http:
        scene = (await http.post("/control/setup", json=SCENE)).json()
        person = (await http.post("/control/users", json={"first_name": "Ana"})).json()["id"]
        base = f"/bot{scene['bots'][0]['token']}"
        userbot = _userbot(sandbox, scene["accounts"][0]["session"])
        await userbot.connect()
        try:
            channel = await create_channel(userbot, "Picks de Ana")
            shop = await resolve(userbot, "shop_bot")
            await promote(userbot, channel, shop, invite_users=True, post_messages=True)
            link = await userbot(
                functions.messages.ExportChatInviteRequest(peer=channel, request_needed=True, title="order 1")
            )
        finally:
            await userbot.disconnect()
        opened = await http.post(f"/control/users/{person}/open", json={"url": link.link})
        assert opened.json()["result"] == "requested"
        updates = (await http.get(f"{base}/getUpdates")).json()["result"]
        (asked,) = [update["chat_join_request"] for update in updates if "chat_join_request" in update]
        assert asked["from"]["id"] == person
        where = {"chat_id": bot_api_id(channel.channel_id)}
        assert asked["chat"]["id"] == where["chat_id"]
        assert (await http.post(f"{base}/approveChatJoinRequest", json={**where, "user_id": person})).is_success
        assert (await http.post(f"{base}/sendMessage", json={**where, "text": "Post 1"})).is_success
        read = await http.get(f"/control/users/{person}/chat/{where['chat_id']}")
        assert read.json()["messages"][-1]["text"] == "Post 1"
        calls = (await http.get("/control/calls")).json()["calls"]
        assert {"CreateChannel", "approveChatJoinRequest"} <= {call["method"] for call in calls}
