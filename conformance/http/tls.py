"""TLS as every request of a run has it: one rule for what is trusted, and a client certificate if there is one."""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from conformance.http.throwaway import taking

PEM = "-----BEGIN"
STORE_FILE, STORE_FOLDER = "SSL_CERT_FILE", "SSL_CERT_DIR"
"""OpenSSL's variables for a store of certificates other than the system's."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Certificates and a key, each the path of a PEM file or PEM itself."""

    ca: str | None = None
    """What the target's certificate must be issued by; None: the store of the environment or the system."""
    client_certificate: str | None = None
    client_key: str | None = field(default=None, repr=False)
    """None: the key stands in the certificate's file."""


class TlsFileError(ValueError):
    """A file of certificates cannot be used."""

    def __init__(self, key: str, problem: str) -> None:
        """`key` is the profile key or the variable that names the file."""
        self.key, self.problem = key, problem
        super().__init__(f"{key}: {problem}")


def is_pem(given: str) -> bool:
    """Whether this is PEM itself, and not the path of a file."""
    return PEM in given


def client_context(files: TlsFiles) -> ssl.SSLContext:
    """Returns the context of connections to the target, the same for the same files; raises TlsFileError.

    Trusted is `files.ca` alone, if given; else what SSL_CERT_FILE and SSL_CERT_DIR name; else the system's store.
    """
    store = tuple((name, os.environ[name]) for name in (STORE_FILE, STORE_FOLDER) if os.environ.get(name))
    return _context(files, store)


def context_of_age(files: TlsFiles, version: ssl.TLSVersion) -> ssl.SSLContext:
    """Returns a context that offers this version of TLS alone, and looks at no certificate; raises TlsFileError.

    Nothing secret may go over what it negotiates.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    taking(context, version, version)
    if files.client_certificate:
        _load_client(context, files.client_certificate, files.client_key)
    return context


@lru_cache(maxsize=8)
def _context(files: TlsFiles, store: tuple[tuple[str, str], ...]) -> ssl.SSLContext:
    context = _trusting(files.ca, dict(store))
    context.set_alpn_protocols(["http/1.1"])
    if files.client_key and not files.client_certificate:
        raise TlsFileError("tls.client_key", "is of no use alone; give tls.client_certificate as well")
    if files.client_certificate:
        _load_client(context, files.client_certificate, files.client_key)
    return context


def _trusting(ca: str | None, store: Mapping[str, str]) -> ssl.SSLContext:
    if ca is None and not store:
        import truststore  # late, to spare start-up

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca is not None:
        with _on_disk("tls.ca", ca) as file, _readable("tls.ca", "certificate"):
            context.load_verify_locations(cafile=file)
        return context
    if bundle := store.get(STORE_FILE):
        with _readable(STORE_FILE, "certificate"):
            context.load_verify_locations(cafile=_existing(STORE_FILE, bundle))
    if folder := store.get(STORE_FOLDER):
        for one in folder.split(os.pathsep):
            context.load_verify_locations(capath=_existing(STORE_FOLDER, one))
    return context


def _load_client(context: ssl.SSLContext, certificate: str, key: str | None) -> None:
    with _on_disk("tls.client_certificate", certificate) as file:
        if key is None:
            with _readable("tls.client_certificate", "certificate with its key"):
                context.load_cert_chain(file, password=_no_password)
            return
        with _on_disk("tls.client_key", key) as key_file, _readable("tls.client_key", "key of the client certificate"):
            context.load_cert_chain(file, key_file, password=_no_password)


def _no_password() -> str:
    raise ValueError("is encrypted; give the key without a password")


@contextmanager
def _readable(key: str, what: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise error if isinstance(error, TlsFileError) else TlsFileError(key, str(error)) from error
    except OSError as error:
        raise TlsFileError(key, f"holds no {what} in PEM that can be used ({error.strerror or error})") from error


def _existing(key: str, path: str) -> str:
    if not Path(path).exists():
        raise TlsFileError(key, f"{path}: no such file")
    return path


@contextmanager
def _on_disk(key: str, given: str) -> Iterator[str]:
    """The path of a file with this PEM. OpenSSL reads a key from a file alone."""
    if not is_pem(given):
        yield _existing(key, given)
        return
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:  # readable by its owner alone
        file.write(given)
        file.flush()
        yield file.name
