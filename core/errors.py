"""Errors, named by the remedy.

AppError
├── RuleBroken         the user asked for what the rules refuse: tell the user
├── BrokerUnavailable  no usable answer came: reads may be retried, writes are UNKNOWN
├── BrokerRejected     the broker said no
├── LoginNeeded        the token is missing or dead: log in again
├── BadData            the outside sent nonsense: count it, show it, keep the last good
├── SettingsProblem    the desk cannot start as configured: say which setting and what to do
└── StorageProblem     home or database cannot be used: say which, why and what to do
"""


class AppError(Exception):
    """Anything the desk can explain; its text is fit to be shown to the user."""


class RuleBroken(AppError):
    pass


class BrokerUnavailable(AppError):
    pass


class BrokerRejected(AppError):
    """The broker answered with an error; `code` is its own (for example UDAPI100011)."""

    def __init__(self, message: str, *, code: str = "", http_status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.http_status = http_status


class LoginNeeded(AppError):
    pass


class BadData(AppError):
    pass


class SettingsProblem(AppError):
    pass


class StorageProblem(AppError):
    pass
