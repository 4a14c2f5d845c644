"""Certificates of the suite's own, which nothing but the suite trusts, and for one run."""

from __future__ import annotations

import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path

VALID_FOR = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Throwaway:
    """A self-signed certificate and its key, in PEM."""

    certificate: str
    key: str

    def server_context(self, oldest: ssl.TLSVersion) -> ssl.SSLContext:
        """The server's side of TLS with this certificate, from this version on."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        taking(context, oldest, ssl.TLSVersion.MAXIMUM_SUPPORTED)
        with tempfile.TemporaryDirectory() as folder:  # OpenSSL reads from a file alone
            file = Path(folder) / "both.pem"
            file.touch(mode=0o600)
            file.write_text(self.key + self.certificate, "ascii")
            context.load_cert_chain(file)
        return context


def taking(context: ssl.SSLContext, oldest: ssl.TLSVersion, newest: ssl.TLSVersion) -> None:
    """Let this context take these versions of TLS, however old they are."""
    import warnings  # late, to spare start-up

    with warnings.catch_warnings():  # that they are old is the point
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = oldest, newest
    if oldest < ssl.TLSVersion.TLSv1_2:
        context.set_ciphers("ALL:@SECLEVEL=0")  # what they sign with counts for nothing any more


@cache
def throwaway(name: str) -> Throwaway:
    """A certificate for this host, an address or a name; the same in the whole process."""
    from cryptography import x509  # late, to spare start-up
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"{name}, of a Synq conformance run")])
    is_address = name.replace(".", "").isdigit()
    names = [x509.IPAddress(ip_address(name)) if is_address else x509.DNSName(name)]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - VALID_FOR)
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Throwaway(
        certificate.public_bytes(Encoding.PEM).decode("ascii"),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii"),
    )
