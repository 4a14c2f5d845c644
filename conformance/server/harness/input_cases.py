"""Which inputs are the cases of a check, by the name of the parameter that takes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from urllib.parse import quote

from conformance.config.profile import Target
from conformance.contract.capabilities import ELSEWHERE
from conformance.contract.inputs import SHOWN, Input, Inputs, PathForm, Surrounding, shipped_inputs
from conformance.evidence.judge import Unmet
from conformance.http.message import Field
from conformance.server.harness.target_api import TargetApi

ABSOLUTE = "http://"
"""How a target in absolute form begins, which a proxy would take for the way to another server."""
CASES_OF: dict[str, Callable[[Inputs], Sequence[Input]]] = {
    "overriding": SHOWN["override-headers"],
    "surrounding": SHOWN["surroundings"],
    "path_form": lambda inputs: inputs.path_form,
    "path_step": lambda inputs: inputs.path_step,
    "scope_name": SHOWN["scope-beside-headers"],
    "scope_in_body": SHOWN["scope-beside-write"],
    "other_field": SHOWN["scope-field-name"],
    "near_password": SHOWN["password-exact"],
    "loose_password": SHOWN["password-loose"],
}


def open_prefixes_of(target: Target) -> list[str]:
    """Paths that guards usually leave open, and those that the profile adds."""
    return [one.prefix for one in shipped_inputs().with_those_of(target.inputs).path_prefix]


def surrounding_fields(synq: TargetApi, surrounding: Surrounding) -> tuple[Field, ...]:
    """The fields of these surroundings, filled in for this target."""
    target = synq.target
    filled = {
        "path": target.probe.read,
        "sign_in": sign_in_path(synq),
        "token": synq.credentials.valid(),
        "host": target.origin.partition("://")[2],
    }
    return tuple((name, _filled(value, filled)) for name, value in surrounding.fields.items())


def _filled(template: str, values: dict[str, str]) -> str:
    """The template with `{name}` replaced, and every other brace left as it is."""
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", value)
    return template


def sign_in_path(synq: TargetApi) -> str:
    """The path to sign in at, by the target's profile or as the contract assumes."""
    target = synq.target
    return target.sign_in.path if target.sign_in is not None else f"{target.base_path}/api/v1/auth/sign-in"


def spelled(synq: TargetApi, path_form: PathForm) -> str:
    """The protected path in this form. The base URL's path stays as it is, since it leads to the API."""
    base_path = synq.target.base_path
    path = synq.target.probe.read.removeprefix(base_path)
    head, _, last = path.rpartition("/")
    parent, _, folder = head.rpartition("/")
    sign_in = sign_in_path(synq).removeprefix(base_path)
    values = {
        "path": path,
        "head": head,
        "last": last,
        "folder": folder,
        "parent": parent,
        "letter": f"%{ord(last[0]):02x}" if last[:1].isalpha() else quote(last[:1]),
        "rest": last[1:],
        "upper": path.upper(),
        "doubled": path.replace("/", "//"),
        "trimmed": path.removeprefix("/"),
        "sign_in": sign_in,
        "to_sign_in": "../" * path.count("/") + sign_in.removeprefix("/"),
        "encoded_to_sign_in": ("../" * path.count("/") + sign_in.removeprefix("/")).replace("/", "%2f"),
        "unversioned": _VERSION.sub("", path, count=1),
        "unprefixed": f"/{path.split('/', 2)[-1]}",
    }
    if path_form.form.startswith(ABSOLUTE):
        for need in ("socket", "direct"):
            if need not in synq.target.capabilities:
                raise Unmet(f"supply {ELSEWHERE[need]}")
        return _filled(path_form.form, values | {"path": base_path + path})
    return base_path + _filled(path_form.form, values)


_VERSION = re.compile(r"/v\d+(?=/)")


def ways_out(synq: TargetApi, prefixes: Sequence[str], step: str) -> list[str]:
    """The protected path by way of each open path, and by as many steps up as it takes.

    Of an open path that begins like the protected one it is left at the last segment that they share, too: what is
    above may be out of reach.
    """
    base_path = synq.target.base_path
    path = synq.target.probe.read.removeprefix(base_path)
    open_paths = [sign_in_path(synq).removeprefix(base_path), *prefixes]
    ways = [f"{one}{step * one.count('/')}{path}" for one in open_paths]
    ways += [
        f"{one}{step * (one.count('/') - shared)}/{'/'.join(path.split('/')[shared + 1 :])}"
        for one in open_paths
        if (shared := _shared(one, path))
    ]
    return [base_path + way for way in ways]


def _shared(one: str, other: str) -> int:
    """How many segments two paths have in common at their beginning, the last of each left out."""
    pairs = zip(one.split("/")[1:-1], other.split("/")[1:-1], strict=False)
    count = 0
    for mine, theirs in pairs:
        if mine != theirs:
            break
        count += 1
    return count
