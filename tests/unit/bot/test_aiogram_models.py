"""Check that the bot's process builds aiogram's models only on first use, and that all of them can be built."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

PROBE = """
import json, sys
{imports}
import aiogram.methods, aiogram.types
from aiogram.methods.base import Response
from pydantic import BaseModel

def models():
    named = {{getattr(each, name) for each in (aiogram.types, aiogram.methods) for name in each.__all__}}
    return sorted((each for each in named if isinstance(each, type) and issubclass(each, BaseModel)), key=str)

def main():
    built = [each.__name__ for each in models() if each.__pydantic_complete__]
    message = {{"message_id": 1, "date": 1, "chat": {{"id": 7, "type": "private"}}, "text": "/start",
        "entities": [{{"type": "bot_command", "offset": 0, "length": 6}}],
        "from": {{"id": 7, "is_bot": False, "first_name": "Ana"}}}}
    update = aiogram.types.Update.model_validate({{"update_id": 1, "message": message}})
    answer = Response[aiogram.types.Message].model_validate({{"ok": True, "result": message}})
    sent = aiogram.methods.SendMessage(chat_id=7, text="Hola", reply_markup=aiogram.types.ReplyKeyboardRemove())
    read = [each.model_dump_json(exclude_none=True, warnings=False, exclude={{"parse_mode", "link_preview_options",
        "protect_content", "disable_web_page_preview"}}) for each in (update, answer, sent)]
    broken = []
    for each in models():
        try:
            each.__pydantic_validator__.title
            each.model_rebuild()
        except Exception as error:
            broken.append(f"{{each.__name__}}: {{error}}")
    print(json.dumps({{"built": len(built), "read": read, "broken": broken, "models": len(models())}}))

main()
"""


def probe(imports: str) -> dict[str, Any]:
    """Run the probe script in a Python process that begins with these imports, and return the script's output."""
    ran = subprocess.run(
        [sys.executable, "-c", PROBE.format(imports=imports)], capture_output=True, text=True, check=True
    )
    return dict(json.loads(ran.stdout))


def test_aiogram_models_built_on_first_use_parse_like_models_built_at_import() -> None:
    lean, full = probe("from bot.aiogram_models import import_aiogram; import_aiogram()"), probe("import aiogram")

    assert (lean["broken"], full["broken"]) == ([], [])
    assert lean["read"] == full["read"]
    assert lean["models"] == full["models"]
    assert lean["built"] * 3 < full["built"]
