"""The entry of the plugin. Installed beside the package, as the module `synq_conformance_plugin`.

A project may have a package of its own that is named `conformance`. Its tests import that one, so the plugin stays
away: it would fail to be imported, or would stand in their way.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

OURS = "contract/contract.toml"
"""A file of the package, which no other of this name has."""


def _another() -> Path | None:
    """The folder of another package of this name, which pytest or the project's tests would import."""
    loaded = getattr(sys.modules.get("conformance"), "__file__", None)
    if loaded is not None:
        found = [Path(loaded).parent]
    elif "_SYNQ_CONFORMANCE_RUN" in os.environ:  # a worker of a run of ours, in whatever folder that was started
        found = []
    else:
        here = [Path.cwd() / place for place in ("conformance", "src/conformance")]
        spec = find_spec("conformance")
        found = [*here, *map(Path, () if spec is None else spec.submodule_search_locations or ())]
    return next((one for one in found if (one / "__init__.py").is_file() and not (one / OURS).is_file()), None)


ANOTHER = _another()

if ANOTHER is None:
    # A list of hooks and fixtures, so that nothing else of it is taken for one.
    from conformance.plugin import pytest_addoption, pytest_configure, recorder, synq_mock, synq_server

    __all__ = ("pytest_addoption", "pytest_configure", "recorder", "synq_mock", "synq_server")
else:

    def pytest_report_header() -> str:
        """Say in a line that the plugin is off, and why."""
        return (
            f"synq-conformance: its plugin is off, since {ANOTHER} is another package named conformance; use an "
            "environment of its own for it (-p no:synq-conformance spares this line)"
        )
