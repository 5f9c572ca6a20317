"""Staff command that revokes an unused code."""

from subscriptions.application.staff.command import Act, AuditEntry, NothingToDo, Outcome, StaffCommand, SubjectKind
from subscriptions.application.staff.inputs import OPTIONAL_REASON
from subscriptions.domain.entities.activation_token import state_of
from subscriptions.domain.ids import TokenId
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from subscriptions.domain.services.staff_policy import StaffAction


class RevokeCode(StaffCommand):
    """Staff command that revokes a code that was not used."""

    name = "revoke_code"
    permission = StaffAction.REVOKE_TOKENS
    subject = SubjectKind.CODE
    inputs = (OPTIONAL_REASON,)
    outcomes = ("revoked",)

    async def run(self, act: Act) -> Outcome:
        """Revoke the code. Raises NothingToDo for a code that was used, revoked, or paid for by a customer."""
        activation_token = await act.uow.of(TOKENS_KEY).get(TokenId(act.subject_id))
        token = (
            await act.uow.of(TOKENS_KEY).by_token(activation_token.token, lock=True)
            if activation_token is not None
            else None
        )
        if token is None:
            raise NothingToDo("gone")
        if token.used_at is not None or token.revoked_at is not None:
            raise NothingToDo(str(state_of(token, act.at)))
        if token.order_id is not None:
            # A code that was paid for becomes invalid only with the refund of its payment.
            raise NothingToDo("a gift")
        await act.uow.of(TOKENS_KEY).note_revoked(token.id, act.actor.telegram_id, act.at)
        entry = AuditEntry(subject=token.id, facts={"token": token.mask()})
        return Outcome(name="revoked", facts={"code": token.mask()}, audit=[entry])
