"""Settings of backups: destination, interval, retention and key."""

from pydantic import SecretStr

from subscriptions.bootstrap.settings.operator import OwnerSettings
from subscriptions.infrastructure.environment import setting


class BackupSettings(OwnerSettings):
    """Settings of the worker's backups, `umbral backup` and `umbral restore`. They connect to the database as the owner
    of the tables.
    """

    destination: str = setting(
        "BACKUP_TO",
        "where backups go: a folder, or s3://bucket/prefix",
        es="adónde van las copias: una carpeta, o s3://bucket/prefijo",
    )
    key: SecretStr = setting(
        "BACKUP_KEY",
        "what seals backups, from `umbral backup --new-key`, or its public half; older ones behind it, with commas",
        es="lo que sella las copias, de `umbral backup --new-key`, o su mitad pública; detrás las anteriores, con"
        " comas",
    )
    every: int = setting(
        "BACKUP_EVERY",
        "hours between two backups, 1 to 168",
        es="horas entre dos copias, de 1 a 168",
        default=24,
        ge=1,
        le=168,
    )
    daily: int = setting(
        "BACKUP_KEEP_DAILY",
        "of how many days one is kept, 1 to 366",
        es="de cuántos días se guarda una, de 1 a 366",
        default=7,
        ge=1,
        le=366,
    )
    weekly: int = setting(
        "BACKUP_KEEP_WEEKLY",
        "of how many weeks, 0 to 260",
        es="de cuántas semanas, de 0 a 260",
        default=4,
        ge=0,
        le=260,
    )
    monthly: int = setting(
        "BACKUP_KEEP_MONTHLY",
        "of how many months, 0 to 240",
        es="de cuántos meses, de 0 a 240",
        default=12,
        ge=0,
        le=240,
    )
    verify_url: SecretStr | None = setting(
        "BACKUP_VERIFY_URL",
        "a server where each week's backup is brought back to see that it can be; without it, the database's own",
        es="un servidor donde cada semana se recupera la copia para ver que se puede; si falta, el de la base de datos",
        default=None,
    )
    s3_endpoint: str = setting(
        "BACKUP_S3_ENDPOINT",
        "https://… of a store that is not Amazon's",
        es="https://… de un almacén que no es el de Amazon",
        default="",
    )
    s3_region: str = setting("BACKUP_S3_REGION", "the bucket's region", es="la región del bucket", default="us-east-1")
    s3_key_id: str = setting("BACKUP_S3_KEY_ID", "the access key's id", es="el id de la clave de acceso", default="")
    s3_secret: SecretStr = setting(
        "BACKUP_S3_SECRET", "the access key's secret", es="el secreto de la clave de acceso", default=SecretStr("")
    )
