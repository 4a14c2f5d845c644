"""The run's id in what its write creates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.config.profile import Target


def with_run_id(target: Target, run_id: str) -> Target:
    """The same target, whose write says {run_id} no more but which run it is of."""
    write = target.probe.write
    if write is None:
        return target
    marked = replace(write, json=with_text_replaced(write.json, "{run_id}", run_id))
    run_id = run_id if marked != write else ""
    return replace(target, run_id=run_id, probe=replace(target.probe, write=marked))


def with_text_replaced(value: Any, text: str, by: str) -> Any:  # noqa: ANN401 - any JSON
    """The value with another text wherever this one stands in its texts."""
    match value:
        case str():
            return value.replace(text, by)
        case list():
            return [with_text_replaced(one, text, by) for one in value]
        case dict():
            return {key: with_text_replaced(one, text, by) for key, one in value.items()}
    return value
