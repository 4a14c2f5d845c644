"""What the project's own tests may not do, and what its sentences may not say."""

from __future__ import annotations

import ast
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1]
UNCLEAR = re.compile(
    r"((^|[.;:] )Where|, where|\b([Nn]one|empty|nothing|\w+Error|NotAssessed|Unmet) where) "
    r"|(?i:\b(nobody|somebody|whoever)\b)"
    r"|(?i:\bas far as (?!assessed\b))"
)
"""A condition that begins with "where", which means a place; a subject that has no name; and "as far as", which hides
an if, save in the verdict of that name."""


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")])
def test_no_test_connects_beyond_this_machine(family: socket.AddressFamily, address: str) -> None:
    """A connection to a documentation address (RFC 5737, RFC 3849) is refused before it is tried."""
    with socket.socket(family) as connection, pytest.raises(PermissionError, match="loopback addresses only"):
        connection.connect((address, 80))


def test_no_target_comes_out_of_the_shell() -> None:
    """A developer's SYNQ_TOKEN does not decide what a test does."""
    assert not {"SYNQ_BASE_URL", "SYNQ_TOKEN", "SYNQ_TENANT_ID", "SYNQ_ORG_ID"} & set(os.environ)


def _sentences() -> Iterator[tuple[str, str]]:
    """Every text with a blank in it, by its place: docstrings, messages, the contract, the templates."""
    for file in sorted(PACKAGE.rglob("*")):
        place = file.relative_to(PACKAGE)
        if place.parts[0] == "selftest" or place.parts[:2] == ("contract", "versions"):  # kept as they were
            continue
        if file.suffix == ".py":
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
                    yield f"{place}:{node.lineno}", node.value
        elif file.suffix in {".toml", ".jinja"}:
            for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
                yield f"{place}:{number}", line


def test_sentences_say_if_and_name_their_subject() -> None:
    """A condition is an if, a contrast an although; "where" is left to places."""
    found = [f"{place}: {text}" for place, text in _sentences() if UNCLEAR.search(text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        *("answered 200, where nothing was sent", "Where it is missing", "None where it is missing"),
        *("ids that nobody has", "deleted as far as the API can"),
    ],
)
def test_an_unclear_sentence_is_noticed(text: str) -> None:
    """The pattern finds what it is there for."""
    assert UNCLEAR.search(text)
