"""A target as text, for the worker processes of a run, which do not look it up again."""

from __future__ import annotations

from conformance.config.profile import Target


def target_as_json(target: Target) -> str:
    """The target with every value resolved, secrets and all, for another process of the same run."""
    from pydantic import TypeAdapter  # late, to spare start-up

    return TypeAdapter(Target).dump_json(target).decode()


def target_from_json(text: str) -> Target:
    """What `target_as_json` wrote."""
    from pydantic import TypeAdapter  # late, to spare start-up

    return TypeAdapter(Target).validate_json(text)
