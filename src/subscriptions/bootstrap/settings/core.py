"""Settings shared by all processes, and the report of invalid settings."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cached_property
from typing import Any, ClassVar, Final, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError, ValidationInfo, field_validator

from subscriptions.application.catalog.site import in_force
from subscriptions.application.dto.policy import RETENTION, Policy
from subscriptions.application.dto.rooms import feature_of
from subscriptions.application.feature_failures import FAILURES
from subscriptions.bootstrap.features import named
from subscriptions.bootstrap.settings.blocks import with_blocks
from subscriptions.bootstrap.settings.tax import TaxSettings
from subscriptions.bootstrap.settings.templates import template
from subscriptions.bootstrap.texts import DEFAULT_VERTICAL, verticals
from subscriptions.domain.entities.service_plan import DURATION_LIMIT
from subscriptions.domain.entities.spoken import LANGUAGES, is_code
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ports.repositories.people import Record
from subscriptions.domain.services.quiet_hours import QuietHours
from subscriptions.domain.services.vat import read_countries, read_rates
from subscriptions.domain.services.withdrawal_policy import Declarations, Scope
from subscriptions.domain.services.zones import Zones
from subscriptions.infrastructure.environment import CRASHED, IN_FILE, EnvironmentSettings, setting
from subscriptions.infrastructure.site_address import page_address, site_address

S = TypeVar("S", bound=EnvironmentSettings)


class SettingsError(UmbralError):
    """Missing or invalid settings. `problems`: correction keyed by setting. The values are omitted because they may be
    secret.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        lines = "\n".join(f"  {name}: {problem}" for name, problem in sorted(problems.items()))
        super().__init__(f"settings to fix:\n{lines}")
        self.problems = dict(problems)


_SOME_DAYS: Final = "^(off|[1-9][0-9]{0,2}(,[1-9][0-9]{0,2}){0,2})$"
_WELCOMES: Final = ("channel_welcome", "channel_welcome_en", "channel_welcome_pt", "channel_welcome_pt_br")

FOR_COMMANDS: Final = 8
"""Number of database connections reserved for operator commands, in addition to the processes' connections."""


