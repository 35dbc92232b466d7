from __future__ import annotations

import pytest

from buildplan.config.mistakes import Mistakes
from buildplan.config.variables import sorted_out
from buildplan.errors import ConfigError
from buildplan.model.origin import environment
from buildplan.model.requests import VariableRequest
from buildplan.model.secrets import looks_secret


@pytest.mark.parametrize(
    "name",
    [
        "API_KEY",
        "APIKEY",
        "APP_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "DB_PASS",
        "DB_PASSWORD",
        "DJANGO_SECRET_KEY",
        "GITHUB_TOKEN",
        "JWT_SECRET",
        "NPM_TOKEN",
        "OPENAI_API_KEY",
        "PGPASSWORD_2_PASSWORD",
        "RAILS_MASTER_KEY",
        "SECRET_KEY_BASE",
        "SMTP_PWD",
        "SSH_PRIVATE_KEY",
        "SUPABASE_SERVICE_ROLE_KEY",
        "apiKey",
        "dbPassword",
        "stripe_api_key",
    ],
)
def test_names_of_secrets_are_recognised(name: str) -> None:
    assert looks_secret(name, "abcdef123456")


@pytest.mark.parametrize(
    "name",
    [
        "AWS_ACCESS_KEY_ID",
        "CACHE_KEY",
        "JWT_EXPIRES_IN",
        "KEYBOARD",
        "MAX_TOKENS",
        "MONKEY",
        "NEXT_PUBLIC_API_KEY",
        "NODE_ENV",
        "PASSENGER_APP_ENV",
        "PASSWORD_MIN_LENGTH",
        "PORT",
        "PRIMARY_KEY",
        "PWD",
        "SECRET_NAME",
        "STRIPE_PUBLISHABLE_KEY",
        "SUPABASE_ANON_KEY",
        "TOKENIZERS_PARALLELISM",
        "TOKEN_URL",
        "VITE_FIREBASE_API_KEY",
    ],
)
def test_names_that_only_resemble_secrets_are_not(name: str) -> None:
    assert not looks_secret(name, "abcdef123456")


@pytest.mark.parametrize(
    "value",
    [
        "postgres://user:hunter2@db:5432/app",
        "redis://:hunter2@cache:6379",
        "-----BEGIN RSA PRIVATE KEY-----",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "AKIAIOSFODNN7EXAMPLE",
        "xoxb-123456789012-abcdef",
    ],
)
def test_values_of_secrets_are_recognised_under_any_name(value: str) -> None:
    assert looks_secret("SETTING", value)


@pytest.mark.parametrize(
    "value", ["https://example.org/a:b@c", "postgres://db:5432/app", "skating-rink", "npm_config", "ghp_"]
)
def test_harmless_values_are_kept(value: str) -> None:
    assert not looks_secret("SETTING", value)


@pytest.mark.parametrize("value", ["", "true", "false", "0", "1"])
def test_a_switch_is_no_secret_whatever_its_name(value: str) -> None:
    assert not looks_secret("USE_TOKEN", value)


def test_a_path_to_credentials_is_no_secret() -> None:
    assert not looks_secret("GOOGLE_APPLICATION_CREDENTIALS", "/app/key.json")
    assert looks_secret("GOOGLE_APPLICATION_CREDENTIALS", '{"private_key": "x"}')


def test_a_dropped_value_is_shown_nowhere() -> None:
    mistakes = Mistakes()
    request = VariableRequest("hunter2", environment("DB_PASSWORD"))
    kept, secrets, diagnostics = sorted_out([("DB_PASSWORD", request)], mistakes)
    assert kept == {}
    assert [item.value for item in secrets] == ["DB_PASSWORD"]
    assert "hunter2" not in repr((secrets, diagnostics))
    assert "secret = false" in (diagnostics[0].fix or "")


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "A.B", "A=B", "Ä", "A\n", "$A"])
def test_a_name_that_no_shell_knows_is_a_mistake(name: str) -> None:
    mistakes = Mistakes()
    sorted_out([(name, VariableRequest("x", environment(name)))], mistakes)
    with pytest.raises(ConfigError, match="is no name for a variable"):
        mistakes.raise_all()


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b", "a\nRUN reboot"])
def test_a_value_of_several_lines_is_a_mistake_that_does_not_show_it(value: str) -> None:
    mistakes = Mistakes()
    sorted_out([("CERT", VariableRequest(value, environment("CERT")))], mistakes)
    with pytest.raises(ConfigError, match="more than one line") as caught:
        mistakes.raise_all()
    assert "RUN" not in str(caught.value)
