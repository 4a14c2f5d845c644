"""What is published: the same octets each time, the suite and nothing else, with a description to be read anywhere."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from readme_renderer.markdown import render

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
VERSION: str = PROJECT["version"]
MINORS = ("3.11", "3.12", "3.13")
"""The Pythons that are supported."""
SITE = "https://github.com/synq-io/synq-conformance"


def ran(*words: str | Path, folder: Path = ROOT, **environ: str) -> str:
    """What the command printed; it must end well."""
    done = subprocess.run(  # noqa: S603 - our own commands
        list(map(str, words)), cwd=folder, env=os.environ | environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def built(folder: Path, **environ: str) -> Path:
    """Where the distribution lies that was built from a clone of what is committed."""
    ran("git", "clone", "-q", ROOT, folder)
    ran(sys.executable, "-m", "build", folder, folder=ROOT, **environ)
    return folder / "dist"


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("first") / "checkout")


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (path,) = dist.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"synq_conformance-{VERSION}.dist-info/METADATA").decode()
    return Parser().parsestr(text)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the wheel, what it needs, and nothing else."""
    folder = tmp_path_factory.mktemp("installed") / "env"
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    ran(python, "-m", "pip", "install", "-q", wheel)
    ran(python, "-m", "pip", "uninstall", "-q", "-y", "pip", "setuptools")
    return python


def test_two_builds_are_the_same_octets(dist: Path, tmp_path: Path) -> None:
    """In another folder, another time zone and another language."""
    other = built(tmp_path / "elsewhere" / "a", TZ="Asia/Tokyo", LC_ALL="C", PYTHONHASHSEED="7")
    files = {path.name: path.read_bytes() for path in dist.iterdir()}
    assert {path.name: path.read_bytes() == files[path.name] for path in other.iterdir()} == dict.fromkeys(files, True)


def test_the_wheel_has_the_suite_and_no_test_of_its_own(wheel: Path) -> None:
    """Every file that is committed in the package, the data that a user begins with, and nothing else."""
    with zipfile.ZipFile(wheel) as archive:
        there = {name for name in archive.namelist() if ".dist-info/" not in name}
    committed = ran("git", "ls-files", "conformance").split()
    runtime = ran("git", "ls-files", "fixtures/adapters/runtime").split()
    skeletons = {name.replace("fixtures/adapters/runtime", "conformance/examples/adapters") for name in runtime}
    elsewhere = "conformance/plugin_entry.py"  # it is synq_conformance_plugin.py there
    package = {name for name in committed if not name.startswith("conformance/selftest/")} - {elsewhere}
    assert there == package | skeletons | {"conformance/examples/profile.toml", "synq_conformance_plugin.py"}


def test_the_source_distribution_has_the_tests(dist: Path) -> None:
    """Who packages it for a system runs them."""
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"conformance/selftest/test_checks.py", "fixtures/golden/report.json", "tox.ini", "CHANGELOG.md"} <= names


def test_the_index_takes_it(dist: Path) -> None:
    """Without a warning."""
    ran(sys.executable, "-m", "twine", "check", "--strict", *dist.iterdir())


def test_the_version_stands_in_one_place(metadata: Message) -> None:
    """In pyproject.toml; the change log and the hook for pre-commit speak of it."""
    assert metadata["Version"] == VERSION
    changes = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    recipe = re.search(r"rev: v(\S+)", (ROOT / ".github" / "PIPELINES.md").read_text("utf-8"))
    assert [found and found[1] for found in (changes, recipe)] == [VERSION, VERSION]


def test_the_description_can_be_read_anywhere(metadata: Message) -> None:
    """It renders, no link of it is relative, and each that leads into the project leads to a file that is there."""
    description = metadata.get_payload()
    assert isinstance(description, str)
    assert (metadata["Description-Content-Type"], bool(render(description))) == ("text/markdown", True)
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", description)
    places = (f"{SITE}/blob/v{VERSION}/", f"{SITE.replace('github.com', 'raw.githubusercontent.com')}/v{VERSION}/")
    ours = [link.removeprefix(place) for link in links for place in places if link.startswith(place)]
    assert [link for link in links if not link.startswith(("https://", "http://"))] == []
    assert (len(ours) > 15, [path for path in ours if not (ROOT / path).exists()]) == (True, [])


