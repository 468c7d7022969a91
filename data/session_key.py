"""The key that signs the session cookie."""

import os
import secrets
from pathlib import Path


def session_key(home: Path) -> str:
    """Signs the session cookie; made once, readable by its owner only."""
    file = home / "secrets" / "session.key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as opened:
            opened.write(secrets.token_urlsafe(32))
    return file.read_text()
