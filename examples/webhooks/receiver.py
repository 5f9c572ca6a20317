"""Receive Umbral's webhooks, verify them, and process each event once.

pip install standardwebhooks
UMBRAL_WEBHOOK_SECRET=whsec_… python receiver.py 8080
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

LONGEST = 1_000_000
seen: set[str] = set()
"""Ids of the events processed so far. Keep them in your database, because an event may be delivered twice."""


class Receiver(BaseHTTPRequestHandler):
    """Handler of one request."""

    def do_POST(self) -> None:
        """Verify the event, answer at once, and process it afterwards."""
        body = self.rfile.read(min(int(self.headers.get("content-length") or 0), LONGEST))
        try:
            event = Webhook(os.environ["UMBRAL_WEBHOOK_SECRET"]).verify(body, dict(self.headers.items()))
        except WebhookVerificationError:
            self.send_response(401)
            self.end_headers()
            return
        self.send_response(204)
        self.end_headers()
        if self.headers["webhook-id"] not in seen:
            seen.add(self.headers["webhook-id"])
            work(event)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing, so that addresses stay private."""


def work(event: dict) -> None:
    """Process the event; replace this with your code."""
    customer = event["data"]["customer"] or {}
    print(event["type"], customer.get("telegram_id"), flush=True)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
    print(server.server_address[1], flush=True)
    server.serve_forever()
