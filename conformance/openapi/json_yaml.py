"""YAML as OpenAPI takes it (§4.3 of 3.1): the values that JSON has, and no dates or words for true and false."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import yaml

_NOT_OF_JSON = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:merge"}
_KEPT = {"tag:yaml.org,2002:merge"}
"""Merged keys are no JSON, and many descriptions have them."""


@cache
def loader() -> Any:  # noqa: ANN401 - PyYAML's loaders in C and in Python have no common type
    """The safe loader, in C if there is one, that reads `2026-01-31`, `on` and `no` as texts."""
    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    read: Any = type("JsonYamlLoader", (base,), {})
    read.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in _NOT_OF_JSON - _KEPT]
        for first, resolvers in base.yaml_implicit_resolvers.items()
    }
    read.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), "tTfF")
    return read
