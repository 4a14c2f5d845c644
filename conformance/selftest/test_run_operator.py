"""Who ran it, and where: in the report, on its page, and on the paper that is signed."""

from pathlib import Path

import pytest

from conformance.config.pipeline_link import pipeline_link
from conformance.results import data as results
from conformance.selftest.commands import synq_conformance

SERVERS = {
    "github": (
        {
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_REPOSITORY": "acme/api",
            "GITHUB_RUN_ID": "411",
        },
        "https://github.example/acme/api/actions/runs/411",
    ),
    "gitlab": ({"CI_JOB_URL": "https://gitlab.example/a/-/jobs/7"}, "https://gitlab.example/a/-/jobs/7"),
    "jenkins": ({"BUILD_URL": "https://ci.example/job/a/9/"}, "https://ci.example/job/a/9/"),
    "azure": (
        {
            "SYSTEM_COLLECTIONURI": "https://dev.azure.example/acme/",
            "SYSTEM_TEAMPROJECT": "the api",
            "BUILD_BUILDID": "31",
        },
        "https://dev.azure.example/acme/the%20api/_build/results?buildId=31",
    ),
    "none": ({}, None),
    "half": ({"GITHUB_SERVER_URL": "https://github.example", "GITHUB_RUN_ID": "411"}, None),
    "no-url": ({"BUILD_URL": "javascript:alert(1)"}, None),
    "with-a-password": ({"BUILD_URL": "https://ada:lantern@ci.example/job/9"}, None),
}


@pytest.mark.parametrize("name", SERVERS)
def test_the_run_of_a_pipeline_is_linked(name: str) -> None:
    """By what its server says of it; what is no plain web address is left out."""
    environ, link = SERVERS[name]
    assert pipeline_link(environ) == link


def test_the_report_says_who_ran_it_and_where(tmp_path: Path) -> None:
    """--operator and the pipeline stand in report.json and on the page."""
    options = ("--operator", "Ada, platform team", "--rule", "documented-request", "--report-dir", ".")
    environ = {"CI_JOB_URL": "https://gitlab.example/acme/-/jobs/7", "GITHUB_RUN_ID": "", "GITHUB_ACTIONS": ""}
    synq_conformance("server", "--mock", *options, folder=tmp_path, environ=environ)
    run = results.loads((tmp_path / "report.json").read_text("utf-8")).run
    assert (run.operator, run.pipeline) == ("Ada, platform team", "https://gitlab.example/acme/-/jobs/7")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "Ada, platform team" in page
    assert 'href="https://gitlab.example/acme/-/jobs/7"' in page
