"""Texts of the wizard, the setup page and the doctor, one TOML file per language in this folder."""

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
"""Folder of the text files."""
