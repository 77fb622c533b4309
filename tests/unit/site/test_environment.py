"""Settings: read with a hint for every wrong one, written so that only their owner reads them."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from broadsheet.site.environment import SETTINGS, SettingError, is_loopback, read_setting, read_settings, write_settings


def read(home: Path, **values: str) -> dict[str, object]:
    return read_settings({"BROADSHEET_HOME": str(home), **values})


def test_every_setting_has_a_default_that_is_right(tmp_path: Path) -> None:
    values = read(tmp_path)
    assert set(values) == {setting.name for setting in SETTINGS}
    assert values["BROADSHEET_HOME"] == tmp_path
    assert values["BROADSHEET_ADDRESS"] == "http://127.0.0.1:8000"


def test_the_address_follows_the_port(tmp_path: Path) -> None:
    assert read(tmp_path, BROADSHEET_PORT="8123")["BROADSHEET_ADDRESS"] == "http://127.0.0.1:8123"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "broadsheet.env").write_text(
        '# a comment\n\nBROADSHEET_PORT="8001"\nBROADSHEET_TIME_ZONE=Europe/Oslo\n'
    )
    values = read(tmp_path, BROADSHEET_PORT="8002")
    assert values["BROADSHEET_PORT"] == 8002
    assert values["BROADSHEET_TIME_ZONE"] == "Europe/Oslo"


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("BROADSHEET_ADDRESS", "https://Slipway.Example/", "https://slipway.example"),
        ("BROADSHEET_ADDRESS", "http://[::1]:8000", "http://[::1]:8000"),
        ("BROADSHEET_HOST", "localhost", "127.0.0.1"),
        ("BROADSHEET_HOST", "[::1]", "::1"),
        ("BROADSHEET_LANGUAGES", "en, nb pt-BR", ("en", "nb", "pt-br")),
        ("BROADSHEET_DEBUG", "yes", True),
        ("BROADSHEET_TRUSTED_PROXIES", "", (ip_network("127.0.0.0/8"), ip_network("::1"))),
        ("BROADSHEET_TRUSTED_PROXIES", "10.0.7.1, fd00:7::/64", (ip_network("10.0.7.1"), ip_network("fd00:7::/64"))),
        ("BROADSHEET_TRUSTED_PROXIES", "none", ()),
        ("BROADSHEET_MAIL", "", ""),
        ("BROADSHEET_MAIL", "smtps://ed:p%40ss@mail.example", "smtps://ed:p%40ss@mail.example"),
        ("DATABASE_URL", "postgres://u:p@h/name?sslmode=require", "postgres://u:p@h/name?sslmode=require"),
    ],
)
def test_what_is_right_is_read(name: str, value: str, meant: object) -> None:
    assert read_setting(name, value) == meant


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("BROADSHEET_TRUSTED_PROXIES", "proxy.slipway.example", "give addresses or networks"),
        ("BROADSHEET_TRUSTED_PROXIES", "10.0.7.1/8", "give addresses or networks"),
        ("BROADSHEET_TRUSTED_PROXIES", "10.0.7.1:8000", "give addresses or networks"),
        ("BROADSHEET_TRUSTED_PROXIES", "*", "give addresses or networks"),
        ("BROADSHEET_TRUSTED_PROXIES", "none, 10.0.7.1", "give addresses or networks"),
        ("BROADSHEET_TRUSTED_PROXIES", "0.0.0.0/0", "your own proxies"),
        ("BROADSHEET_TRUSTED_PROXIES", "127.0.0.1, ::/0", "your own proxies"),
        ("BROADSHEET_ADDRESS", "slipway.example", "https://slipway.example"),
        ("BROADSHEET_ADDRESS", "https://slipway.example/news", "https://slipway.example"),
        ("BROADSHEET_ADDRESS", "https://ed:pw@slipway.example", "https://slipway.example"),
        ("BROADSHEET_ADDRESS", "https://slipway .example", "https://slipway.example"),
        ("BROADSHEET_ADDRESS", "https://slipway.example:99999", "https://slipway.example"),
        ("BROADSHEET_ADDRESS", "javascript://slipway.example", "https://slipway.example"),
        ("BROADSHEET_HOST", "slipway.example", "127.0.0.1"),
        ("BROADSHEET_PORT", "0", "1 to 65535"),
        ("BROADSHEET_PORT", "1_000", "1 to 65535"),
        ("BROADSHEET_PORT", "８０００", "1 to 65535"),
        ("BROADSHEET_WORKERS", "many", "whole number"),
        ("BROADSHEET_LANGUAGES", ",", "en,nb,ar"),
        ("BROADSHEET_LANGUAGES", "en,en", "each once"),
        ("BROADSHEET_LANGUAGES", "en,../etc", "en,nb,ar"),
        ("BROADSHEET_TIME_ZONE", "Oslo", "Europe/Oslo"),
        ("BROADSHEET_TIME_ZONE", "../../etc/passwd", "Europe/Oslo"),
        ("BROADSHEET_DEBUG", "true", "yes, no"),
        ("BROADSHEET_LOG", "xml", "json, text"),
        ("BROADSHEET_MAIL", "mail.example", "smtp://user:password@host:587"),
        ("BROADSHEET_MAIL_FROM", "nobody", "newsroom@slipway.example"),
        ("BROADSHEET_MAIL_FROM", "a@b.example\nBcc: c@d.example", "newsroom@slipway.example"),
        ("DATABASE_URL", "mysql://h/name", "postgres://"),
        ("DATABASE_URL", "postgres://h", "postgres://"),
    ],
)
def test_what_is_wrong_is_said_with_a_hint(tmp_path: Path, name: str, value: str, hint: str) -> None:
    with pytest.raises(SettingError) as refused:
        read(tmp_path, **{name: value})
    assert name in str(refused.value)
    assert hint in str(refused.value)


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as refused:
        read(tmp_path, BROADSHEET_PORT="x", BROADSHEET_LOG="y", BROADSHEET_PROT="8001", BROADSHEET_XYZZY="1")
    assert str(refused.value).count("\n") == 3
    assert "Did you mean BROADSHEET_PORT?" in str(refused.value)
    assert "docs/operate/settings.md" in str(refused.value)


def test_caches_in_front_need_the_page_store(tmp_path: Path) -> None:
    told = {"BROADSHEET_FRONTEND_CACHE": "http://127.0.0.1:6082"}
    assert read(tmp_path, **told)["BROADSHEET_FRONTEND_CACHE"]
    with pytest.raises(SettingError, match="BROADSHEET_PAGE_STORE_MB keeps, which is 0"):
        read(tmp_path, BROADSHEET_PAGE_STORE_MB="0", **told)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BROADSHEET_MAIL", "smtp://ed:s3cr3t@host:s3cr3t"),
        ("DATABASE_URL", "mysql://u:s3cr3t@host/name"),
        ("DATABASE_URL", "postgres://u:s3cr3t@host:s3cr3t/name"),
    ],
)
def test_a_password_is_not_repeated(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingError) as refused:
        read(tmp_path, **{name: value})
    assert "s3cr3t" not in str(refused.value)


def test_what_is_written_is_read_again_and_is_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "broadsheet.env"
    write_settings(file, {"BROADSHEET_MAIL": "smtp://ed:p'w$x@h", "BROADSHEET_PORT": "8003", "BROADSHEET_LOG": ""})
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
    values = read(tmp_path)
    assert values["BROADSHEET_MAIL"] == "smtp://ed:p'w$x@h"
    assert values["BROADSHEET_PORT"] == 8003
    assert "BROADSHEET_LOG=" not in file.read_text()


@pytest.mark.parametrize("value", ['a"b', "a\nBROADSHEET_DEBUG=yes", "a\\b", "a\0b"])
def test_a_value_that_a_line_cannot_hold_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(SettingError, match="BROADSHEET_MAIL"):
        write_settings(tmp_path / "broadsheet.env", {"BROADSHEET_MAIL": value})
    assert not (tmp_path / "broadsheet.env").exists()


@pytest.mark.parametrize(
    ("host", "is_so"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - compared, not bound
        ("192.0.2.1", False),
        ("slipway.example", False),
        ("", False),
    ],
)
def test_who_only_this_machine_can_reach(host: str, is_so: bool) -> None:
    assert is_loopback(host) is is_so
