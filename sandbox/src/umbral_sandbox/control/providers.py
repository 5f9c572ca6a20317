"""Routes that list the simulated payment providers and set up the seller's account at each of them."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from umbral_sandbox.control.access import PaymentsDep, simulator_of
from umbral_sandbox.control.errors import ControlError
from umbral_sandbox.payments.simulator import Seller

router = APIRouter()


class Provider(BaseModel):
    """A provider that has a simulator."""

    name: str


class Providers(BaseModel):
    """Providers in the order in which a seller offers them."""

    providers: list[Provider]


class ProviderOptions(BaseModel):
    """Settings of a provider's account; an omitted setting keeps its value."""

    model_config = ConfigDict(extra="allow")

    __pydantic_extra__: dict[str, str]


class Configured(BaseModel):
    """The configured provider."""

    provider: str


class SellerOrder(BaseModel):
    """Seller who opens an account, and the address of the seller's webhooks."""

    model_config = ConfigDict(extra="forbid")

    display_name: str
    webhook_url: str


class OpenedAccount(BaseModel):
    """The product's settings for this provider: environment variables with their values."""

    settings: dict[str, str]


@router.get("/providers")
async def read_providers(payments: PaymentsDep) -> Providers:
    """Return the providers that have a simulator, in the order in which a seller offers them."""
    ordered = sorted(payments.simulators.values(), key=lambda each: (each.position, each.provider))
    return Providers(providers=[Provider(name=each.provider) for each in ordered])


@router.post("/providers/{provider}")
async def configure_provider(payments: PaymentsDep, provider: str, options: ProviderOptions) -> Configured:
    """Configure an account: its keys, and the address and secret of its webhooks."""
    try:
        simulator_of(payments, provider).configure(options.__pydantic_extra__)
    except ValueError as error:
        raise ControlError(str(error)) from error
    payments.world.commit()
    return Configured(provider=provider)


@router.post("/providers/{provider}/demo")
async def open_account(payments: PaymentsDep, provider: str, order: SellerOrder, request: Request) -> OpenedAccount:
    """Open an account with its own credentials, the same on each call, and return the product's settings for the
    account; a later call changes the address of the webhooks.
    """
    here = f"{request.url.scheme}://{request.url.netloc}"
    settings = simulator_of(payments, provider).open_account(Seller(sandbox_url=here, **order.model_dump()))
    payments.world.commit()
    return OpenedAccount(settings=settings)
