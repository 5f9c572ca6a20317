"""Staff command that stops a promotion."""

from subscriptions.application.staff.command import Act, AuditEntry, NothingToDo, Outcome, StaffCommand, SubjectKind
from subscriptions.domain.ids import PromotionId
from subscriptions.domain.ports.repositories.promotions import PROMOTIONS_KEY
from subscriptions.domain.services.staff_policy import StaffAction


class StopPromotion(StaffCommand):
    """Staff command that stops a promotion. Open checkouts can still be paid with the promotion."""

    name = "stop_promotion"
    permission = StaffAction.MAKE_PROMOTIONS
    subject = SubjectKind.PROMOTION
    outcomes = ("stopped",)

    async def run(self, act: Act) -> Outcome:
        """Stop the promotion. Raises NothingToDo if the promotion is stopped already."""
        promotion = await act.uow.of(PROMOTIONS_KEY).get(PromotionId(act.subject_id), lock=True)
        if promotion is None or promotion.stopped_at is not None:
            raise NothingToDo("stopped")
        promotion.stopped_at = act.at
        await act.uow.of(PROMOTIONS_KEY).save(promotion)
        entry = AuditEntry(subject=promotion.id, facts={"code": promotion.code}, reason="stopped by staff")
        return Outcome(name="stopped", facts={"code": promotion.code}, audit=[entry])
