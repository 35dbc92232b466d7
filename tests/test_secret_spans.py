"""Secrets in a shell line become references to variables; all else stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildplan.model.secret_spans import holds_secret, masked, referenced

TOKEN = "ghp_" + "a1" * 18


@pytest.mark.parametrize(
    ("line", "safe"),
    [
        ("API_TOKEN=abc node server.js", "node server.js"),
        ('NODE_ENV=production API_TOKEN="a b" node server.js', "NODE_ENV=production node server.js"),
        ('API_TOKEN=a"b"c node server.js', "node server.js"),
        (r"API_TOKEN=a\ b node server.js", "node server.js"),
        ("cross-env DB_PASSWORD=abc node server.js", "cross-env node server.js"),
        ("export PGPASSWORD=abc && node server.js", "export PGPASSWORD && node server.js"),
        ("docker run -e API_TOKEN=abc x", 'docker run -e API_TOKEN="${API_TOKEN}" x'),
        ("node a.js --password abc", 'node a.js --password "${PASSWORD}"'),
        ("node a.js --api-token='a b' x", 'node a.js --api-token="${API_TOKEN}" x'),
        ("node a.js --authToken abc", 'node a.js --authToken "${AUTH_TOKEN}"'),
        ("node a.js -p hunter2s3cret", 'node a.js -p "${PASSWORD}"'),
        ("./bin/app -p hunter2s3cret", './bin/app -p "${PASSWORD}"'),
        ("java -Dspring.datasource.password=abc -jar a.jar", None),
        ("go run . -token abc -secret=def", 'go run . -token "${TOKEN}" -secret="${SECRET}"'),
        ("node a.js --token abc --token def", 'node a.js --token "${TOKEN}" --token "${TOKEN_2}"'),
        ("mysql -uroot -pabc db", 'mysql -uroot -p"${PASSWORD}" db'),
        ("redis-cli -a abc ping", 'redis-cli -a "${PASSWORD}" ping'),
        ("curl -u me:abc http://x/", 'curl -u me:"${PASSWORD}" http://x/'),
        ('curl -H "Authorization: Bearer abc" x', 'curl -H "Authorization: Bearer ${AUTHORIZATION}" x'),
        ("curl -H 'X-Api-Key: abc' x", "curl -H 'X-Api-Key: '\"${X_API_KEY}\" x"),
        ("git clone https://u:abc@h/x", 'git clone https://u:"${HTTPS_PASSWORD}"@h/x'),
        ("git clone https://abc@h/x", 'git clone https://"${HTTPS_TOKEN}"@h/x'),
        ("a 'postgres://u:p@ss@h/d'", "a 'postgres://u:'\"${POSTGRES_PASSWORD}\"'@h/d'"),
        ('a "jdbc:x://h/d?user=a&password=abc"', 'a "jdbc:x://h/d?user=a&password=${PASSWORD}"'),
        ('a "Server=h;Password=abc;"', 'a "Server=h;Password=${PASSWORD};"'),
        ("sh -c 'API_TOKEN=abc node a'", "sh -c 'API_TOKEN='\"${API_TOKEN}\"' node a'"),
        ('sh -c "node a --password abc"', 'sh -c "node a --password ${PASSWORD}"'),
        ("node a --token=${TOKEN:-abcdef}", "node a --token=${TOKEN}"),
        (f"node a {TOKEN}", 'node a "${GITHUB_TOKEN}"'),
        ("npm config set //r.example.com/:_authToken abc", None),
        ("npm config set //r.example.com/:_authToken=abc", None),
        ("bundle config set gems.example.com me:abc", None),
        ("composer config github-oauth.github.com abc", None),
        ("composer config http-basic.example.com me abc", None),
        ("aws configure set aws_secret_access_key abc", None),
        ('echo "machine h login x password abc" > ~/.netrc', None),
        ('echo \'{"token": "abcdef"}\' > x', None),
        ("curl https://hooks.slack.com/services/T0/B0/abc", None),
        ("node a --jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc", None),
        ('CMD ["node", "a.js", "--password", "abc"]', 'CMD ["node", "a.js", "--password", "${PASSWORD}"]'),
        ("elixir --cookie abc -S mix run", 'elixir --cookie "${COOKIE}" -S mix run'),
    ],
)
def test_a_secret_of_a_line_becomes_a_reference(line: str, safe: str | None) -> None:
    names: dict[str, str] = {}
    made = referenced(line, names)
    assert made == safe if safe is not None else made != line
    assert names
    assert not any(value in made for value in names.values() if value not in {"a", "p"})
    assert not any(value in masked(line) for value in names.values())


@pytest.mark.parametrize(
    "line",
    [
        "npm ci && npm run build",
        "node server.js -p 3000",
        "node --require ./a.js server.js --key ./server.key",
        "node a --max-tokens 4096 --token-file x --password-file /run/secrets/p",
        'node a --token=$TOKEN --password "$PW" --secret ${SECRET} --pass $(cat x)',
        "API_TOKEN=$TOKEN git clone https://oauth2:$TOKEN@host/x",
        "git clone ssh://git@github.com/a/b",
        "SECRET_KEY_BASE=dummy rails assets:precompile",
        "SECRET_KEY_BASE_DUMMY=1 ./bin/rails assets:precompile",
        "mongod --auth --bind_ip_all",
        "tsc -p tsconfig.json",
        "gunicorn -b 0.0.0.0:$PORT app:app --access-logfile -",
        "./app --auth-type basic --keyboard x",
        "openssl enc -pass env:PASS",
        "npm_config_cache_folder=/x npm ci",
        "mix phx.gen.secret",
    ],
)
def test_a_line_without_a_secret_stays(line: str) -> None:
    names: dict[str, str] = {}
    assert referenced(line, names) == line
    assert not names
    assert masked(line) == line


def test_a_value_with_an_option_in_it_holds_a_secret() -> None:
    assert holds_secret("JAVA_OPTS", "-Xmx1g -Dspring.datasource.password=abc")
    assert not holds_secret("JAVA_OPTS", "-Xmx1g -Dspring.profiles.active=prod")


PIECES = st.sampled_from(
    [
        *("node", "sh", "-c", "--password", "--token=", "-p", "API_TOKEN=", "export", "'", '"', " ", " ", "=", ":"),
        *("abc1", "x;y", "$A", "${A}", "`", "\\", "https://u:pw@h", "curl", "-u", "a:b", "Authorization: Bearer ", "["),
        *('"a"', ",", "]", "mysql", "-pabc", "&&", "password", "${TOKEN:-abc}", "•••", "\n", f" {TOKEN}", f"/{TOKEN}"),
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_a_masked_text_holds_none_of_what_was_found(text: str) -> None:
    names: dict[str, str] = {}
    safe = referenced(text, names)
    again: dict[str, str] = {}
    referenced(safe, again)
    # What is a reference already is left alone.
    assert not any(TOKEN in value for value in again.values()), (text, safe)
    assert TOKEN not in masked(text)
    assert TOKEN not in safe
