"""Dialogues with the operator's people: begun, answered, ended; kept between one message and the next."""

from dataclasses import dataclass

from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class KeepDialogues:
    """One open dialogue per person; a new one replaces what was left open."""

    units: UnitOfWorkFactory
    clock: Clock

    async def begin(self, person: TelegramId, kind: str, step: str, **answers: str) -> Dialogue:
        """answers: those that need no asking."""
        dialogue = Dialogue.begin(person, kind, step, self.clock.now(), **answers)
        async with self.units() as uow:
            await uow.dialogues.save(dialogue)
            await uow.commit()
        return dialogue

    async def get_dialogue(self, person: TelegramId) -> Dialogue | None:
        """The one that waits for this person's answer."""
        async with self.units() as uow:
            return await uow.dialogues.find(person, self.clock.now())

    async def keep(self, dialogue: Dialogue, step: str) -> None:
        """Remember the answers, and which question is open now."""
        dialogue.go(step, self.clock.now())
        async with self.units() as uow:
            await uow.dialogues.save(dialogue)
            await uow.commit()

    async def asked_in(self, person: TelegramId, message_id: int) -> int | None:
        """Remember which message asks now; which one did before, where that is another."""
        async with self.units() as uow:
            dialogue = await uow.dialogues.find(person, self.clock.now(), lock=True)
            if dialogue is None or dialogue.message_id == message_id:
                return None
            previous_id, dialogue.message_id = dialogue.message_id, message_id
            await uow.dialogues.save(dialogue)
            await uow.commit()
        return previous_id

    async def end(self, dialogue: Dialogue) -> None:
        """It led to what it was for, or was broken off. Another one begun meanwhile stays."""
        async with self.units() as uow:
            known_dialogue = await uow.dialogues.find(dialogue.person, self.clock.now(), lock=True)
            if known_dialogue is not None and known_dialogue.id == dialogue.id:
                await uow.dialogues.end(dialogue.person)
                await uow.commit()
