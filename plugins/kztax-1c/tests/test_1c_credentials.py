"""Credentials: from where they are taken, what is refused, and that they are shown nowhere."""

from __future__ import annotations

import logging
import os
import pickle
import shutil
import ssl
import subprocess
import traceback
from pathlib import Path

import pytest
from kztax_1c.base import Base
from kztax_1c.client import Client
from kztax_1c.credentials import Credentials, credentials
from kztax_1c.drafts import write_drafts
from kztax_1c.settings import Settings
from kztax_1c.words import OneCError
from odata_server import PASSWORD, USER, Base1C, served
from onec_support import LEVY, entries_of

ADDRESS = "https://host/base/odata/standard.odata/"
CONTENT = f'url = "{ADDRESS}"\nuser = "{USER}"\npassword = "{PASSWORD}"\n'


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("URL", "USER", "PASSWORD", "CREDENTIALS"):
        monkeypatch.delenv(f"KZTAX_1C_{name}", raising=False)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "credentials.toml"
    made.write_text(CONTENT, encoding="utf-8")
    made.chmod(0o600)
    monkeypatch.setenv("KZTAX_1C_CREDENTIALS", str(made))
    return made


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OneCError, match="no address and credentials"):
        credentials()
    monkeypatch.setenv("KZTAX_1C_URL", ADDRESS.rstrip("/"))
    monkeypatch.setenv("KZTAX_1C_USER", USER)
    monkeypatch.setenv("KZTAX_1C_PASSWORD", PASSWORD)
    found = credentials()
    assert (found.url, found.basic) == (ADDRESS, (USER, PASSWORD))


def test_from_a_file_that_its_owner_alone_reads(file: Path) -> None:
    assert credentials().basic == (USER, PASSWORD)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o777, 0o610])
def test_a_file_open_to_others_is_refused(mode: int, file: Path) -> None:
    file.chmod(mode)
    with pytest.raises(OneCError, match="chmod 600"):
        credentials()


def test_a_link_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = file.with_name("link.toml")
    link.symlink_to(file)
    monkeypatch.setenv("KZTAX_1C_CREDENTIALS", str(link))
    with pytest.raises(OneCError, match="cannot be read"):
        credentials()


def test_a_file_that_is_not_there_and_a_directory_are_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for named in (file.with_name("nowhere.toml"), file.parent):
        monkeypatch.setenv("KZTAX_1C_CREDENTIALS", str(named))
        with pytest.raises(OneCError):
            credentials()


@pytest.mark.parametrize(
    "content",
    [CONTENT.replace("user", "login"), CONTENT + "extra = 1\n", CONTENT.replace(f'"{PASSWORD}"', PASSWORD), "\xff"],
    ids=["a field missing", "a field too many", "no TOML", "no UTF-8"],
)
def test_a_file_of_another_shape_is_refused_without_quoting_it(content: str, file: Path) -> None:
    file.write_bytes(content.encode("latin-1" if content == "\xff" else "utf-8"))
    with pytest.raises(OneCError) as refused:
        credentials()
    assert refused.value.reason == "credentials_shape"
    assert_silent("".join(traceback.format_exception(refused.value)))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://host/base/odata/standard.odata/", "url_not_encrypted"),
        ("http://localhost.evil.kz/odata", "url_not_encrypted"),
        ("https://user:secret@host/odata", "url_shape"),
        ("https://host/odata?x=1", "url_shape"),
        ("https://host/odata#x", "url_shape"),
        ("ftp://host/odata", "url_shape"),
        ("file:///etc/passwd", "url_shape"),
        ("host/odata", "url_shape"),
        ("https://[host/odata", "url_shape"),
        ("https://host/o data", "url_shape"),
        ("", "url_shape"),
    ],
)
def test_an_address_of_another_kind_is_refused(url: str, reason: str) -> None:
    with pytest.raises(OneCError) as refused:
        Credentials(url, USER, PASSWORD)
    assert refused.value.reason == reason
    assert "secret" not in str(refused.value)


def assert_silent(text: str) -> None:
    assert PASSWORD not in text
    assert USER not in text


def test_they_are_in_no_repr_and_in_no_pickle() -> None:
    way = Credentials(ADDRESS, USER, PASSWORD)
    assert_silent(repr(way) + str(way) + f"{way!r:>5}")
    with pytest.raises(TypeError):
        pickle.dumps(way)
    with Client(way) as client:
        assert_silent(repr(client) + repr(client._http))


@pytest.mark.parametrize("setting", ["page_for_people", "wrong_user", "silent_before_write"])
def test_they_are_in_no_error_and_in_no_log(
    setting: str, base: Base1C, way: Credentials, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    setattr(base, setting, True)
    with pytest.raises(OneCError) as refused, Client(way, timeout=0.3, pause=0.01) as client:
        list(write_drafts(client, Base(client, settings), entries_of(LEVY), "090140001235"))
    assert_silent("".join(traceback.format_exception(refused.value, chain=True)))
    assert refused.value.__cause__ is None
    assert caplog.records
    assert_silent(caplog.text)


def test_a_certificate_that_nobody_vouches_for_is_refused(
    base: Base1C, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate of this test")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([openssl, *made.split(), *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with served(base, context) as url:
        way = Credentials(url, USER, PASSWORD)
        with pytest.raises(OneCError, match="CERTIFICATE_VERIFY_FAILED"), Client(way, pause=0.01) as client:
            Base(client, settings)
        assert base.requests == []
        # The certificates of the machine count, and those that its owner adds in the usual place.
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with Client(way) as client:
            assert Base(client, settings).organisation_name == "ТОО Майнер"


def test_the_files_of_the_environment_give_no_credentials_away(
    base: Base1C, address: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("default login other password other\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://localhost:9")
    monkeypatch.setenv("ALL_PROXY", "http://localhost:9")
    with Client(Credentials(address, USER, PASSWORD), pause=0.01) as client:
        assert Base(client, settings).organisation_name == "ТОО Майнер"
    assert os.environ["NETRC"]
