"""`[run]` of a profile: options of a run that it has by default. Its keys are those that the options declare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, make_dataclass
from pathlib import Path
from typing import Any, Literal, Optional

from conformance.config.declared import OPTIONS, Option, OptionKind
from conformance.config.profile import ProfileError
from conformance.config.types import Text
from conformance.config.value_sources import resolved_in
from conformance.toml.schema import FORBID_UNKNOWN, dotted, read_text, tables, validate

RUN_OPTIONS: Mapping[str, Option] = {option.run_key: option for option in OPTIONS if option.run_key is not None}
"""The options that may stand there, by their keys."""


def _type_of(option: Option) -> Any:  # noqa: ANN401 - a type, as annotations have it
    match option.kind:
        case OptionKind.FLAG:
            return bool
        case OptionKind.NUMBER:
            return int
        case OptionKind.MANY:
            return tuple[Text, ...]
        case OptionKind.CHOICE:
            return Literal[option.choices]
    return Text


RunTable: Any = make_dataclass(
    "RunTable",
    [(key, Optional[_type_of(option)], field(default=None)) for key, option in RUN_OPTIONS.items()],  # noqa: UP045 - a type that is made
    namespace={"__pydantic_config__": FORBID_UNKNOWN},
    frozen=True,
)
"""What the table has."""


def run_table(path: Path, environ: Mapping[str, str]) -> dict[str, object]:
    """Values by the names of options; files start from the profile's folder. Empty if the profile has no [run].

    Raises ProfileError, which names the file and each key that is wrong.
    """
    data = tables(read_text(path, ProfileError), str(path), ProfileError)
    table = data.get("run")
    if table is None:
        return {}
    problems: dict[str, str] = {}
    resolved = resolved_in({"run": table}, path.parent, environ, problems)["run"]
    found, wrong = validate(RunTable, resolved) if isinstance(resolved, dict) else (None, (((), "must be a table"),))
    problems = {dotted(("run", *place)): problem for place, problem in wrong} | problems
    if problems or found is None:
        raise ProfileError(*(f"{path}: {key}: {text}" for key, text in problems.items()))
    given = {key: getattr(found, key) for key in RUN_OPTIONS if getattr(found, key) is not None}
    return {RUN_OPTIONS[key].name: _located(RUN_OPTIONS[key], value, path.parent) for key, value in given.items()}


def _located(option: Option, value: object, folder: Path) -> object:
    return str(folder / Path(str(value)).expanduser()) if option.is_path else value
