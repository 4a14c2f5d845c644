"""The paths that the guide shows, and those that the contract assumes; a profile may name others."""

from __future__ import annotations

API = "/api/v1/"
"""What every protected path begins with."""
SIGN_IN_PATH = "/api/v1/auth/sign-in"
REVOKE_PATH = "/api/v1/auth/revoke"
PRODUCTS_PATH = "/api/v1/pim/products"
