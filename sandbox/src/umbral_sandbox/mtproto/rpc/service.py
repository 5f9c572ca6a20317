"""Handlers of requests of the namespace `help`, which a client sends first."""

import json
from datetime import timedelta
from typing import Any

from telethon.tl import functions, types

from umbral_sandbox.mtproto.calls import Handlers, RpcCall

DC_ID = 2
CONFIG_LIFE = timedelta(hours=1)
APP_CONFIG: dict[str, int] = {
    "channels_limit_default": 500,
    "channels_limit_premium": 1000,
    "chat_invite_link_limit": 100,
}


def get_config(call: RpcCall, request: Any) -> Any:
    """Return this data centre, the only one, with the limits that clients need."""
    now = call.world.clock.now()
    centre = call.centre
    return types.Config(
        date=now,
        expires=now + CONFIG_LIFE,
        test_mode=False,
        this_dc=DC_ID,
        dc_options=[types.DcOption(id=DC_ID, ip_address=centre.host, port=centre.port, static=True)],
        dc_txt_domain_name="",
        chat_size_max=200,
        megagroup_size_max=200_000,
        forwarded_count_max=100,
        message_length_max=4096,
        caption_length_max=1024,
        edit_time_limit=172_800,
        revoke_time_limit=2_147_483_647,
        revoke_pm_time_limit=2_147_483_647,
        webfile_dc_id=DC_ID,
        me_url_prefix="https://t.me/",
        **_TIMINGS,
    )


# Timings of the official clients; nothing here depends on them.
_TIMINGS = {
    "online_update_period_ms": 210_000,
    "offline_blur_timeout_ms": 5_000,
    "offline_idle_timeout_ms": 30_000,
    "online_cloud_timeout_ms": 300_000,
    "notify_cloud_delay_ms": 30_000,
    "notify_default_delay_ms": 1_500,
    "push_chat_period_ms": 60_000,
    "push_chat_limit": 2,
    "rating_e_decay": 2_419_200,
    "stickers_recent_limit": 200,
    "channels_read_media_period": 604_800,
    "call_receive_timeout_ms": 20_000,
    "call_ring_timeout_ms": 90_000,
    "call_connect_timeout_ms": 30_000,
    "call_packet_timeout_ms": 10_000,
}


def get_app_config(call: RpcCall, request: Any) -> Any:
    """Return the limits of accounts, as help.getAppConfig publishes them."""
    digest = sum(json.dumps(APP_CONFIG).encode())
    if request.hash == digest:
        return types.help.AppConfigNotModified()
    values = [types.JsonObjectValue(name, types.JsonNumber(value)) for name, value in APP_CONFIG.items()]
    return types.help.AppConfig(hash=digest, config=types.JsonObject(values))


def get_nearest_dc(call: RpcCall, request: Any) -> Any:
    """Return this data centre as the nearest one."""
    return types.NearestDc(country="ES", this_dc=DC_ID, nearest_dc=DC_ID)


HANDLERS: Handlers = {
    functions.help.GetConfigRequest: get_config,
    functions.help.GetAppConfigRequest: get_app_config,
    functions.help.GetNearestDcRequest: get_nearest_dc,
}
