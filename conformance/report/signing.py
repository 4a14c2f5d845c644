"""Signs the statement over a report, and opens signed ones: DSSE envelopes, made and verified by securesystemslib."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import FormatError, VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]  # exported by its `noqa` only

PAYLOAD_TYPE = "application/vnd.in-toto+json"
"""What the payload of an envelope is: an in-toto statement."""


class KeyRefused(ValueError):
    """A key cannot be used; the message says why, and what is expected."""


class EnvelopeRefused(ValueError):
    """An envelope is none, or was not signed by the key; the message says why."""


def signed(statement: str, private_key: bytes, password: bytes | None = None) -> str:
    """The statement in an envelope, signed by a private key in PEM; raises KeyRefused if the key is not usable."""
    try:
        key = load_pem_private_key(private_key, password)
        signer = CryptoSigner(key)  # refuses kinds of keys that it does not know
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyRefused(f"{error}; a private key in PEM is expected: Ed25519, ECDSA (P-256, P-384) or RSA") from error
    envelope = Envelope(statement.encode(), PAYLOAD_TYPE, {})
    envelope.sign(signer)
    return _text(envelope)


def statement_in(text: str, public_keys: Sequence[bytes]) -> dict[str, Any]:
    """The statement in an envelope that each of these keys, public ones in PEM, has signed.

    Raises KeyRefused for a key that is not usable, EnvelopeRefused if the envelope is not exactly as it was written,
    or was not signed by each of the keys.
    """
    keys = [_public(key) for key in public_keys]
    try:
        envelope = Envelope.from_dict(json.loads(text))
        whole = _text(envelope) == text
    except (ValueError, TypeError, KeyError, AttributeError, FormatError, RecursionError) as error:
        raise EnvelopeRefused("it is no DSSE envelope") from error
    if not whole:
        raise EnvelopeRefused("it was changed after it was written: it has other octets than its content gives")
    for key in keys:
        _must_be_signed(envelope, key)
    if envelope.payload_type != PAYLOAD_TYPE:
        raise EnvelopeRefused(f"it holds {envelope.payload_type!r}, not {PAYLOAD_TYPE}")
    try:
        statement = json.loads(envelope.payload)
    except (ValueError, RecursionError) as error:
        raise EnvelopeRefused("its payload is no JSON") from error
    if not isinstance(statement, dict):
        raise EnvelopeRefused("its payload is no statement")
    return statement


def _must_be_signed(envelope: Envelope, key: SSlibKey) -> None:
    if key.keyid not in envelope.signatures:
        by = ", ".join(sorted(one[:12] for one in envelope.signatures)) or "no key"
        raise EnvelopeRefused(f"it names no signature by the key {key.keyid[:12]}; it names {by}")
    try:
        envelope.verify([key], 1)
    except VerificationError as error:
        raise EnvelopeRefused(
            f"the signature of the key {key.keyid[:12]} does not fit: statement or signature were changed"
        ) from error


def _public(pem: bytes) -> SSlibKey:
    try:
        return SSlibKey.from_crypto(load_pem_public_key(pem))
    except (ValueError, UnsupportedAlgorithm) as error:
        made = "openssl pkey -in private.pem -pubout"
        raise KeyRefused(f"{error}; a public key in PEM is expected, as `{made}` makes it") from error


def _text(envelope: Envelope) -> str:
    return json.dumps(envelope.to_dict(), indent=1) + "\n"
