"""Inputs that can be added to: the files that are shipped, and what a profile adds to them."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from conformance.config.profile import ProfileError, from_mapping
from conformance.contract.inputs import (
    DATA_FILES,
    KINDS,
    SHOWN,
    Inputs,
    PathForm,
    ScopeName,
    scope_names,
    shipped_inputs,
)
from conformance.contract.rules import load_contract
from conformance.selftest.offenders import listed
from conformance.toml.schema import parse

MINIMAL = {
    "target": {"base_url": "http://127.0.0.1:1"},
    "scope": {"tenant_id": "t", "org_id": "o"},
    "tokens": {"valid": "a.b.c"},
}


def _text(name: str) -> str:
    return files("conformance.contract").joinpath("data", name).read_text("utf-8")


@pytest.mark.parametrize("name", DATA_FILES)
def test_a_data_file_is_what_a_profile_may_hold(name: str) -> None:
    """The files that are shipped are held to the same schema as a profile's own entries."""
    assert parse(Inputs, _text(name), name, ValueError) != Inputs()


@pytest.mark.parametrize("kind", KINDS)
def test_every_input_has_a_name_of_its_own(kind: str) -> None:
    """Of two with one name only the second would be tried."""
    of_files = [parse(Inputs, _text(name), name, ValueError) for name in DATA_FILES]
    names = [one.name for inputs in of_files for one in getattr(inputs, kind)]
    assert names
    assert len(set(names)) == len(names)
    assert len(getattr(shipped_inputs(), kind)) == len(names)


@pytest.mark.parametrize("kind", KINDS)
def test_every_input_says_where_it_comes_from_and_why(kind: str) -> None:
    """A source that can be looked up, and one sentence."""
    offenders = [
        f"{kind}[{one.name}]"
        for one in getattr(shipped_inputs(), kind)
        if not re.fullmatch(r"https://\S+", one.source) or not one.why.endswith(".") or len(one.why) > 140
    ]
    assert not offenders, listed(offenders, "give each an https address, and one sentence of 140 characters at most")


def test_inputs_are_shown_for_rules_of_the_contract() -> None:
    """`explain` shows them; each kind belongs to a rule, and none is left out."""
    ids = {rule.id for rule in load_contract().rules}
    shown = {id(one) for find in SHOWN.values() for one in find(shipped_inputs())}
    of_all_kinds = {id(one) for kind in KINDS for one in getattr(shipped_inputs(), kind)}
    assert set(SHOWN) <= ids
    assert shown == of_all_kinds


def test_a_profile_adds_its_own() -> None:
    """What a profile names is tried as well; an entry of a name that is there already takes its place."""
    own = [{"name": "ours", "form": "/ours{path}", "source": "https://ours.example", "why": "Ours."}]
    replaced = [{"name": "leading-dot", "form": "/..{path}", "source": "https://ours.example", "why": "Ours."}]
    target = from_mapping(MINIMAL | {"inputs": {"path_form": own + replaced}}, "profile")
    together = shipped_inputs().with_those_of(target.inputs)
    forms = {one.name: one.form for one in together.path_form}
    assert forms["ours"] == "/ours{path}"
    assert forms["leading-dot"] == "/..{path}"
    assert len(forms) == len(shipped_inputs().path_form) + 1
    assert together.near_password == shipped_inputs().near_password


def test_a_near_password_may_look_like_a_source() -> None:
    """An object that goes into a body is sent as it is, and is not looked up in the environment."""
    entry = {"name": "ours", "rule": "password-loose", "source": "https://ours.example", "why": "Ours."}
    entries = [entry | {"value": {"env": "HOME"}}]
    target = from_mapping(MINIMAL | {"inputs": {"near_password": entries}}, "profile", environ={"HOME": "x"})
    assert target.inputs.near_password[0].template == {"env": "HOME"}


def test_a_wrong_input_is_named_by_its_name() -> None:
    """The message says which entry of which kind is wrong."""
    entry = {"name": "ours", "form": "{path}", "source": "https://ours.example"}
    with pytest.raises(ProfileError, match=r"inputs\.path_form\[.*\]\.why"):
        from_mapping(MINIMAL | {"inputs": {"path_form": [entry]}}, "profile")


def test_names_for_a_scope_are_chosen_by_place() -> None:
    """A name that goes into a body is not tried in a header."""
    entries = [ScopeName(place, place, "t", "o", "https://ours.example", "Ours.") for place in ("body", "header")]
    assert [one.place for one in scope_names(Inputs(scope_name=tuple(entries)), "header")] == ["header"]


def test_the_other_inputs_win() -> None:
    """Of two with one name the later one stays."""
    first, second = (
        Inputs(path_form=(PathForm("a", form, "https://ours.example", "Ours."),)) for form in ("/1", "/2")
    )
    assert [one.form for one in first.with_those_of(second).path_form] == ["/2"]
