"""Settings of a Django site with dj-stripe only. The site runs in dj-stripe's own environment, because ours has no
Django.
"""

import os
from urllib.parse import urlsplit

_DATABASE = urlsplit(os.environ["PEER_DATABASE"])

SECRET_KEY = "of a benchmark"  # noqa: S105
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "peer_site"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "djstripe"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
USE_TZ = True
# Create the current tables at once: running all its migrations takes a minute.
MIGRATION_MODULES = {"auth": None, "contenttypes": None, "djstripe": None}
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _DATABASE.path.lstrip("/"),
        "USER": _DATABASE.username,
        "PASSWORD": _DATABASE.password,
        "HOST": _DATABASE.hostname,
        "PORT": _DATABASE.port,
        # As recommended for production: a connection for each request would cost half of its rate.
        "CONN_MAX_AGE": None,
    }
}
STRIPE_TEST_SECRET_KEY = "sk_test_benchmark"  # noqa: S105
STRIPE_LIVE_MODE = False
DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
LOGGING_CONFIG = None


def DJSTRIPE_WEBHOOK_EVENT_CALLBACK(event: object, **_: object) -> None:  # noqa: N802 - the name of the setting
    """Do nothing: the event is already verified and stored."""
