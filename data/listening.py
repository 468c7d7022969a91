"""Where the desk listens: whether the place is this machine's own, and free."""

import socket
import sys

from core.errors import AppError


def is_loopback(host: str | None) -> bool:
    return host is not None and (host in ("localhost", "::1") or host.startswith("127."))


def refuse_taken_port(host: str, port: int) -> None:
    """Before anything is started: a second desk must not disturb the first."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise AppError(
                f"Cannot listen on {host}:{port}: {problem.strerror}. Stop what uses the port, or"
                f" choose another: --port {min(port + 1, 65535)}"
            ) from problem
