import datetime
import ipaddress
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.fetching import Fetched, connecting
from services.fetching.errors import NoAnswer, NotTrusted
from tests.servers.web import Web, reply, serving

LOOPBACK = [ipaddress.ip_address("127.0.0.1")]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make a certificate for secure.test, signed by itself."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "secure.test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("secure.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "certificate.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pem, secret


@pytest.fixture
def secure(certificate: tuple[Path, Path], allowed) -> Iterator[tuple[Web, list[str | None]]]:
    """Run a site that speaks TLS, with the names that it was asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    with serving(wrap=lambda one: context.wrap_socket(one, server_side=True)) as web:
        web.pages["/"] = reply("secret and sound")
        allowed("127.0.0.0/8")
        yield web, names


def address(web: Web, host: str = "secure.test") -> str:
    return f"https://{host}:{web.port}/"


def test_a_site_that_cannot_prove_itself_is_refused(secure, fetch: Callable[..., Fetched]):
    web, _ = secure
    with pytest.raises(NotTrusted, match=r"secure\.test can't prove"):
        fetch(address(web), resolve=lambda *_: LOOPBACK)
    assert web.asked == []


def test_the_name_is_asked_for_and_proved_though_the_address_is_pinned(
    secure, certificate, fetch: Callable[..., Fetched], monkeypatch: pytest.MonkeyPatch
):
    web, names = secure
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    monkeypatch.setattr("services.fetching.client.trust", lambda: trusting)
    assert fetch(address(web), resolve=lambda *_: LOOPBACK).body == b"secret and sound"
    assert names == ["secure.test"]
    with pytest.raises(NotTrusted):
        fetch(address(web, "other.test"), resolve=lambda *_: LOOPBACK)


def test_a_site_without_encryption_is_told(web: Web, fetch: Callable[..., Fetched]):
    web.pages["*"] = reply("plain")
    with pytest.raises(NoAnswer):
        fetch(f"https://{web.place}/")


def test_certificates_are_verified_by_default():
    assert connecting.trust().verify_mode is ssl.CERT_REQUIRED
    assert connecting.trust().check_hostname
