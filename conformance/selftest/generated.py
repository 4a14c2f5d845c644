"""Makes all that is generated anew: reference pages, figures of the README, golden reports, schema, the overview.

`python -m conformance.selftest.generated`, once after a merge; then look at the difference.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conformance.selftest import golden
from conformance.selftest.reference.checks_of_rules import PACKAGE
from conformance.selftest.reference.commands_page import commands_page
from conformance.selftest.reference.contract_changes_page import contract_changes_page
from conformance.selftest.reference.profile_page import profile_page
from conformance.selftest.reference.readme_figures import figure_pages
from conformance.selftest.reference.room_pages import room_pages
from conformance.selftest.reference.rules_page import rules_page

OVERVIEW = PACKAGE.parent / "fixtures" / "popular" / "overview.py"


def reference_pages() -> dict[Path, str]:
    """Every page of the reference, by its file."""
    pages = {"RULES.md": rules_page(), "PROFILE.md": profile_page(), "COMMANDS.md": commands_page(), **room_pages()}
    pages["contract/CHANGES.md"] = contract_changes_page()
    return {PACKAGE / name: text for name, text in pages.items()}


if __name__ == "__main__":
    golden.write()
    for file, text in {**reference_pages(), **figure_pages()}.items():
        file.write_text(text, "utf-8", newline="\n")
    subprocess.run([sys.executable, OVERVIEW, "--render"], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
