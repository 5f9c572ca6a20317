"""Declaration of the optional feature `vip`: entry steps of shared channels."""

from typing import Final

from subscriptions.application.features import Feature, LiveRows
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="vip",
    title=phrase("Entry ritual", "Ritual de entrada"),
    about=phrase(
        "Three short steps before the link to your VIP channel: activation, what to expect, and the door.",
        "Tres pasos cortos antes del enlace a tu canal VIP: la activación, qué vas a encontrar y la puerta.",
    ),
    default_for=frozenset({"tips", "signals"}),
    used_when=(
        "SELECT FROM public.vip_entries WHERE vip_entry_stage IS NOT NULL",
        "SELECT FROM public.resources WHERE entry = 'ritual' AND soft_id <> 'vip'",
    ),
    wanted_by={"VIP_ENTRY": "ritual"},
    settings=frozenset({"VIP_ENTRY"}),
    live_rows=(
        LiveRows(
            name=phrase("customers joining the VIP channel", "entradas al canal VIP en curso"),
            table="vip_entries",
            condition="vip_entry_stage IS NOT NULL",
        ),
        LiveRows(
            name=phrase("customers joining other channels", "entradas a otros canales en curso"),
            table="ritual_entries",
            condition="vip_entry_stage IS NOT NULL",
        ),
    ),
)
