"""Configuration: the environment first, then config.toml, and every mistake by its name."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from core.errors import ConfigurationError
from core.settings import Settings, check_base_url, is_loopback, load
from core.workspace import opened
from tasks.queue import make_queue


def toml(home: Path, text: str) -> None:
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text(text)


def test_everything_has_a_default_inside_the_home(home: Path) -> None:
    found = load()
    assert found.home == home
    assert found.database == f"sqlite:///{home}/crossdock.db"
    assert found.queue == f"sqlite:///{home}/queue.db"
    assert found.key_path == home / "key"
    assert (found.log_level, found.log_format, found.key, found.token) == ("info", "text", None, None)
    assert not home.exists()


def test_the_environment_wins_over_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml(home, 'log_level = "debug"\nlog_format = "json"\n')
    monkeypatch.setenv("CROSSDOCK_LOG_LEVEL", "warning")
    found = load()
    assert (found.log_level, found.log_format) == ("warning", "json")


def test_database_queue_and_key_may_live_elsewhere(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", "postgresql+psycopg://db/x")
    monkeypatch.setenv("CROSSDOCK_QUEUE_URL", "redis://cache/0")
    monkeypatch.setenv("CROSSDOCK_KEY_FILE", "/run/keys/crossdock")
    found = load()
    assert (found.database, found.queue) == ("postgresql+psycopg://db/x", "redis://cache/0")
    assert found.key_path == Path("/run/keys/crossdock")


def test_a_credential_of_systemd_is_the_key_when_it_is_there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = home.parent / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    assert load().key_path == home / "key"
    (folder / "crossdock.key").touch()
    assert load().key_path == folder / "crossdock.key"
    monkeypatch.setenv("CROSSDOCK_KEY_FILE", str(home / "mine"))
    assert load().key_path == home / "mine"


def test_the_level_may_be_written_in_capitals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSDOCK_LOG_LEVEL", "DEBUG")
    assert load().log_level == "debug"


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSDOCK_KEY", "planted-key")
    monkeypatch.setenv("CROSSDOCK_TOKEN", "planted-token")
    found = load()
    assert "planted" not in repr(found) + str(found)
    assert found.key is not None
    assert found.key.get_secret_value() == "planted-key"


def test_settings_do_not_change(home: Path) -> None:
    with pytest.raises(ValidationError):
        load().log_level = "debug"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("SPAPI_URL", "not an address"),
        ("SPAPI_URL", "http://sandbox.example:8000"),
        ("LWA_URL", "https://user:planted@lwa.example"),
        ("AWS_URL", "https://sqs.example/?x=1"),
        ("SELLER_CENTRAL_URL", "ftp://127.0.0.1"),
        ("STORE_TIMEOUT", "0"),
        ("STORE_TIMEOUT", "soon"),
        ("SETTLE_SECONDS", "-1"),
    ],
)
def test_a_wrong_value_names_its_variable_and_keeps_secrets(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"CROSSDOCK_{name}", value)
    with pytest.raises(ConfigurationError) as caught:
        load()
    assert caught.value.what.startswith(f"CROSSDOCK_{name}: ")
    assert "planted" not in str(caught.value)
    assert caught.value.exit_code == 3


def test_an_unknown_key_of_the_file_is_named(home: Path) -> None:
    toml(home, 'log_levle = "debug"\n')
    with pytest.raises(ConfigurationError, match=r"config\.toml: there is no setting 'log_levle'") as caught:
        load()
    assert "log_level" in caught.value.next_step


def test_a_wrong_value_of_the_file_is_named(home: Path) -> None:
    toml(home, "settle_seconds = -1\n")
    with pytest.raises(ConfigurationError, match=r"config\.toml: settle_seconds"):
        load()


def test_a_wrong_variable_is_named_though_the_file_is_right(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml(home, "settle_seconds = 5\n")
    monkeypatch.setenv("CROSSDOCK_SETTLE_SECONDS", "-1")
    with pytest.raises(ConfigurationError, match=r"^CROSSDOCK_SETTLE_SECONDS: "):
        load()


@pytest.mark.parametrize("name", ["what?", "100%20", "a#b", "with space", "größer+1"])
def test_a_home_may_have_any_name(tmp_path: Path, name: str) -> None:
    settings = Settings(home=tmp_path / name)
    with opened(settings) as workspace:
        assert workspace.database.url.database == str(tmp_path / name / "crossdock.db")
    assert make_queue(settings).pending_count() == 0
    assert {path.name for path in (tmp_path / name).iterdir()} >= {"crossdock.db", "queue.db", "key"}
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_that_is_no_toml_is_named(home: Path) -> None:
    toml(home, "log_level = \n")
    with pytest.raises(ConfigurationError, match=r"config\.toml"):
        load()


def test_unknown_variables_of_the_environment_do_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSDOCK_SPAPI_MODELS", "/somewhere")
    assert load().spapi_url == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000",
        "http://127.9.9.9",
        "http://localhost",
        "http://shop.localhost:8000",
        "http://[::1]:8000",
    ],
)
def test_plain_http_is_taken_from_this_machine(url: str) -> None:
    assert is_loopback(url)
    assert check_base_url(url + "//") == url


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example",
        "http://127.0.0.1.shop.example",
        "http://localhost.shop.example",
        "http://10.0.0.1",
        "http://0.0.0.0:8000",
        "http://[fe80::1]",
        "http://2130706433.example",
        "http://notlocalhost",
    ],
)
def test_plain_http_to_others_is_refused(url: str) -> None:
    assert not is_loopback(url)
    with pytest.raises(ValueError, match="https"):
        check_base_url(url)


def test_https_may_go_anywhere_and_loses_its_last_slash() -> None:
    assert check_base_url("https://shop.example:8443/de/") == "https://shop.example:8443/de"


@pytest.mark.parametrize(
    "url",
    [
        *("", "shop.example", "//shop.example", "https://", "https:///path", "file:///etc/passwd", "http://[::1"),
        *(
            "https://user@shop.example",
            "https://user:pw@shop.example",
            "https://shop.example?x",
            "https://shop.example#x",
        ),
    ],
)
def test_what_is_no_base_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        check_base_url(url)
