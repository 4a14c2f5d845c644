"""Values that several checks share, each with the name it bears in a report."""

from __future__ import annotations

from uuid import UUID

import pytest

from conformance.server.harness.documented import Value

NOT_A_TOKEN = "not-a-token"  # noqa: S105 - wrong on purpose
UNKNOWN_ID = str(UUID(int=0x0BAD_0BAD_0BAD_4BAD_8BAD_0BAD_0BAD_0BAD))
"""Well formed, and of no account."""

MALFORMED_IDS = [
    pytest.param("", id="empty"),
    pytest.param("%20", id="percent-encoded-blank"),
    pytest.param("x" * 2_000, id="2000-characters"),
    pytest.param("-", id="hyphen"),
    pytest.param("not an id", id="words"),
    pytest.param("../../admin", id="path"),
    pytest.param("*", id="asterisk"),
    pytest.param("null", id="null"),
    pytest.param("' OR '1'='1", id="sql"),
    pytest.param('{"id": 1}', id="json"),
    pytest.param("\xc3\xa9", id="utf-8"),
    pytest.param("%00", id="percent-encoded-nul"),
]
"""Values that name no tenant and no organization."""

RESERVED_TENANTS = ["__system__", "system", "default", "master", "public", "global", "0"]
"""What multi-tenant programs call a tenant of their own, which holds what all share or all there is."""
RESERVED_ORGS = ["__system__", "all"]
"""The same of organizations, without the names that customers choose."""

STATES = ("valid", "absent", "empty", "malformed", "wrong", "duplicated")
"""The states of a header in the table of all combinations."""


def in_state(state: str, *, valid: str, wrong: str, malformed: str) -> Value:
    """A header's value in one of `STATES`; a duplicated one is the valid value and the wrong one."""
    values: dict[str, Value] = {
        "valid": valid,
        "absent": None,
        "empty": "",
        "malformed": malformed,
        "wrong": wrong,
        "duplicated": (valid, wrong),
    }
    return values[state]