@with_blocks("core")
class CoreSettings(TaxSettings):
    """Settings of every process.

    `database_connections`: maximum number of database connections of a process, including those of the job queue. The
        default applies to operator commands.
    """

    database_connections: int = FOR_COMMANDS
    queue_connections: ClassVar[int] = 0

    database_url: SecretStr = setting(
        "DATABASE_URL",
        "the address of PostgreSQL: postgresql://user:password@host:5432/umbral",
        es="la dirección de PostgreSQL: postgresql://usuario:clave@servidor:5432/umbral",
    )
    database_direct_url: SecretStr | None = setting(
        "DATABASE_DIRECT_URL",
        "a direct connection to the database, to listen for jobs, if DATABASE_URL is that of PgBouncer or a similar"
        " pooler",
        es="una conexión directa con la base de datos, para esperar trabajos, si DATABASE_URL es la de PgBouncer o"
        " algo parecido",
        default=None,
    )
    settings_key_file: str | None = setting(
        "SETTINGS_KEY_FILE",
        "the file with the key that encrypts settings entered in the browser; `umbral secrets` creates it. With it,"
        " processes wait for missing settings",
        es="el archivo con la clave de los ajustes que se ponen en el navegador; lo hace `umbral secrets`. Con él,"
        " los procesos esperan a que se pongan los ajustes que faltan",
        default=None,
    )
    brand_name: str = setting(
        "BRAND_NAME",
        "your brand, as customers see it",
        es="tu marca, como la ven los clientes",
        topic="shop",
        restarts=("worker",),
        default="Umbral",
        min_length=1,
    )
    web_base_url: str = setting(
        "WEB_BASE_URL",
        "your site's address, e.g. https://example.com",
        es="la dirección de tu web, p. ej. https://example.com",
        default="http://127.0.0.1:8000",
    )
    console: str = setting(
        "CONSOLE",
        "where the web console is served: `ops` (at OPS_HOST:OPS_PORT), `public` (at your site's address) or `off`",
        es="dónde está la consola web: `ops` (en OPS_HOST:OPS_PORT), `public` (en la dirección de tu web) u `off`"
        " (en ninguna parte)",
        default="ops",
        pattern="^(ops|public|off)$",
    )
    console_base_url: str | None = setting(
        "CONSOLE_BASE_URL",
        "the console's address in your browser, for the links of /panel; by default, it follows from CONSOLE",
        es="la dirección por la que tu navegador llega a la consola, para los enlaces de /panel; si falta, la que"
        " dice CONSOLE",
        default=None,
    )
    console_second_factor: str = setting(
        "CONSOLE_SECOND_FACTOR",
        "whether owners need a second factor to sign in to the console: `optional` (each owner chooses) or"
        " `owners`; requires WEBHOOK_KEY",
        es="si los propietarios necesitan un segundo factor en la consola: `optional` (cada uno elige) u `owners`;"
        " necesita WEBHOOK_KEY",
        default="optional",
        pattern="^(optional|owners)$",
    )
    # The default is the only vertical that existed before this setting.
    vertical: str = setting(
        "VERTICAL",
        "what you sell, which sets the vocabulary of customers' texts: `tips`, `signals`, `courses`, `community` or"
        " `plain`",
        es="qué vendes: `tips` (pronósticos), `signals` (señales), `courses` (cursos), `community` (comunidad) o"
        " `plain` (otra cosa); tus clientes leen sus textos",
        topic="shop",
        restarts=("web", "worker", "bot", "userbot"),
        default=DEFAULT_VERTICAL,
    )
    shop_language: str = setting(
        "SHOP_LANGUAGE",
        "your shop's language, for customers whose Telegram language isn't available: `es`, `en`, `pt`, or another"
        " language of your own texts",
        es="el idioma de tu tienda, para los clientes cuyo idioma de Telegram no está disponible: `es`, `en`, `pt`,"
        " u otro en el que estén tus textos",
        topic="shop",
        restarts=("web", "worker", "bot", "userbot"),
        default="es",
    )
    features: str = setting(
        "FEATURES",
        "which features are on: empty (the defaults of VERTICAL), `all`, `none`, names separated by commas, or"
        " names each with a `-`, to remove them from the defaults; `umbral features` takes precedence",
        es="qué funciones están activas: vacío (las habituales para VERTICAL), `all` (todas), `none` (ninguna),"
        " nombres separados por comas, o nombres con un `-` delante, que se quitan de las habituales; lo que se"
        " elige con `umbral features` tiene prioridad",
        default="",
    )
    legal_identity: str = setting(
        "LEGAL_IDENTITY",
        "the seller: name, tax number, address",
        es="quién vende: nombre, número fiscal, dirección",
        topic="law",
        restarts=(),
        default="",
    )
    # Changing the default would ask all customers of installations without a version to accept the terms again.
    terms_version: str = setting(
        "TERMS_VERSION",
        "the version of your terms, preferably the date they take effect, e.g. 2026-11-22; a new version asks every"
        " customer to accept them again",
        es="la versión de tus términos, mejor la fecha de entrada en vigor, p. ej. 2026-11-22; con otra versión cada"
        " cliente los acepta de nuevo",
        topic="law",
        restarts=("bot",),
        default="1",
    )
    terms_since: date | None = setting(
        "TERMS_SINCE",
        "the date your terms take effect, e.g. 2026-11-22, if TERMS_VERSION isn't a date",
        es="la fecha de entrada en vigor de tus términos, p. ej. 2026-11-22, si TERMS_VERSION no es una fecha",
        topic="law",
        restarts=(),
        default=None,
    )
    terms_corrects: str = setting(
        "TERMS_CORRECTS",
        "earlier versions, separated by commas, from which TERMS_VERSION differs only in wording: customers who"
        " accepted one of them are neither notified nor asked again",
        es="versiones anteriores, separadas por comas, de las que TERMS_VERSION solo corrige la redacción, sin"
        " cambiar nada de lo acordado: a quien aceptó una de ellas ni se le avisa ni se le vuelve a pedir",
        topic="law",
        restarts=("bot",),
        default="",
    )
    timezone: str = setting(
        "TIMEZONE",
        "the time zone for customers' dates, quiet hours, and the days and years of receipts, with exceptions by"
        " language: Europe/Madrid, pt=America/Sao_Paulo",
        es="la zona horaria de las horas de los clientes, de las horas de silencio y de los días y años de los"
        " recibos, con excepciones por idioma: Europe/Madrid, pt=America/Sao_Paulo",
        topic="shop",
        restarts=("web", "worker", "bot", "userbot"),
        default="Europe/Madrid",
    )
    quiet_hours: str = setting(
        "QUIET_HOURS",
        "quiet hours in your time zone: posts and messages that aren't urgent still arrive on time, but"
        " without a sound: 23:00-08:00",
        es="horas de silencio en tu zona horaria: las publicaciones y los mensajes que no urgen llegan a su"
        " hora, pero sin sonido: 23:00-08:00",
        topic="messages",
        restarts=(),
        default="",
    )
    clock_url: str | None = setting(
        "CLOCK_URL",
        "the sandbox's clock; leave it empty in production",
        es="el reloj del sandbox; en producción se deja vacío",
        default=None,
    )
    clock_witness: str = setting(
        "CLOCK_WITNESS",
        "a web address whose responses contain the time, used at the start and if clocks differ; `off` disables the"
        " check",
        es="una dirección web cuyas respuestas llevan la hora, que se consulta al arrancar y cuando dos relojes"
        " difieren; `off` desactiva la consulta",
        default="https://api.telegram.org",
        pattern="^(off|https?://.+)$",
    )
    otel_endpoint: str | None = setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "the address of an OpenTelemetry collector that accepts OTLP over HTTP, without the path; needs"
        " umbral-access[tracing]",
        es="la dirección de un colector de OpenTelemetry que acepte OTLP por HTTP, sin la ruta; necesita"
        " umbral-access[tracing]",
        default=None,
        pattern="^https?://.+$",
    )
    otel_headers: SecretStr | None = setting(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "headers with which the collector authenticates you: name=value,name=value",
        es="cabeceras con las que el colector te autentica: nombre=valor,nombre=valor",
        default=None,
    )
    payment_gateways: str | None = setting(
        "PAYMENT_GATEWAYS",
        "the payment methods in the order they are offered, separated by commas",
        es="las formas de pago en el orden en que se ofrecen, separadas por comas",
        default=None,
    )
    telegram_currency_alone_on_phones: str = setting(
        "TELEGRAM_CURRENCY_ALONE_ON_PHONES",
        "`on` (on iPhone and Android, the Mini App accepts only Telegram's own currency, as Telegram requires for"
        " digital goods) or `off`",
        es="`on` (la Mini App en un iPhone o un Android cobra solo en la moneda de Telegram, como exige"
        " Telegram para los productos digitales) u `off`",
        topic="sales",
        restarts=(),
        default="off",
        pattern="^(on|off)$",
    )
    browser_sales: str = setting(
        "BROWSER_SALES",
        "`off` (outside Telegram, a customer's page shows status, receipts and data, and links to the bot for"
        " everything else) or `on` (customers can also buy, change and cancel there, which lifts the rule that they"
        " buy only in the bot)",
        es="`off` (fuera de Telegram, la página de cada cliente enseña su estado, recibos y datos, y para lo demás"
        " lleva al bot) u `on` (allí también se compra, se cambia y se cancela: deroga la regla de que solo se compra"
        " en el bot)",
        topic="sales",
        restarts=(),
        default="off",
        pattern="^(on|off)$",
    )
    grace_days: int = setting(
        "GRACE_DAYS",
        "days of access after a failed renewal, 0 to 21",
        es="días de acceso tras una renovación que falló, de 0 a 21",
        topic="sales",
        restarts=("worker",),
        default=5,
        ge=0,
        le=21,
    )
    checkout_minutes: int = setting(
        "CHECKOUT_MINUTES",
        "minutes a checkout stays open, 31 to 1440",
        es="minutos que queda abierta una página de pago, de 31 a 1440",
        topic="sales",
        restarts=(),
        default=35,
        ge=31,
        le=1440,
    )
    invite_hours: int = setting(
        "INVITE_HOURS",
        "hours an invite link is valid, 1 to 168",
        es="horas de validez de un enlace de invitación, de 1 a 168",
        topic="chats",
        restarts=(),
        default=24,
        ge=1,
        le=168,
    )
    invite_mode: str = setting(
        "INVITE_MODE",
        "`join_request` (only the customer is admitted) or `single_use` (a link for one person; anyone else who"
        " uses it is removed)",
        es="`join_request` (solo se deja entrar a quien pagó) o `single_use` (un enlace para una persona; a"
        " cualquier otro que lo use se le saca)",
        topic="chats",
        restarts=(),
        default="join_request",
        pattern="^(join_request|single_use)$",
    )
    vip_entry: str = setting(
        "VIP_ENTRY",
        "`ritual` (customers join the VIP channel in three steps) or `direct` (they get an invite link right"
        " away, valid for 5 hours)",
        es="`ritual` (al canal VIP se llega en tres pasos) o `direct` (se recibe al momento un enlace válido 5 horas)",
        topic="chats",
        restarts=("bot",),
        default="ritual",
        pattern="^(ritual|direct)$",
    )
    retention_days: int = setting(
        "RETENTION_DAYS",
        "days a channel is kept for a customer who left, 1 to 365",
        es="días que se guarda el canal de un cliente que se fue, de 1 a 365",
        topic="chats",
        restarts=("userbot",),
        default=30,
        ge=1,
        le=365,
    )
    retention_updates: int = setting(
        "RETENTION_UPDATES",
        "days messages to the bot are kept, 2 to 3650",
        es="días que se guardan los mensajes al bot, de 2 a 3650",
        topic="data",
        restarts=("worker",),
        default=30,
        ge=2,
        le=3650,
    )
    retention_webhook_bodies: int = setting(
        "RETENTION_WEBHOOK_BODIES",
        "days providers' webhooks are kept, 7 to 3650",
        es="días que se guardan los webhooks de los proveedores, de 7 a 3650",
        topic="data",
        restarts=("worker",),
        default=180,
        ge=7,
        le=3650,
    )
    retention_notifications: int = setting(
        "RETENTION_NOTIFICATIONS",
        "days messages sent to customers and to you are kept, 7 to 3650",
        es="días que se guardan los mensajes enviados a los clientes y a ti, de 7 a 3650",
        topic="data",
        restarts=("worker",),
        default=180,
        ge=7,
        le=3650,
    )
    retention_log_ids: int = setting(
        "RETENTION_LOG_IDS",
        "days the record of finished jobs is kept; rotate your log files by the same, 1 to 365",
        es="días que se guarda la lista de trabajos hechos, de 1 a 365; rota tus registros con el mismo plazo",
        default=14,
        ge=1,
        le=365,
    )
    nudge_abandoned: str = setting(
        "NUDGE_ABANDONED",
        "`on` (customers who didn't pay are reminded once, when the checkout expires) or `off`",
        es="`on` (a quien no pagó se le recuerda una vez, cuando caduca la página) u `off`",
        topic="messages",
        restarts=(),
        default="on",
        pattern="^(on|off)$",
    )
    nudge_not_joined: str = setting(
        "NUDGE_NOT_JOINED",
        "`on` (customers who paid but haven't joined are reminded once, after an hour) or `off`",
        es="`on` (a quien pagó y no ha entrado se le recuerda una vez, al cabo de una hora) u `off`",
        topic="messages",
        restarts=(),
        default="on",
        pattern="^(on|off)$",
    )
    renewal_notice_days: int = setting(
        "RENEWAL_NOTICE_DAYS",
        "days before a charge that customers of monthly or longer plans are notified, 3 to 45; Spanish law requires 15",
        es="días antes de un cobro en que se avisa a quien tiene un plan de un mes o más, de 3 a 45; en España, 15",
        topic="messages",
        restarts=(),
        default=15,
        ge=3,
        le=45,
    )
    win_back_days: str = setting(
        "WIN_BACK_DAYS",
        "days after the end of access that customers are invited back, as `7` or `1,7`; or `off`",
        es="cuántos días después del fin del acceso se invita al cliente a volver, como `7` o `1,7`; u `off`",
        topic="sales",
        restarts=(),
        default="1,7",
        pattern=_SOME_DAYS,
    )
    win_back_offer: str = setting(
        "WIN_BACK_PROMOTION",
        "the code of the promotion that the invitation offers",
        es="el código de la promoción que ofrece esa invitación",
        topic="sales",
        restarts=(),
        default="",
        pattern="^([A-Z0-9_-]{3,24})?$",
    )
    stay_days: int = setting(
        "STAY_DAYS",
        "free days offered to customers who cancel because of the price or a problem, once a year",
        es="días gratis que se ofrecen a quien cancela por el precio o por un problema, una vez al año",
        topic="sales",
        restarts=(),
        default=0,
        ge=0,
        le=31,
    )
    charged_without_channel: str = setting(
        "CHARGED_WITHOUT_CHANNEL",
        "`tell` (a renewal while the customer's channel is missing raises an alarm) or `refund` (the charge is also"
        " refunded)",
        es="`tell` (una renovación mientras falta el canal del cliente genera una alarma) o `refund` (además se"
        " devuelve el cobro)",
        topic="sales",
        restarts=(),
        default="tell",
        pattern="^(tell|refund)$",
    )
    no_access_refund_days: int = setting(
        "NO_ACCESS_REFUND_DAYS",
        "days after which a payment is refunded if its customer still can't enter any chat of the plan, 1 to 30; 0 for"
        " never",
        es="días tras los que se devuelve un pago si el cliente sigue sin poder entrar en ningún chat del plan, de 1 a"
        " 30; 0 para nunca",
        topic="sales",
        restarts=(),
        default=3,
        ge=0,
        le=30,
    )
    # The default is lawful for sellers in Spain: countries of the Directive, and buyers whose country is unknown.
    withdrawal: str = setting(
        "WITHDRAWAL",
        "who can withdraw from a contract within 14 days: `eu` (buyers in the EEA or an unknown country), `all` or"
        " `off`",
        es="quién puede desistir del contrato en 14 días: `eu` (quien compra en el EEE, y cuando no se sabe su"
        " país), `all` (todos) u `off` (nadie)",
        topic="law",
        restarts=("web",),
        default="eu",
        pattern="^(eu|all|off)$",
    )
    withdrawal_declarations: str = setting(
        "WITHDRAWAL_DECLARATIONS",
        "the declarations that customers can tick before paying: `off` (none; access begins at once and the right"
        " to withdraw remains), `content` (begin now and lose the right) or `service` (begin now and owe a"
        " proportional amount)",
        es="qué se puede marcar antes de pagar: `off` (nada; el acceso empieza ya y el derecho sigue entero),"
        " `content` (empezar ya, se pierde el derecho) o `service` (empezar ya, se debe la parte proporcional)",
        topic="law",
        restarts=(),
        default="off",
        pattern="^(off|content|service)$",
    )
    withdrawal_repeat_days: int = setting(
        "WITHDRAWAL_REPEAT_DAYS",
        "days within which you're notified of a customer's second withdrawal. For their next purchase, they have to"
        " ask to begin at once, and lose the right. 0 = never",
        es="días en los que se te avisa del segundo desistimiento de un cliente; antes de volver a comprar tiene que"
        " pedir empezar ya, y pierde así el derecho. 0 = nunca",
        topic="law",
        restarts=(),
        default=365,
        ge=0,
        le=3650,
    )
    sell_countries: str = setting(
        "SELL_COUNTRIES",
        "the countries in which you sell, as `ES, PT`; customers then choose theirs before paying. By default, you"
        " sell everywhere and nobody is asked",
        es="dónde vendes, como `ES, PT`; quien compra dice entonces su país antes de pagar; si falta, en todas"
        " partes y no se pregunta",
        topic="sales",
        restarts=(),
        default="",
    )
    sweep_guard: int | None = setting(
        "SWEEP_GUARD",
        "how many people expiry may remove at once without asking you",
        es="a cuántas personas puede sacar la limpieza a la vez sin preguntarte",
        topic="chats",
        restarts=(),
        default=None,
        ge=0,
        le=100_000,
    )
    channel_stock: int = setting(
        "CHANNEL_STOCK",
        "channels created ahead of demand, 0 to 400",
        es="canales creados por adelantado, de 0 a 400",
        topic="chats",
        restarts=(),
        default=0,
        ge=0,
        le=400,
    )
    unreported_days: int = setting(
        "UNHEARD_GIFT_DAYS",
        f"days staff may grant a customer before the owners are notified, 0 to {DURATION_LIMIT}",
        es=f"días que el equipo puede dar a un cliente antes de avisar a los propietarios, de 0 a {DURATION_LIMIT}",
        topic="sales",
        restarts=(),
        default=93,
        ge=0,
        le=DURATION_LIMIT,
    )
    channel_title: str | None = setting(
        "CHANNEL_TITLE",
        "the channels' names, with {brand}, {plan} and {customer}",
        es="el nombre de los canales, con {brand}, {plan} y {customer}",
        topic="chats",
        restarts=(),
        default=None,
    )
    channel_welcome: str | None = setting(
        "CHANNEL_WELCOME",
        "the welcome pinned in each channel, with {brand}, {plan} and {name}",
        es="la bienvenida fijada en cada canal, con {brand}, {plan} y {name}",
        topic="chats",
        restarts=(),
        default=None,
    )
    channel_welcome_en: str | None = setting(
        "CHANNEL_WELCOME_EN",
        "the same welcome for customers whose Telegram is in English",
        es="la misma para clientes con Telegram en inglés",
        topic="chats",
        restarts=(),
        default=None,
    )
    channel_welcome_pt: str | None = setting(
        "CHANNEL_WELCOME_PT",
        "the same welcome in Portuguese",
        es="la misma en portugués",
        topic="chats",
        restarts=(),
        default=None,
    )
    channel_welcome_pt_br: str | None = setting(
        "CHANNEL_WELCOME_PT_BR",
        "the same welcome in Brazilian Portuguese; by default, your Portuguese one",
        es="la misma en el portugués de Brasil; si falta, la tuya en portugués",
        topic="chats",
        restarts=(),
        default=None,
    )
    log_format: str = setting(
        "LOG_FORMAT", "`text` or `json`", es="`text` o `json`", default="text", pattern="^(text|json)$"
    )

    @field_validator("web_base_url")
    @classmethod
    def _site(cls, value: str) -> str:
        address = site_address(value)
        if "." not in (urlsplit(address).hostname or ""):
            raise ValueError(
                "needs a domain with a dot or an IPv4 address: Telegram drops links to any other host, including"
                " the link to the terms that customers accept"
            )
        return address

    @field_validator("console_base_url")
    @classmethod
    def _console(cls, value: str | None) -> str | None:
        return value and site_address(value)

    @field_validator("clock_url", "clock_witness", "otel_endpoint")
    @classmethod
    def _services(cls, value: str | None) -> str | None:
        return value if value in {None, "off"} else page_address(value)

    @classmethod
    def read_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings. The vertical provides default values for variables that are not set."""
        vertical = verticals().get(environ.get("VERTICAL", "").strip() or DEFAULT_VERTICAL)
        own = vertical.settings.items() if vertical else ()
        given = {name for name, value in environ.items() if value.strip()}
        defaults = {name: value for name, value in own if given.isdisjoint({name, name + IN_FILE})}
        if "CHANNEL_WELCOME_PT" not in defaults:
            # A Portuguese welcome of the operator is also used for Brazilian Portuguese.
            defaults.pop("CHANNEL_WELCOME_PT_BR", None)
        return super().read_environ({**environ, **defaults})

    @field_validator("vertical")
    @classmethod
    def _vertical(cls, value: str) -> str:
        if value not in verticals():
            raise ValueError(f"must be one of {', '.join(verticals())}")
        return value

    @field_validator("shop_language")
    @classmethod
    def _shop_language(cls, value: str) -> str:
        code = value.strip().lower().replace("_", "-")
        if not is_code(code):
            raise ValueError(f"must be a language such as {', '.join(LANGUAGES)}")
        return code

    @field_validator("features")
    @classmethod
    def _features(cls, value: str, info: ValidationInfo) -> str:
        named(value, info.data.get("vertical", DEFAULT_VERTICAL))
        return value

    @field_validator("timezone")
    @classmethod
    def _zones(cls, value: str) -> str:
        Zones.parse(value)
        return value

    @field_validator("quiet_hours")
    @classmethod
    def _quiet_hours(cls, value: str) -> str:
        QuietHours.parse(value)
        return value

    @field_validator("sell_countries")
    @classmethod
    def _countries(cls, value: str) -> str:
        read_countries(value)
        return value

    @field_validator("channel_title")
    @classmethod
    def _title_template(cls, value: str | None) -> str | None:
        return template(value, "brand", "plan", "customer")

    @field_validator(*_WELCOMES)
    @classmethod
    def _welcome_template(cls, value: str | None) -> str | None:
        return template(value, "brand", "plan", "name")

    @property
    def is_pooled(self) -> bool:
        """Return True if connections come from a pooler, so that session state does not persist beyond
        a transaction.
        """
        return self.database_direct_url is not None

    @property
    def pool_size(self) -> int:
        """Number of database connections of a process without those of the job queue."""
        return self.database_connections - self.queue_connections

    @property
    def retention(self) -> dict[Record, timedelta]:
        """Configured retention period of each kind of record, as stated on the privacy page."""
        days = {
            Record.UPDATES: self.retention_updates,
            Record.WEBHOOK_BODIES: self.retention_webhook_bodies,
            Record.NOTIFICATIONS: self.retention_notifications,
            Record.LOG_IDS: self.retention_log_ids,
        }
        return {record: timedelta(days=count) for record, count in days.items()}

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy the settings (see pydantic). The copy creates its own policy from its values."""
        copy = super().model_copy(update=update, deep=deep)
        copy.__dict__.pop("policy", None)
        return copy

    @cached_property
    def policy(self) -> Policy:
        """Business rules for the use cases, as chosen by the operator. All code shares this instance, which is updated
        when settings change at run time.
        """
        templates = ("channel_title", *_WELCOMES)
        choices: dict[str, Any] = {name: value for name in templates if (value := getattr(self, name))}
        if "channel_welcome_pt" in choices:
            choices.setdefault("channel_welcome_pt_br", choices["channel_welcome_pt"])
        start = in_force(self.terms_version, self.terms_since)
        return Policy(
            brand=self.brand_name,
            base_url=self.web_base_url,
            terms_version=self.terms_version,
            terms_corrects=frozenset(filter(None, map(str.strip, self.terms_corrects.split(",")))),
            terms_since=start.day if start is not None and start.exact else None,
            zones=Zones.parse(self.timezone),
            quiet_hours=QuietHours.parse(self.quiet_hours),
            legal_identity=self.legal_identity.strip(),
            vat_rate=self.vat_rate,
            vat_rates=read_rates(self.vat_rates),
            checkout_lifetime=timedelta(minutes=self.checkout_minutes),
            invite_lifetime=timedelta(hours=self.invite_hours),
            invite_by_request=self.invite_mode == "join_request",
            vip_ritual=self.vip_entry == "ritual",
            grace=timedelta(days=self.grace_days),
            nudge_abandoned=self.nudge_abandoned == "on",
            win_back=tuple(timedelta(days=int(each)) for each in self.win_back_days.split(",") if each != "off"),
            win_back_offer=self.win_back_offer,
            renewal_notice=timedelta(days=self.renewal_notice_days),
            stay=timedelta(days=self.stay_days),
            telegram_currency_alone_on_phones=self.telegram_currency_alone_on_phones == "on",
            sells_in_browser=self.browser_sales == "on",
            refund_without_channel=self.charged_without_channel == "refund",
            entry_patience=timedelta(days=self.no_access_refund_days),
            nudge_not_joined=self.nudge_not_joined == "on",
            retention=timedelta(days=self.retention_days),
            retention_periods={**RETENTION, **self.retention},
            countries=read_countries(self.sell_countries),
            withdrawal=Scope(self.withdrawal),
            declarations=Declarations(self.withdrawal_declarations),
            withdrawal_window=timedelta(days=self.withdrawal_repeat_days),
            sweep_guard=self.sweep_guard,
            channel_stock=self.channel_stock,
            unreported_grant=timedelta(days=self.unreported_days),
            promises=tuple(verticals()[self.vertical].promises),
            **choices,
        )


def load(kind: type[S], environ: Mapping[str, str]) -> S:
    """Read the settings of one process; blank values count as missing. If a validator of a feature's settings fails
    with an unexpected error, that feature's settings get their default values, and the failure is reported. Raises
    SettingsError that lists all invalid settings.
    """
    try:
        return kind.read_environ(environ)
    except ValidationError as error:
        crashed = {str(each["loc"][0]) for each in error.errors() if each["type"] == CRASHED}
        if crashed:
            for block in kind.__bases__[1:]:
                if issubclass(block, EnvironmentSettings) and crashed & block.names().keys():
                    FAILURES.add(feature_of(block) or "", "settings", error.__cause__ or error, lasts=True)
            ignored = crashed | {f"{name}{IN_FILE}" for name in crashed}
            return load(kind, {name: value for name, value in environ.items() if name not in ignored})
        wrong = kind.wrong_in(error)
        raise SettingsError(
            {name: f"{problem or 'missing'}; put there {what}" for name, (problem, what) in wrong.items()}
        ) from None
