"""Texts of the setup wizard, the setup page in the browser and the command `umbral doctor`, one TOML file per language
in this folder.
"""

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
"""Folder of the text files."""
