"""Delivery of one event over HTTP to a validated address. Deliveries are signed according to Standard Webhooks
(standardwebhooks.com).
"""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Final

import httpx
from standardwebhooks.webhooks import Webhook

from features.webhooks.domain import OutgoingEndpoint, OutgoingEvent
from features.webhooks.ports import Reply
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.seals import Seals
from subscriptions.infrastructure.clock import FollowingClock, SystemClock
from subscriptions.infrastructure.outgoing.addresses import Addresses, AddressRefused

PATIENCE_S: Final = 10.0
"""Timeout in seconds of a whole delivery: name resolution, connection, request, and the response's status
and headers.
"""
AGENT: Final = "Umbral-Webhooks/1"


class HttpEventSender:
    """EventSender over httpx. It follows no redirects, uses no proxy of the environment and reads no response body."""

    def __init__(self, seals: Seals, addresses: Addresses, clock: Clock, patience_s: float = PATIENCE_S) -> None:
        """Create the sender. clock: clock with the real time, which signs deliveries, because endpoints compare the
        timestamp with their own clock. The application's clock may differ from real time.
        """
        self._seals, self._addresses, self._clock, self._patience_s = seals, addresses, clock, patience_s
        # Created once, because loading the certificates takes longer than a request.
        self._certificates = httpx.create_ssl_context(trust_env=False)

    async def send(self, endpoint: OutgoingEndpoint, event: OutgoingEvent, now: datetime) -> Reply:
        """Implements `EventSender.send`."""
        body = event.body or ""
        newest, *older_secrets = endpoint.secrets(now)
        sent_at = self._clock.now()
        try:
            signatures = [self._sign(newest, event, body, sent_at)]
        except InvalidInput as error:
            return Reply(None, str(error), hopeless=True)
        with suppress(InvalidInput):
            # If WEBHOOK_KEY was changed, the previous secret cannot be decrypted any more.
            signatures += [self._sign(secret, event, body, sent_at) for secret in older_secrets]
        headers = {
            "content-type": "application/json",
            "user-agent": AGENT,
            "webhook-id": _name(event),
            "webhook-timestamp": str(int(sent_at.timestamp())),
            "webhook-signature": " ".join(signatures),
        }
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._post(endpoint.url, body.encode(), headers)
        except TimeoutError:
            return Reply(None, f"no answer within {self._patience_s:g} seconds")
        except AddressRefused as error:
            return Reply(None, str(error))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return Reply(None, f"not reached: {type(error).__name__}")

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> Reply:
        pinned_url = await self._addresses.pin(url)
        async with (
            httpx.AsyncClient(
                verify=self._certificates, trust_env=False, follow_redirects=False, timeout=self._patience_s
            ) as client,
            client.stream(
                "POST",
                pinned_url.url,
                content=body,
                headers={**headers, "host": pinned_url.host},
                extensions={"sni_hostname": pinned_url.name},
            ) as answer,
        ):
            reason = f"answered {answer.status_code}"
            return Reply(answer.status_code, f"{reason}; redirects are not followed" if answer.is_redirect else reason)

    def _sign(self, sealed_secret: str, event: OutgoingEvent, body: str, now: datetime) -> str:
        return Webhook(self._seals.unseal(sealed_secret)).sign(_name(event), now, body)


def machine_clock(clock: Clock) -> Clock:
    """Return a clock with the real time for signatures, because endpoints check the signature's timestamp. The
    sandbox's clock may differ from real time.
    """
    return SystemClock() if isinstance(clock, FollowingClock) else clock


def _name(event: OutgoingEvent) -> str:
    return f"msg_{event.id.hex}"
