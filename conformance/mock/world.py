"""Who and what there is: made-up tenants, organizations, accounts and products.

Borealis has two organizations, of which its main accounts may use one; Cascade is another tenant. No two
organizations have a product name in common, so that an answer shows whose it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from conformance.mock.passwords import hashed

TENANT = "tnt_5v8wq2hd7c"
ORG = "org_k4m9x1rb6t"
OTHER_ORG = "org_p7z3n8ye2f"
"""Of the same tenant, but outside the main accounts' scope."""
OTHER_TENANT = "tnt_9d2jc6ua4s"
OTHER_TENANT_ORG = "org_w1g5t0qh3v"

TENANT_OF_ORG = {ORG: TENANT, OTHER_ORG: TENANT, OTHER_TENANT_ORG: OTHER_TENANT}


@dataclass(frozen=True, slots=True)
class Account:
    """An account that may sign in. Without tenant and organizations the account is not provisioned."""

    id: str
    email: str
    role: str
    salt: bytes
    digest: bytes
    tenant_id: str | None = None
    org_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Product:
    """What the protected resources give out."""

    id: str
    name: str
    sku: str

    def members(self) -> dict[str, str]:
        """The members of its JSON object."""
        return {"id": self.id, "name": self.name, "sku": self.sku}


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on a product, for all of its organization to read."""

    id: str
    text: str

    def members(self) -> dict[str, str]:
        """The members of its JSON object."""
        return {"id": self.id, "text": self.text}


EDITOR = "ada@borealis.example"
VIEWER = "vera@borealis.example"
ADMIN = "max@borealis.example"
OTHER_ORG_EDITOR = "olga@borealis.example"
OTHER_TENANT_EDITOR = "otto@cascade.example"
UNPROVISIONED = "nova@borealis.example"

PASSWORDS = {
    EDITOR: "made-up-Lantern-41-editor~made-up-Lantern-42-editor~made-up-Lantern-43-editor",
    VIEWER: "made-up-Harbour-52-viewer",
    ADMIN: "made-up-Compass-63-admin",
    OTHER_ORG_EDITOR: "made-up-Granite-74-other-org",
    OTHER_TENANT_EDITOR: "made-up-Juniper-85-other-tenant",
    UNPROVISIONED: "made-up-Thistle-96-unprovisioned",
}
"""Test data, handed to every caller who asks for a description of the embedded Synq.

The first is longer than what bcrypt looks at.
"""


def accounts() -> dict[str, Account]:
    """Every account by its e-mail address: a dictionary of the caller's own."""
    return dict(_accounts())


@cache
def _accounts() -> Mapping[str, Account]:
    """The same for all; hashed once, at the first call."""
    return {
        EDITOR: _account(1, EDITOR, "editor", TENANT, (ORG,)),
        VIEWER: _account(2, VIEWER, "viewer", TENANT, (ORG,)),
        ADMIN: _account(3, ADMIN, "admin", TENANT, (ORG,)),
        OTHER_ORG_EDITOR: _account(4, OTHER_ORG_EDITOR, "editor", TENANT, (OTHER_ORG,)),
        OTHER_TENANT_EDITOR: _account(5, OTHER_TENANT_EDITOR, "editor", OTHER_TENANT, (OTHER_TENANT_ORG,)),
        UNPROVISIONED: _account(6, UNPROVISIONED, "viewer"),
    }


def _account(
    number: int, email: str, role: str, tenant_id: str | None = None, org_ids: tuple[str, ...] = ()
) -> Account:
    salt = f"salt of account {number}".encode()
    digest = hashed(PASSWORDS[email], salt)
    return Account(f"acc_{number:010}", email, role, salt, digest, tenant_id, org_ids)


def products() -> dict[str, dict[str, Product]]:
    """What every organization starts with: organization -> product id -> product."""
    return {
        ORG: _catalogue("BO", 1, "Aurora Tent", "Fjord Kettle", "Midnight Parka"),
        OTHER_ORG: _catalogue("BX", 101, "Basalt Stove", "Lichen Scarf", "Tundra Boots"),
        OTHER_TENANT_ORG: _catalogue("CA", 201, "Cedar Canoe", "Osprey Paddle", "River Lamp"),
    }


def _catalogue(prefix: str, first: int, *names: str) -> dict[str, Product]:
    return {
        f"prd_{number:010}": Product(f"prd_{number:010}", name, f"{prefix}-{number:04}")
        for number, name in enumerate(names, start=first)
    }
