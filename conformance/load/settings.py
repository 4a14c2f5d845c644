"""What a load run hands over to the processes of Locust, by environment variables."""

from __future__ import annotations

PROFILE = "SYNQ_LOAD_PROFILE"
REPORT_DIR = "SYNQ_LOAD_REPORT_DIR"
SHARED_TOKEN = "SYNQ_LOAD_SHARED_TOKEN"  # noqa: S105 - the variable's name, not a token
"""The token of all callers, if the target ends the others of an account by a sign-in."""
LEDGER = "SYNQ_LOAD_LEDGER"
"""The file by which the processes of one machine keep to the profile's rate together."""
