"""What the project's own tests may not do."""

from __future__ import annotations

import os
import socket

import pytest


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")])
def test_no_test_connects_beyond_this_machine(family: socket.AddressFamily, address: str) -> None:
    """A connection to a documentation address (RFC 5737, RFC 3849) is refused before it is tried."""
    with socket.socket(family) as connection, pytest.raises(PermissionError, match="loopback addresses only"):
        connection.connect((address, 80))


def test_no_target_comes_out_of_the_shell() -> None:
    """A developer's SYNQ_TOKEN does not decide what a test does."""
    assert not {"SYNQ_BASE_URL", "SYNQ_TOKEN", "SYNQ_TENANT_ID", "SYNQ_ORG_ID"} & set(os.environ)
