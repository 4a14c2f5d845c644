"""What becomes of inputs on a target: paths below its base URL, fields filled in, passwords made of the right one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from conformance.config.profile import Target, from_mapping
from conformance.contract.inputs import NearPassword, PathForm, Surrounding, shipped_inputs
from conformance.evidence.judge import Inapplicable
from conformance.server.harness.input_cases import (
    open_prefixes_of,
    spelled,
    surrounding_fields,
    ways_out,
)
from conformance.server.harness.near_sign_in import nearly
from conformance.server.harness.target_api import TargetApi

SOURCE = "https://ours.example"


def _target(password: str = "Secret-1", base_url: str = "http://127.0.0.1:1", **more: object) -> Target:  # noqa: S107 - made up
    return from_mapping(
        {
            "target": {"base_url": base_url},
            "scope": {"tenant_id": "t", "org_id": "o"},
            "tokens": {"valid": "a.b.c"},
            "sign_in": {"email": "a@example.com", "password": password},
            **more,
        },
        "profile",
    )


def _synq(target: Target) -> TargetApi:
    credentials = SimpleNamespace(account=target.sign_in, valid=lambda: target.tokens.valid)
    return cast("TargetApi", SimpleNamespace(target=target, credentials=credentials))


@pytest.mark.parametrize(
    ("form", "path"),
    [
        ("/.;{path}", "/.;/api/v1/pim/products"),
        ("{head}/%3b{last}", "/api/v1/pim/%3bproducts"),
        ("{head}/{letter}{rest}", "/api/v1/pim/%70roducts"),
        ("{doubled}", "//api//v1//pim//products"),
        ("{path}/{to_sign_in}", "/api/v1/pim/products/../../../../api/v1/auth/sign-in"),
        ("{path}/{encoded_to_sign_in}", "/api/v1/pim/products/..%2f..%2f..%2f..%2fapi%2fv1%2fauth%2fsign-in"),
        ("{unknown}", "{unknown}"),
    ],
)
def test_a_form_is_filled_in(form: str, path: str) -> None:
    """Below the path of the base URL, which leads to the API and stays as it is."""
    for base_url, before in (("http://127.0.0.1:1", ""), ("http://127.0.0.1:1/gateway", "/gateway")):
        assert spelled(_synq(_target(base_url=base_url)), PathForm("ours", form, SOURCE, "Ours.")) == before + path


def test_an_open_path_is_left_by_as_many_steps_as_it_takes() -> None:
    """To the root, and to where the open path and the protected one part."""
    ways = ways_out(_synq(_target()), ["/health", "/actuator/health"], "/..;")
    assert ways == [
        "/api/v1/auth/sign-in/..;/..;/..;/..;/api/v1/pim/products",
        "/health/..;/api/v1/pim/products",
        "/actuator/health/..;/..;/api/v1/pim/products",
        "/api/v1/auth/sign-in/..;/..;/pim/products",
    ]


def test_a_profile_s_own_prefix_is_left_as_well() -> None:
    """What a deployment leaves open is best known to its owner."""
    own = {"name": "ours", "prefix": "/ours", "source": SOURCE, "why": "Ours."}
    assert "/ours" in open_prefixes_of(_target(inputs={"path_prefix": [own]}))


def test_fields_are_filled_in() -> None:
    """With the path, the token and the host; and no brace of another meaning is touched."""
    fields = {"A": "{path}", "B": "Bearer {token}", "C": "http://{host}/{x}", "D": "{sign_in}"}
    filled = dict(surrounding_fields(_synq(_target()), Surrounding("ours", "surroundings", SOURCE, "Ours.", fields)))
    assert filled == {
        "A": "/api/v1/pim/products",
        "B": "Bearer a.b.c",
        "C": "http://127.0.0.1:1/{x}",
        "D": "/api/v1/auth/sign-in",
    }


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("{cut}", "Secret-"),
        ("{tail}", "ecret-1"),
        ("{swapped}", "sECRET-1"),
        ("{again}", "Secret-1Secret-1"),
        ("{encoded}", "%53%65%63%72%65%74%2D%31"),
        (["guess", "{password}"], ["guess", "Secret-1"]),
        ({"$ne": ""}, {"$ne": ""}),
        (0, 0),
        (True, True),
    ],
)
def test_a_password_is_made_of_the_right_one(value: object, sent: object) -> None:
    """By its parts, and as any JSON."""
    near = NearPassword("ours", "password-exact", SOURCE, "Ours.", value)
    assert nearly(_synq(_target()), near) == sent


def test_null_can_be_given_as_json() -> None:
    """TOML has none."""
    assert nearly(_synq(_target()), NearPassword("ours", "password-exact", SOURCE, "Ours.", json="null")) is None


def test_the_right_password_itself_is_not_tried() -> None:
    """A password in capitals has no other spelling in capitals; and a short one has no seventy-two octets."""
    capitals = NearPassword("capitals", "password-exact", SOURCE, "Ours.", "{upper}")
    start = NearPassword("start", "password-exact", SOURCE, "Ours.", "{start}x")
    for near in (capitals, start):
        with pytest.raises(Inapplicable, match="does not exist for this password"):
            nearly(_synq(_target("SECRET-1")), near)
    assert nearly(_synq(_target("x" * 80)), start) == "x" * 72 + "x"


def test_every_shipped_password_can_be_sent() -> None:
    """Nothing of a template is left in what is sent for a long password."""
    synq = _synq(_target("Aa1-" * 30))
    sent = [nearly(synq, near) for near in shipped_inputs().near_password]
    assert not [one for one in sent if isinstance(one, str) and "{" in one]
