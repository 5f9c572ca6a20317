"""Staff commands that show, hide and order payment methods."""

from collections.abc import Sequence
from typing import ClassVar

from subscriptions.application.catalog.plan_catalog import PlanCatalog
from subscriptions.application.catalog.see_methods import is_telegrams
from subscriptions.application.staff.command import (
    AuditEntry,
    Effect,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    SubjectKind,
)
from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.services.method_policy import in_order
from subscriptions.domain.services.staff_policy import StaffAction


class ArrangeMethod(StaffCommand):
    """Base of the staff commands on one payment method. Each process applies a change the next time it reads the
    catalog.
    """

    permission = StaffAction.ARRANGE_METHODS
    subject = SubjectKind.PAYMENT_METHOD

    gateways: GatewayRegistry
    plan_catalog: PlanCatalog

    async def after_commit(self) -> None:
        """Drop this process's cached catalog."""
        self.plan_catalog.forget()

    async def rows(self, execution: Execution) -> list[PaymentMethod]:
        """Lock and return the rows of all configured payment methods, in display order."""
        wishes = await execution.uow.payment_methods.all(lock=True)
        payment_methods = {wish.provider: wish for wish in wishes}
        staff_id = execution.actor.telegram_id
        return [
            payment_methods.get(code)
            or PaymentMethod(provider=code, position=index, changed_by=staff_id, changed_at=execution.at)
            for index, code in enumerate(in_order(self.gateways.enabled_names(), wishes))
        ]

    async def keep(self, execution: Execution, rows: Sequence[PaymentMethod], method: PaymentMethod) -> None:
        """Save all rows in the given order."""
        method.changed_by = execution.actor.telegram_id
        method.changed_at = execution.at
        for index, row in enumerate(rows):
            row.position = index
            await execution.uow.payment_methods.save(row)


class SwitchMethod(ArrangeMethod):
    """Base of the staff commands that show and hide a payment method."""

    enables: ClassVar[bool]

    async def run(self, execution: Execution) -> Outcome:
        """Show or hide the method. Raises NothingToDo if the method is already shown or hidden, or is not
        configured.
        """
        rows = await self.rows(execution)
        row = next((row for row in rows if row.provider == execution.subject), None)
        if row is None or row.enabled is self.enables:
            raise NothingToDo("it is so already, or its settings do not let it work")
        row.enabled = self.enables
        await self.keep(execution, rows, row)
        entry = AuditEntry(
            subject=execution.subject, facts={"on": str(self.enables).lower()}, reason=f"{self.outcomes[0]} by staff"
        )
        return Outcome(name=self.outcomes[0], audit=[entry])


class ShowMethod(SwitchMethod):
    """Staff command that shows the button of a payment method to customers."""

    name = "show_payment_method"
    outcomes = ("shown",)
    effects = ("elsewhere",)
    enables = True

    async def preview(self, execution: Execution) -> Effect | None:
        """Return a reminder of Telegram's rule for digital goods if the method charges in a currency other than
        Telegram's own; None otherwise.
        """
        return None if is_telegrams(self.gateways, execution.subject) else Effect(name="elsewhere")


class HideMethod(SwitchMethod):
    """Staff command that hides the button of a payment method from customers. Subscriptions bought with it continue."""

    name = "hide_payment_method"
    outcomes = ("hidden",)
    enables = False


class MoveMethod(ArrangeMethod):
    """Base of the staff commands that move a payment method one place up or down in the list."""

    outcomes = ("moved",)
    step: ClassVar[int]

    async def run(self, execution: Execution) -> Outcome:
        """Move the payment method one position up or down. Raises NothingToDo if the method is already first or last,
        or is not configured.
        """
        rows = await self.rows(execution)
        index = next((at for at, row in enumerate(rows) if row.provider == execution.subject), None)
        other = None if index is None else index + self.step
        if index is None or other is None or not 0 <= other < len(rows):
            raise NothingToDo("there is none on that side")
        rows[index], rows[other] = rows[other], rows[index]
        await self.keep(execution, rows, rows[other])
        order = ",".join(row.provider for row in rows)
        entry = AuditEntry(subject=execution.subject, facts={"order": order}, reason="moved by staff")
        return Outcome(name="moved", audit=[entry])


class RaiseMethod(MoveMethod):
    """Staff command that moves a payment method one place up in the list."""

    name = "raise_payment_method"
    step = -1


class LowerMethod(MoveMethod):
    """Staff command that moves a payment method one place down in the list."""

    name = "lower_payment_method"
    step = 1
