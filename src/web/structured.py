"""Structured data about the offer for search engines, in schema.org's vocabulary."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.application.catalog.site import Identity
from web.texts import Texts

_CONTEXT: Final = "https://schema.org"

Data = Mapping[str, Any]


def seller(identity: Identity) -> Data:
    """Return the seller as a schema.org Organization."""
    return {
        "@context": _CONTEXT,
        "@type": "Organization",
        "name": identity.brand,
        "url": f"{identity.base_url}/",
        "logo": f"{identity.base_url}/icon-512.png",
    }


def product(plan: PlanView, identity: Identity, url: str | None) -> Data:
    """Return a plan with its price as a schema.org Product. url: URL to buy the plan; None if there is no bot."""
    offer = {
        "@type": "Offer",
        "price": plan.price.decimal,
        "priceCurrency": plan.price.currency,
        "availability": f"{_CONTEXT}/InStock",
        "url": url or f"{identity.base_url}/",
    }
    return {
        "@context": _CONTEXT,
        "@type": "Product",
        "name": f"{identity.brand} · {plan.name}",
        "description": plan.description or plan.name,
        "image": f"{identity.base_url}/icon-512.png",
        "brand": {"@type": "Brand", "name": identity.brand},
        "category": "Subscription" if plan.recurring else "Pass",
        "offers": offer,
    }


def questions(entries: Sequence[Texts]) -> Data:
    """Return the questions that a page answers as a schema.org FAQPage."""
    return {
        "@context": _CONTEXT,
        "@type": "FAQPage",
        "mainEntity": [
            {
                "@type": "Question",
                "name": entry["question"],
                "acceptedAnswer": {"@type": "Answer", "text": " ".join(entry["answer"])},
            }
            for entry in entries
        ],
    }
