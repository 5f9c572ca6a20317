"""Declaration of the gifts feature: its name and description, and the gifts that prevent switching it
off completely.
"""

from typing import Final

from subscriptions.application.features import NO_VERTICAL, Feature, LiveRows
from subscriptions.domain.entities.spoken import phrase

_OPENED: Final = (
    "EXISTS (SELECT FROM public.activation_tokens WHERE activation_tokens.order_id = orders.id"
    " AND activation_tokens.used_at IS NOT NULL)"
)
_COUNTS: Final = (
    "EXISTS (SELECT FROM public.payments WHERE payments.order_id = orders.id AND payments.status = 'captured')"
)
_RUNS: Final = (
    "EXISTS (SELECT FROM public.payments JOIN public.subscriptions ON subscriptions.id = payments.subscription_id"
    " WHERE payments.order_id = orders.id AND subscriptions.access_until > now())"
)

FEATURE: Final = Feature(
    name="gifts",
    title=phrase("Gifts", "Regalos"),
    about=phrase(
        "Customers pay for a plan and give it to someone with a link that works once.",
        "Tus clientes pagan un plan y lo regalan a otra persona, con un enlace que funciona una sola vez.",
    ),
    default_for=NO_VERTICAL,
    used_when=("SELECT FROM public.orders WHERE gift",),
    live_rows=(
        LiveRows(
            name=phrase("gifts awaiting payment", "regalos pendientes de pago"),
            table="orders",
            condition="gift AND status = 'open'",
        ),
        LiveRows(
            name=phrase("gifts not opened yet", "regalos sin abrir"),
            table="orders",
            condition=f"gift AND status = 'paid' AND {_COUNTS} AND NOT {_OPENED}",
        ),
        LiveRows(
            name=phrase("opened gifts with time left", "regalos abiertos y en curso"),
            table="orders",
            condition=f"gift AND status = 'paid' AND {_OPENED} AND {_RUNS}",
        ),
    ),
)
