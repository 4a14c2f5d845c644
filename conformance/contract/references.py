"""Sources as links: the text of an RFC at the section that is named, and the entry of a list of weaknesses."""

from __future__ import annotations

import re

REPOSITORY = "https://github.com/synq-io/synq-conformance"
"""The project's own pages are there."""
_RFC = re.compile(r"RFC (\d+) §(\d+(?:\.\d+)*)")
_CWE = re.compile(r"CWE-(\d+)")
_CVE = re.compile(r"CVE-\d+-\d+")


def rule_url(rule_id: str) -> str:
    """Returns the address of all that the project says of a rule of the current contract."""
    return f"{REPOSITORY}/blob/main/conformance/RULES.md#{rule_id}"


def reference_url(reference: str) -> str | None:
    """Returns the address of the text that a reference names; None of the guide, and of what has no page of its own.

    What follows the reference, such as its force, is not looked at.
    """
    if rfc := _RFC.match(reference):
        return f"https://www.rfc-editor.org/rfc/rfc{rfc[1]}#section-{rfc[2]}"
    if cwe := _CWE.match(reference):
        return f"https://cwe.mitre.org/data/definitions/{cwe[1]}.html"
    if cve := _CVE.match(reference):
        return f"https://www.cve.org/CVERecord?id={cve[0]}"
    return None
