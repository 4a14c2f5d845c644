"""The page of the pipeline run that this is, by the variables that its server sets."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

_OWN_PAGE = ("CI_JOB_URL", "CI_PIPELINE_URL", "CIRCLE_BUILD_URL", "BUILDKITE_BUILD_URL", "BUILD_URL")
"""Variables that are the page's address: of GitLab (twice), CircleCI, Buildkite and Jenkins."""


def pipeline_link(environ: Mapping[str, str]) -> str | None:
    """Returns the address of the run; None outside a pipeline, and if what is named is no plain web address."""
    named = (_github(environ), *(environ.get(name) for name in _OWN_PAGE), _azure(environ))
    return next((link for link in named if link and _is_plain(link)), None)


def _github(environ: Mapping[str, str]) -> str | None:
    parts = [environ.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    return "{}/{}/actions/runs/{}".format(*parts) if all(parts) else None


def _azure(environ: Mapping[str, str]) -> str | None:
    server, project, number = map(environ.get, ("SYSTEM_COLLECTIONURI", "SYSTEM_TEAMPROJECT", "BUILD_BUILDID"))
    if not (server and project and number):
        return None
    return f"{server.rstrip('/')}/{quote(project)}/_build/results?buildId={quote(number)}"


def _is_plain(link: str) -> bool:
    """Whether it leads to the web, and holds no name or password that a report would give away."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
