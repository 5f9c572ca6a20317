"""Set up the sandbox's world for the containers: people, bots, accounts, and an env file that all processes read.

`scene.py FOLDER DATABASE_URL`: FOLDER is the volume that the containers share, in which the sandbox stores its world.
"""

from __future__ import annotations

import sys
from pathlib import Path

from umbral import env_file
from umbral.demo.folder import Folder
from umbral.demo.participants import create_participants
from umbral.demo.seller import open_accounts
from umbral.demo.settings import SandboxAddress, settings_of

PORTS = {"web": 8000, "ops": 8001}


def main(folder: Folder, database_url: str) -> None:
    """Prepare everything that the product's containers need to start. Idempotent."""
    address = SandboxAddress.read(folder.root / "sandbox.ready")
    participants = create_participants(address.url, folder.participants)
    settings = settings_of(folder.secrets(), address, participants, database_url, PORTS)
    env_file.write(folder.env_file, settings | open_accounts(address.url, settings))


if __name__ == "__main__":
    main(Folder(Path(sys.argv[1])), sys.argv[2])
