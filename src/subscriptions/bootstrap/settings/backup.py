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
        "where backups are stored: a folder, or s3://bucket/prefix",
        es="dónde se guardan las copias: una carpeta, o s3://bucket/prefijo",
    )
    key: SecretStr = setting(
        "BACKUP_KEY",
        "the key that encrypts backups, from `umbral backup --new-key`, or its public half; then earlier keys,"
        " separated by commas",
        es="la clave que cifra las copias, de `umbral backup --new-key`, o su mitad pública; después las"
        " anteriores, separadas por comas",
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
        "number of daily backups to keep, 1 to 366",
        es="cuántas copias diarias se guardan, de 1 a 366",
        default=7,
        ge=1,
        le=366,
    )
    weekly: int = setting(
        "BACKUP_KEEP_WEEKLY",
        "number of weekly backups to keep, 0 to 260",
        es="cuántas copias semanales se guardan, de 0 a 260",
        default=4,
        ge=0,
        le=260,
    )
    monthly: int = setting(
        "BACKUP_KEEP_MONTHLY",
        "number of monthly backups to keep, 0 to 240",
        es="cuántas copias mensuales se guardan, de 0 a 240",
        default=12,
        ge=0,
        le=240,
    )
    verify_url: SecretStr | None = setting(
        "BACKUP_VERIFY_URL",
        "a server on which a backup is restored each week as a test; by default, the database's own server",
        es="un servidor en el que cada semana se restaura una copia como prueba; si falta, el de la base de datos",
        default=None,
    )
    s3_endpoint: str = setting(
        "BACKUP_S3_ENDPOINT",
        "https://… of S3-compatible storage other than Amazon's",
        es="https://… de un almacén compatible con S3 que no sea el de Amazon",
        default="",
    )
    s3_region: str = setting("BACKUP_S3_REGION", "the bucket's region", es="la región del bucket", default="us-east-1")
    s3_key_id: str = setting("BACKUP_S3_KEY_ID", "the access key's id", es="el id de la clave de acceso", default="")
    s3_secret: SecretStr = setting(
        "BACKUP_S3_SECRET", "the access key's secret", es="el secreto de la clave de acceso", default=SecretStr("")
    )
