"""The settings page shows what the desk runs with, and never a secret."""

from core.settings import in_force, load

GIVEN = {
    "database_url": "postgresql+psycopg://desk:hunter2@db.example/strikedesk?password=hunter3",
    "password": "correct horse",
    "upstox": {"api_key": "key-1234", "api_secret": "secret-5678", "analytics_token": "eyJabc"},
}


def shown() -> dict[str, str]:
    return {line.name: line.value for line in in_force(load({}, None, GIVEN))}


def test_secrets_are_named_but_never_shown():
    text = repr(in_force(load({}, None, GIVEN)))
    for secret in ("hunter2", "hunter3", "correct horse", "key-1234", "secret-5678", "eyJabc"):
        assert secret not in text
    assert shown()["STRIKEDESK_UPSTOX__API_SECRET"] == "set, hidden"
    assert (
        shown()["STRIKEDESK_DATABASE_URL"]
        == "postgresql+psycopg://desk:•••@db.example/strikedesk?password=•••"
    )


def test_what_was_not_chosen_is_marked_as_the_default():
    lines = {line.name: line for line in in_force(load({}, None, GIVEN))}
    assert not lines["STRIKEDESK_PORT"].chosen
    assert lines["STRIKEDESK_PORT"].value == "8080"
    assert lines["STRIKEDESK_PASSWORD"].chosen
