"""The run's id in what its write creates."""

from __future__ import annotations

from dataclasses import replace

from conformance.config.profile import Target


def with_run_id(target: Target, run_id: str) -> Target:
    """The same target, whose write says {run_id} no more but which run it is of."""
    write = target.probe.write
    if write is None:
        return target
    marked = replace(write, json=_filled_in(write.json, run_id))
    run_id = run_id if marked != write else ""
    return replace(target, run_id=run_id, probe=replace(target.probe, write=marked))


def _filled_in(value: object, run_id: str) -> object:
    match value:
        case str():
            return value.replace("{run_id}", run_id)
        case list():
            return [_filled_in(one, run_id) for one in value]
        case dict():
            return {key: _filled_in(one, run_id) for key, one in value.items()}
    return value