def test_the_metadata_names_who_and_where(metadata: Message) -> None:
    """Author, license, status, supported Pythons and the usual addresses."""
    urls = dict(one.split(", ", 1) for one in metadata.get_all("Project-URL", []))
    classifiers = metadata.get_all("Classifier", [])
    assert {"Homepage", "Source", "Issues", "Changelog", "Documentation"} <= set(urls)
    assert (metadata["Author"], metadata["License-Expression"]) == ("Synq", "Apache-2.0")
    assert any(one.startswith("Development Status") for one in classifiers)
    minors = {
        one.rpartition(" ")[2] for one in classifiers if re.fullmatch(r"Programming Language :: Python :: 3\.\d+", one)
    }
    assert minors == set(MINORS)


def test_what_runs_needs_is_imported_by_it(metadata: Message) -> None:
    """A requirement that nothing of the package imports is one too many."""
    needed = [Requirement(line) for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    modules = {"pyyaml": "yaml", "tomli-w": "tomli_w", "pytest-xdist": None}
    files = [path for path in (ROOT / "conformance").rglob("*.py") if "selftest" not in path.parts]
    texts = [path.read_text("utf-8") for path in files]
    for one in needed:
        module = modules.get(one.name, one.name)
        pattern = re.compile(rf"^\s*(?:from|import) {module}\b", re.MULTILINE)
        assert module is None or any(pattern.search(text) for text in texts), one
    assert "jsonschema" not in {one.name for one in needed}


def test_it_works_on_its_own(installed: Path, tmp_path: Path) -> None:
    """With what it says that it needs, it judges, renders each format, signs and verifies."""
    command = installed.parent / "synq-conformance"
    assert VERSION in ran(command, "--version")
    ran(command, "server", "--mock", "--rule", "documented-request", folder=tmp_path)
    ran(command, "report", "render", "reports", folder=tmp_path)
    ran("openssl", "genpkey", "-algorithm", "ed25519", "-out", "private.pem", folder=tmp_path)
    ran("openssl", "pkey", "-in", "private.pem", "-pubout", "-out", "public.pem", folder=tmp_path)
    ran(command, "report", "attest", "reports", "--key", "private.pem", folder=tmp_path)
    assert "Verified" in ran(command, "report", "verify", "reports", "--key", "public.pem", folder=tmp_path)
    ran(command, "calibrate", "--fault", "tenant-unchecked", folder=tmp_path)


@pytest.mark.parametrize(
    "command",
    [*(("uv", "tool", "run", "--python", minor, "--from") for minor in MINORS), ("pipx", "run", "--spec")],
    ids=[*(f"uvx-{minor}" for minor in MINORS), "pipx"],
)
def test_it_runs_without_being_installed(command: tuple[str, ...], wheel: Path, tmp_path: Path) -> None:
    """As those try it who install nothing."""
    index = {"UV_DEFAULT_INDEX": found} if (found := pip_index()) else {}
    pythons = sorted(Path.home().glob(".pyenv/versions/*/bin"))  # which its shims do not give to others
    own = {"PATH": os.pathsep.join((os.environ["PATH"], *map(str, pythons)))}
    own |= {"PIPX_HOME": str(tmp_path / "pipx"), "UV_CACHE_DIR": str(tmp_path / "uv")}
    words = (*command, str(wheel), "synq-conformance", "server", "--mock", "--rule", "documented-request")
    ran(Path(sys.executable).parent / words[0], *words[1:], folder=tmp_path, **index, **own)
    assert (tmp_path / "reports" / "report.json").is_file()


def pip_index() -> str:
    """The index that pip is told of, which uv does not read."""
    told = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True, check=False
    )
    return told.stdout.strip()


def test_a_bill_of_materials_names_all_that_is_installed(installed: Path, metadata: Message, tmp_path: Path) -> None:
    """In CycloneDX, valid, with a version and an address of each package, and the same each time."""
    arguments = ("environment", "--output-reproducible", "--pyproject", ROOT / "pyproject.toml", installed)
    file = tmp_path / "sbom.cdx.json"
    command = Path(sys.executable).parent / "cyclonedx-py"
    ran(command, *arguments, "--output-file", file)
    first = file.read_text("utf-8")
    ran(command, *arguments, "--output-file", file)
    bill = json.loads(first)
    named = {
        re.sub(r"[-_.]+", "-", one["name"]).lower() for one in bill["components"] if one["version"] and one["purl"]
    }
    needed = {Requirement(line).name for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line}
    assert (needed - named, file.read_text("utf-8") == first) == (set(), True)
