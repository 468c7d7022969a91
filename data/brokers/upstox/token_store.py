"""The broker's token: one in memory, one encrypted copy in home, and word to who needs it."""

import asyncio
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

import orjson
import structlog
from cryptography.fernet import Fernet, InvalidToken
from pydantic import AwareDatetime, BaseModel, SecretStr, ValidationError

from core.errors import LoginNeeded

log = structlog.get_logger(__name__)

SERVICE: Final = "strikedesk"
OWNER_ONLY: Final = 0o600


class Token(BaseModel):
    """What lets us in, until when, and as whom; `expires_at` None for one without a fixed end."""

    model_config = {"frozen": True, "extra": "forbid"}

    access: SecretStr
    user_id: str
    user_name: str
    expires_at: AwareDatetime | None
    read_only: bool = False


class TokenStore:
    """Holds the token of one account.

    `refused` is true from the first 401 until another token is kept. Listeners are called after
    every change; `next_change` is for streams that wait for one.
    """

    def __init__(self, home: Path, name: str, *, use_keyring: bool = True) -> None:
        self._file = home / "secrets" / f"{name}.token"
        self._key_file = home / "secrets" / f"{name}.key"
        self._name = name
        self._use_keyring = use_keyring
        self._listeners: list[Callable[[], None]] = []
        self._next = asyncio.Event()
        self.token: Token | None = None
        self.refused = False
        self.generation = 0

    def listen(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def live(self, now: datetime) -> Token:
        """The token, if it can be used now; raises LoginNeeded with the reason otherwise."""
        token = self.token
        if token is None:
            raise LoginNeeded("not logged in to the broker")
        if self.refused:
            raise LoginNeeded("the broker no longer accepts this login: log in again")
        if token.expires_at is not None and now >= token.expires_at:
            raise LoginNeeded("the login ended at 03:30: log in again")
        return token

    def hold(self, token: Token) -> None:
        """Use `token` from now on, in memory only."""
        self.token, self.refused = token, False
        self.generation += 1
        self._tell()

    async def keep(self, token: Token) -> None:
        """Use `token` from now on, and remember it on disk."""
        await asyncio.to_thread(self._save, token)
        self.hold(token)

    async def load(self) -> None:
        """Take up the token remembered on disk, if there is one that can be read."""
        token = await asyncio.to_thread(self._read)
        if token is not None:
            self.hold(token)

    async def forget(self) -> None:
        await asyncio.to_thread(self._file.unlink, True)
        self.token, self.refused = None, False
        self.generation += 1
        self._tell()

    def refuse(self, access: str) -> None:
        """The broker answered 401 to `access`; an answer to an older token changes nothing."""
        held = self.token
        if held and not self.refused and held.access.get_secret_value() == access:
            self.refused = True
            log.warning("login.refused")
            self._tell()

    async def next_change(self) -> None:
        await self._next.wait()

    def _tell(self) -> None:
        self._next.set()
        self._next = asyncio.Event()
        for listener in self._listeners:
            listener()

    def _save(self, token: Token) -> None:
        fields = token.model_dump(mode="json") | {"access": token.access.get_secret_value()}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        _write_private(self._file, self._fernet().encrypt(orjson.dumps(fields)))

    def _read(self) -> Token | None:
        try:
            return Token.model_validate_json(self._fernet().decrypt(self._file.read_bytes()))
        except FileNotFoundError:
            return None
        except (InvalidToken, ValidationError, OSError) as problem:
            log.warning("login.unreadable", problem=type(problem).__name__)
            return None

    def _fernet(self) -> Fernet:
        return Fernet(self._keyring_key() or self._key_in_file())

    def _key_in_file(self) -> bytes:
        try:
            return self._key_file.read_bytes()
        except FileNotFoundError:
            key = Fernet.generate_key()
            self._key_file.parent.mkdir(parents=True, exist_ok=True)
            _write_private(self._key_file, key)
            return key

    def _keyring_key(self) -> bytes | None:
        """The key in the operating system's keyring; None where there is no usable one."""
        if not self._use_keyring or self._key_file.exists():
            return None
        import keyring
        import keyring.errors

        try:
            if keyring.get_keyring().priority < 1:
                return None
            kept = keyring.get_password(SERVICE, self._name)
            if kept is None:
                kept = Fernet.generate_key().decode()
                keyring.set_password(SERVICE, self._name, kept)
            return kept.encode()
        except (keyring.errors.KeyringError, RuntimeError) as problem:
            log.warning("keyring.unusable", problem=str(problem))
            return None


def _write_private(path: Path, content: bytes) -> None:
    """Replace `path` in one step by a file that only its owner can read."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    fresh.replace(path)


def fixed_token(access: str) -> Token:
    """An analytics token, given in the settings: read-only, without a fixed end."""
    return Token(
        access=SecretStr(access),
        user_id="",
        user_name="analytics token",
        expires_at=None,
        read_only=True,
    )
