"""dj-stripe's site and its webhook endpoint: `python -m peer_site` creates the endpoint and prints its path."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import include, path

application = get_wsgi_application()
urlpatterns = [path("stripe/", include("djstripe.urls", namespace="djstripe"))]


def main() -> None:
    """Create the webhook endpoint and print its path."""
    from djstripe.models import WebhookEndpoint  # noqa: PLC0415 - models need a loaded application

    reported = {
        "secret": os.environ["PEER_SECRET"],
        "url": "http://localhost",
        "enabled_events": ["*"],
        "livemode": False,
    }
    made = WebhookEndpoint.objects.create(id="we_benchmark", **reported)
    print(f"/stripe/webhook/{made.djstripe_uuid}/")  # noqa: T201


if __name__ == "__main__":
    main()
