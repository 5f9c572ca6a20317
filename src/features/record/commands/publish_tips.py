"""Staff command that publishes the tips of a file: all of them, or none if one is invalid."""

from collections.abc import Sequence
from dataclasses import replace

from features.picks.permissions import PUBLISH_TIP
from features.record.commands.publish_tip import PLAN, PublishTip
from features.record.use_cases.chain import origin_of
from features.record.use_cases.publish_tip import publish, was_published_as
from features.record.use_cases.tip_files import FILE, KEY, FileLine, take_lines
from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.dto.typed_moments import NOW, ZONE
from subscriptions.application.staff.command import AuditEntry, Effect, Execution, Outcome, StaffCommand, SubjectKind
from subscriptions.domain.entities.post import Post
from subscriptions.domain.ports.repositories.posts import POSTS_KEY


class PublishTips(StaffCommand):
    """Staff command that publishes the tips of a file. If a tip was already published from a line, that line is
    skipped.
    """

    publish_tip: PublishTip

    name = "publish_tips"
    begins = True
    panel_page = "tip.file"
    permission = PUBLISH_TIP
    subject = SubjectKind.SHOP
    inputs = (FILE,)
    outcomes = ("published",)
    effects = ("listed",)

    async def run(self, execution: Execution) -> Outcome:
        """Publish the tips. Raises WrongLines if a line is invalid; no tip is published then."""
        picks, known_count = await self._publish(execution)
        audit = [
            AuditEntry(subject=pick.id, facts={"pick": pick.key}, reason="published from a file") for pick in picks
        ]
        return Outcome(name="published", facts={"count": len(picks), "known": known_count}, audit=audit)

    async def preview(self, execution: Execution) -> Effect:
        """Return the number and a sample of the tips. Raises the same errors as `run`; nothing is committed."""
        picks, known_count = await self._publish(execution)
        sample = "\n".join(pick.content.text.splitlines()[0] for pick in picks[:10])
        return Effect(name="listed", facts={"count": len(picks), "known": known_count, "text": sample})

    async def _publish(self, execution: Execution) -> tuple[Sequence[Post], int]:
        reads = {NOW: execution.at.isoformat(), ZONE: self.publish_tip.policy.zones.home.key}

        async def take(line: FileLine, answers: dict[str, str]) -> Post | None:
            return await self._one(replace(execution, answers=answers), line)

        return await take_lines(execution[FILE], PublishTip.inputs, reads, take, PLAN.name)

    async def _one(self, execution: Execution, line: FileLine) -> Post | None:
        """Publish one tip and return the new post; None if the tip was already published from the same line. Raises
        Wrong if the line is invalid or its key belongs to another post.
        """
        plan, facts, content = await self.publish_tip.draft(execution)
        earlier_pick = await execution.uow.of(POSTS_KEY).by_key(line.key)
        if earlier_pick is not None:
            if earlier_pick.plan_id != plan.id or not await was_published_as(execution.uow, earlier_pick, facts):
                raise Wrong("tip_key", question=KEY, given=line.key[:60])
            return None
        pick = self.publish_tip.accept(line.key, plan, facts, content, execution)
        if not await execution.uow.of(POSTS_KEY).add_if_new(pick):
            raise Wrong("tip_key", question=KEY, given=line.key[:60])
        await publish(execution.uow, pick, facts, execution.at, origin_of(execution.actor))
        return pick
