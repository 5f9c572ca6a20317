"""Stored dialogs of staff with the bot, each with its current step and the answers so far."""

from dataclasses import dataclass

from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class KeepDialogues:
    """Store of one open dialog per person. A new dialog replaces an open one."""

    units: UnitOfWorkFactory
    clock: Clock

    async def begin(self, person: TelegramId, kind: str, step: str, **answers: str) -> Dialogue:
        """Begin a dialog and store it. `answers`: answers that are already known and need no question."""
        dialogue = Dialogue.begin(person, kind, step, self.clock.now(), **answers)
        async with self.units() as uow:
            await uow.dialogues.save(dialogue)
            await uow.commit()
        return dialogue

    async def get_dialogue(self, person: TelegramId) -> Dialogue | None:
        """Return the dialog that awaits this person's answer; None if there is none."""
        async with self.units() as uow:
            return await uow.dialogues.find(person, self.clock.now())

    async def keep(self, dialogue: Dialogue, step: str) -> None:
        """Save the answers and the current step."""
        dialogue.go(step, self.clock.now())
        async with self.units() as uow:
            await uow.dialogues.save(dialogue)
            await uow.commit()

    async def asked_in(self, person: TelegramId, message_id: int) -> int | None:
        """Record the id of the message that contains the current question. If an earlier message contained it, return
        the id of that message, otherwise None.
        """
        async with self.units() as uow:
            dialogue = await uow.dialogues.find(person, self.clock.now(), lock=True)
            if dialogue is None or dialogue.message_id == message_id:
                return None
            previous_id, dialogue.message_id = dialogue.message_id, message_id
            await uow.dialogues.save(dialogue)
            await uow.commit()
        return previous_id

    async def end(self, dialogue: Dialogue) -> None:
        """End a dialog that was completed or canceled. A dialog that was started in the meantime is kept."""
        async with self.units() as uow:
            known_dialogue = await uow.dialogues.find(dialogue.person, self.clock.now(), lock=True)
            if known_dialogue is not None and known_dialogue.id == dialogue.id:
                await uow.dialogues.end(dialogue.person)
                await uow.commit()
