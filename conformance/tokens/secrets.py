"""Secrets of HMACs that stand in tutorials, examples and programs that anybody can read; tried without a request."""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from conformance.tokens.compact import Parts

WORDS = (
    "secret", "password", "changeme", "change-me", "change_me", "changeit", "key", "jwt", "token", "test", "testing",
    "admin", "root", "default", "example", "synq", "dev", "development", "production", "local", "staging", "123456",
    "1234567890", "12345678901234567890123456789012", "0123456789abcdef0123456789abcdef", "qwerty", "abcdef",
    "abcdefghijklmnopqrstuvwxyz", "foo", "foobar", "bar", "hello", "s3cr3t", "s3cret", "p@ssw0rd", "none", "None",
    "null", "nil", "undefined", "false", "true", "notfound", "[object Object]", "shhhhh", "keyboard cat", "gandalf",
)  # fmt: skip
PHRASES = (
    "your-256-bit-secret", "your-384-bit-secret", "your-512-bit-secret", "a-string-secret-at-least-256-bits-long",
    "a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long", "super-secret", "super_secret",
    "supersecret", "super-secret-key", "supersecretkey", "super-secret-jwt-token-with-at-least-32-characters-long",
    "my-secret", "my_secret", "mysecret", "my-secret-key", "my_secret_key", "mysecretkey", "my-super-secret-key",
    "my-32-character-ultra-secure-and-ultra-long-secret", "your-secret", "your_secret", "your-secret-key",
    "your_secret_key", "your-secret-key-here", "your_secret_key_here", "your-jwt-secret", "your_jwt_secret",
    "your-access-secret-key", "your_jwt_secret_key_here_change_me", "your-secret-key-change-this-in-production",
    "your-secret-key-change-in-production", "your-super-secret-jwt-key",
    "your-jwt-secret-key-change-this-in-production", "fallback-secret", "fallback_secret", "fallback-secret-key",
    "fallback-secret-change-in-production", "fallback_secret_key_for_dev", "default-secret", "default_secret",
    "defaultsecret", "default-secret-key", "development-secret", "dev-secret", "dev_secret", "dev-secret-key",
    "dev-secret-change-me", "dev-jwt-secret", "insecure-secret", "insecure-dev-secret", "test-secret", "test_secret",
    "testsecret", "node-secret", "jwt-secret", "jwt_secret", "jwtsecret", "jwt-secret-key", "jwt_secret_key",
    "JWT_SECRET", "JWT_SECRET_KEY", "secret-key", "secret_key", "secretkey", "SecretKey", "SECRET", "SECRET_KEY",
    "secretKey", "secret123", "app-secret", "token-secret", "access-token-secret", "access_token_secret",
    "session-secret", "authsecret", "thisisasecret", "this-is-a-secret", "this is a secret", "thisismysecret",
    "this-is-my-secret-key", "change-this", "change-this-secret", "change_this_secret", "change-me-in-production",
    "changethis", "please-change-me", "replace-me", "replace-this-secret", "CHANGE_ME", "CHANGEME", "TODO",
    "SecretKey012345678901234567890123456789012345678901234567890123456789", "thingsboardDefaultSigningKey",
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
)  # fmt: skip
_HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


def known_secrets() -> Iterator[bytes]:
    """Each secret once, as octets; the likeliest first."""
    return (secret.encode() for secret in dict.fromkeys((*PHRASES, *WORDS)))


def secret_of(parts: Parts) -> bytes | None:
    """The secret that this token's HMAC was made with; None if it is no HMAC, or under none of these."""
    digest = _HASHES.get(str(parts.header.get("alg")))
    if digest is None:
        return None
    text = ".".join(parts.segments[:2]).encode("ascii")
    return next((one for one in known_secrets() if hmac.digest(one, text, digest) == parts.signature), None)
