"""Which real servers and client libraries break a rule, as fixtures declare it and calibration holds them to it."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from conformance.calibrate.adapters import client_subjects
from conformance.calibrate.subjects import Kind

FIXTURES = Path(__file__).parents[3] / "fixtures"


@cache
def stacks_by_rule() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """The stacks that break a rule, each by name, and its folder from `fixtures` on."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for file in sorted((FIXTURES / "targets").glob("*/target.toml")):
        folder = file.parent.relative_to(FIXTURES).as_posix()
        for target in tomllib.loads(file.read_text("utf-8"))["target"]:
            for rule_id in dict.fromkeys(_broken(target)):
                found[rule_id].append((target["name"], folder))
    for one in client_subjects(FIXTURES / "adapters"):
        if one.kind is Kind.LIBRARY:
            for rule_id in one.declared:
                found[rule_id].append((one.name, f"adapters/{Path(one.where).name.partition(':')[0]}"))
    return {rule_id: tuple(stacks) for rule_id, stacks in found.items()}


def _broken(target: Mapping[str, Any]) -> Iterator[str]:
    yield from target.get("caught_by", ())
    yield from (finding["rule"] for finding in target.get("finding", ()))
