"""What a history does not keep, and what it keeps although it looks alike."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from palm_ual.console.own_files.secrets import holds_secret
from tests.docs.readme import blocks, read_readme
from tests.test_transcripts import FOLDER as TRANSCRIPTS

SECRET_KEYS = [
    "password",
    "PASSWORD",
    "Passwd",
    "pwd",
    "pass",
    "pin",
    "pass2",
    "db_pass",
    "DB_PASSWORD",
    "dbpassword",
    "userPassword2",
    "passwords",
    "passphrase",
    "secret",
    "clientSecret",
    "client-secret",
    "clientsecret",
    "secrets",
    "aws.secret.key",
    "vault/secret_id",
    "token",
    "TOKEN",
    "auth_token",
    "authToken",
    "accesstoken",
    "refresh_tokens",
    "api_key",
    "apikey",
    "apiKey",
    "APIKey",
    "openaiApiKey",
    "OPENAI_API_KEY",
    "x-api-key",
    "api key",
    "pass word",
    "pass-phrase",
    "access_key",
    "access_key_id",
    "accessKey",
    "private_key",
    "privateKeyPem",
    "signing_key",
    "ssh_key",
    "credential",
    "credentials",
    "credential_json",
    "auth",
    "basic_auth",
    "oauth",
    "Authorization",
    "bearer",
    "session_cookie",
    "jwt",
    "otp",
    "seed_phrase",
    "mnemonic",
]
OTHER_KEYS = [
    "price",
    "service",
    "key",
    "sort_key",
    "keyboard",
    "monkey",
    "author",
    "authority",
    "pass_rate",
    "passes",
    "bypass",
    "compass",
    "pinned",
    "spin",
    "tokens",
    "max_tokens",
    "total_tokens",
    "token_count",
    "tokenCount",
    "max_token",
    "token_count2",
    "token_symbol",
    "secret_name",
    "password_file",
    "api_key_path",
    "credentials_url",
    "auth_method",
    "secretary",
    "tokenizer",
    "seed",
    "hash",
    "account",
]


@pytest.mark.parametrize("key", SECRET_KEYS)
@pytest.mark.parametrize(
    "form",
    [
        'DEPLOY buyer WITH {"KEY": "x"}',
        'DEPLOY buyer WITH {"price": 5, "deep": [{"KEY":"x"}]}',
        'DEPLOY buyer LABELS {"KEY" : 7}',
        'SET AGENT buyer_001 {"KEY": ["a"]}',
        'DEPLOY buyer WITH {"a": "never closed, "KEY": "x',
        "DEPLOY buyer WITH {'KEY': 'x'}",
        'DEPLOY bu?yer WITH {"KEY"\n\t: "x"}',
        'SUBMIT route {"note": "{\\"KEY\\": \\"x\\"}"}',
    ],
)
def test_a_value_under_such_a_key_is_a_secret(key: str, form: str) -> None:
    assert holds_secret(form.replace("KEY", key))


@pytest.mark.parametrize("key", OTHER_KEYS)
@pytest.mark.parametrize("form", ['DEPLOY buyer WITH {"KEY": "x"}', "DEPLOY buyer WITH {KEY: 5", "KEY = 'x'"])
def test_a_value_under_another_key_is_none(key: str, form: str) -> None:
    assert not holds_secret(form.replace("KEY", key))


@pytest.mark.parametrize(
    "text", ["password=x", "SET token = 'x'", "{password: x", "the password: x", "secret => x"]
)
def test_a_key_needs_no_quotes(text: str) -> None:
    assert holds_secret(text)


@pytest.mark.parametrize("value", ["null", "true", "false", '""', " NULL"])
def test_a_key_that_says_nothing_is_kept(value: str) -> None:
    assert not holds_secret(f'UPDATE fleet WITH {{"password":{value}}}')
    assert not holds_secret(f'UPDATE fleet WITH {{"password":{value}, "price": 5}}')
    assert holds_secret(f'UPDATE fleet WITH {{"password":{value}, "token": "x"}}')


@pytest.mark.parametrize("value", ['"nullable"', "nullable", '"null"', "123456", "[null]", '{"x": 1}', '" "'])
def test_whatever_else_stands_there_is_a_secret(value: str) -> None:
    assert holds_secret(f'{{"token": {value}')


@pytest.mark.parametrize(
    "value",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "github_pat_11ABCDEFG0abcdefghijkl_mnop",
        "glpat-abcdefghij1234567890",
        "sk-abcdefghijklmnopqrstuvwx12345678",
        "sk-proj-abcdefghijklmnopqrstuvwx",
        "sk-ant-api03-AbCdEfGhIjKlMnOpQrSt",
        "sk_live_abcdefghijkl",
        "xoxb-123456789012-abcdefghijkl",
        "AIzaSyA1234567890abcdefghijklmnopqrstuvw",
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "postgres://admin:hunter2@db/prod",
        "redis://:hunter2@cache:6379/0",
        "Bearer abcdefghijklmnop123456",
        "https://hooks.slack.com/services/T000/B000/XXXX",
        "https://discord.com/api/webhooks/123/abc",
        "https://acme.webhook.office.com/webhookb2/abc@def/IncomingWebhook/x/y",
        "https://api.telegram.org/bot123456:ABC/sendMessage",
        "0123456789abcdef" * 4,
        "0x" + "0123456789ABCDEF" * 4,
        "password hunter2",
        "the token is a1b2c3d4",
    ],
)
@pytest.mark.parametrize("form", ['DEPLOY buyer WITH {"x": "VALUE"}', "RESTART x BECAUSE 'VALUE'", "VALUE"])
def test_a_value_that_looks_like_a_key_is_a_secret_anywhere(value: str, form: str) -> None:
    assert holds_secret(form.replace("VALUE", value))


@pytest.mark.parametrize(
    "text",
    [
        "DEPLOY secret-agent COUNT 5 AS token-fleet",
        "SHOW AGENTS OF secret-agent WHERE health = ready",
        "DESCRIBE password-fleet",
        "DEPLOY 'tokens.watch:Watcher' COUNT 2",
        'DEPLOY "my.secrets:Vault" WITH {"price": 5}',
        "SHOW DEPLOYMENTS WHERE type = 'auth:Auth'",
        "DESCRIBE TYPE 'auth:Auth'",
        "DRAIN x BECAUSE 'see https://wiki:8080/x and http://host/a@b'",
        "DEPLOY sk-buyers-of-the-trading-fleet-v2",
        "RESTART x BECAUSE 'a new token was given out'",
        "RESTART x BECAUSE 'since password rotation; see https://hooks.example.com/docs'",
        "SCALE token TO 12345",
        "SHOW AGENTS WHERE hash = " + "0123456789abcdef" * 2,
        "HELP SET",
        "",
    ],
)
def test_names_types_and_prose_are_no_secrets(text: str) -> None:
    assert not holds_secret(text)


def test_an_escaped_key_is_read_as_json_reads_it() -> None:
    text = 'DEPLOY buyer WITH {"p\\u0061ssword": "x"}'
    assert json.loads(text[text.index("{") :]) == {"password": "x"}
    assert holds_secret(text)


@pytest.mark.parametrize(
    "piece",
    [
        '"',
        "'",
        "\\",
        '\\"',
        "a",
        "a ",
        " ",
        "a:",
        '"a":',
        "sk-",
        "eyJ",
        "eyJ-",
        "://",
        ":",
        "-----BEGIN ",
        "TYPE  ",
        "password is",
        "password ",
        "password  1",
        "0x",
        "f",
        "https://a.discord",
    ],
)
def test_no_text_takes_long(piece: str) -> None:
    """Every pattern takes as long as the text is, not as its square: for twice the text twice the time."""
    text = piece * (16 * 1024 // len(piece))
    assert least_s(text + text) <= 3 * least_s(text) + 0.05


def least_s(text: str) -> float:
    found = []
    for _ in range(3):
        began_s = time.process_time()
        holds_secret(text)
        holds_secret("TYPE" + text)
        found.append(time.process_time() - began_s)
    return min(found)


@given(some.text())
def test_any_text_is_judged(text: str) -> None:
    assert holds_secret(text) in (True, False)
    assert holds_secret(text + ' {"password": "x"}')


@pytest.mark.parametrize("path", sorted(TRANSCRIPTS.glob("*.ual")), ids=lambda path: path.stem)
def test_no_transcript_is_kept_out(path: Path) -> None:
    assert not holds_secret(path.read_text(encoding="utf-8"))


def test_no_example_of_the_readme_is_kept_out() -> None:
    found = blocks(read_readme(), "ual")
    assert found
    for block in found:
        assert not holds_secret(block.text), block.line
