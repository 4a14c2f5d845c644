"""The client command from outside: verdicts, exit codes, and nothing left running."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from conformance.selftest.commands import INTERRUPTIBLE, Ended, synq_conformance

ADAPTERS = Path(__file__).parents[2] / "fixtures" / "adapters"
QUICK = [f"--rule={rule}" for rule in ("three-headers", "retry-after-401", "permission-surfaced")]


def client(*arguments: str, folder: Path) -> Ended:
    """Run the client suite in this folder."""
    return synq_conformance("client", *arguments, folder=folder, environ={"SYNQ_ADAPTER_ENVS": str(folder / "envs")})


def adapter(name: str) -> str:
    """The option for an adapter of this repository."""
    return f"--adapter={ADAPTERS / name}"


def report_of(folder: Path) -> dict[str, Any]:
    """The report that a run left."""
    report: dict[str, Any] = json.loads((folder / "reports" / "report.json").read_text("utf-8"))
    return report


def test_an_honest_client_is_conformant(tmp_path: Path) -> None:
    """Every client rule is judged and holds, and the report says who and by which clock."""
    ended = client(adapter("faulty:honest"), "--level=hardening", folder=tmp_path)
    report = report_of(tmp_path)
    assert ended.code == 0, ended.out + ended.err
    assert {rule["outcome"] for rule in report["rules"]} == {"passed"}
    assert report["verdict"] == "conformant"
    assert report["subject"] == {"role": "client", "name": "faulty 1", "base_url": None}
    assert report["run"]["clock"] == "the adapter's own clock"
    assert not (tmp_path / ".hypothesis").exists()


def test_a_redirect_is_kept_on_both_sides(tmp_path: Path) -> None:
    """What reached the other origin stands in the record of exchanges, and a case has one finding."""
    client(adapter("faulty:follows-with-token"), "--rule=redirect-keeps-secrets", folder=tmp_path)
    kept = (tmp_path / "reports" / "exchanges.jsonl").read_text("utf-8").splitlines()
    targets = [json.loads(line)["request"]["target"] for line in kept]
    assert "/collect" in targets
    (rule,) = report_of(tmp_path)["rules"]
    cases = [finding["case"] for finding in rule["findings"]]
    assert len(cases) == len(set(cases)) == 8


def test_a_rule_that_is_no_part_of_the_run_is_named_if_it_is_seen_to_be_broken(tmp_path: Path) -> None:
    """What the run came upon is not lost with the end of its progress, whose cases are no more than there were."""
    ended = client(adapter("faulty:appends-fresh-token"), "--rule=retry-fresh-token", folder=tmp_path)
    told = "three-headers was seen to be broken, and is no part of this run: add --rule three-headers"
    assert (ended.code, report_of(tmp_path)["run"]["notes"]) == (0, [told]), ended.out + ended.err
    assert f"Note: {told}" in ended.out.replace("\n", " ")
    counted = re.findall(r"(\d+) of (\d+) cases", ended.err)
    assert counted
    assert all(int(done) <= int(total) for done, total in counted)


def test_workers_share_a_run(tmp_path: Path) -> None:
    """Two of them come to the same end."""
    ended = client(adapter("faulty:honest"), "-n", "2", *QUICK, folder=tmp_path)
    assert ended.code == 0, ended.out + ended.err
    assert {rule["outcome"] for rule in report_of(tmp_path)["rules"]} == {"passed"}
    assert report_of(tmp_path)["subject"]["name"] == "faulty 1"
    assert " cases, " in ended.err
    run = report_of(tmp_path)["run"]
    assert run["exchanges"] == len((tmp_path / "reports" / "exchanges.jsonl").read_text("utf-8").splitlines())
    assert sum(run["generated"]["server's moves"].values()) > 0


def test_a_faulty_client_is_caught(tmp_path: Path) -> None:
    """By the rule it breaks and no other; the finding has the request."""
    ended = client(adapter("faulty:calls-403-transport"), *QUICK, folder=tmp_path)
    failed = [entry for entry in report_of(tmp_path)["rules"] if entry["outcome"] == "failed"]
    assert ended.code == 1
    assert [entry["id"] for entry in failed] == ["permission-surfaced"]
    assert failed[0]["findings"][0]["exchange"]["request"]["target"].startswith("/api/v1/")


def test_a_consequence_is_no_second_failure(tmp_path: Path) -> None:
    """A retry without its tenant is refused; that the caller does not get over the 401 follows from it."""
    client(adapter("faulty:omits-tenant-on-retry"), *QUICK, folder=tmp_path)
    rules = {entry["id"]: entry for entry in report_of(tmp_path)["rules"]}
    assert [name for name, entry in rules.items() if entry["outcome"] == "failed"] == ["three-headers"]
    assert rules["retry-after-401"]["outcome"] in ("not-assessed", "partly-assessed")
    assert rules["retry-after-401"]["reason"].startswith("follows from three-headers: ")


def test_no_secret_is_kept(tmp_path: Path) -> None:
    """Neither in the report nor in the record of exchanges, although every sign-in has the password."""
    client(adapter("faulty:prints-password"), "--rule=secrets-not-printed", folder=tmp_path)
    kept = "".join(file.read_text("utf-8") for file in (tmp_path / "reports").iterdir())
    assert "$SYNQ_PASSWORD" in kept
    assert "made-up-Lantern" not in kept
    assert "eyJ" not in kept


def test_an_adapter_that_repeats_the_password_is_told_without_it(tmp_path: Path) -> None:
    """Its wrong line is named, on the console and in the report."""
    ended = client("--command=cat", folder=tmp_path)
    kept = (tmp_path / "reports" / "report.json").read_text("utf-8")
    assert ended.code == 3
    assert "made-up-Lantern" not in ended.err + ended.out + kept
    assert "$SYNQ_PASSWORD" in ended.err


def test_what_is_no_client_earns_nothing(tmp_path: Path) -> None:
    """Exit 3 in bounded time, no rule passed and none failed; side by side, because one of them hangs."""

    def judged(variant: str) -> tuple[int, set[str]]:
        folder = tmp_path / variant
        folder.mkdir()
        ended = client(adapter(f"null:{variant}"), folder=folder)
        return ended.code, {rule["outcome"] for rule in report_of(folder)["rules"]}

    variants = ("exit-0", "exit-1", "hang", "garbage", "ok-to-all")
    with ThreadPoolExecutor(len(variants)) as pool:
        assert set(map(repr, pool.map(judged, variants))) == {repr((3, {"not-assessed"}))}


def test_wrong_usage_ends_in_2(tmp_path: Path) -> None:
    """With a message, and without a traceback."""
    ended = client("--adapter=nowhere", "--attach", folder=tmp_path)
    assert ended.code == 2
    assert "--adapter and --attach each name a client" in ended.err
    assert "Traceback" not in ended.err


def test_a_factory_is_judged_in_process(tmp_path: Path) -> None:
    """A Python client on httpx needs neither an adapter nor a socket."""
    text = (ADAPTERS / "python-httpx-auth-sync" / "client.py").read_text("utf-8")
    (tmp_path / "my_client.py").write_text(text, "utf-8")
    ended = client("--factory=my_client:make", "--mock", *QUICK, folder=tmp_path)
    assert ended.code == 0, ended.out + ended.err


@pytest.mark.parametrize("leak", ["print(token)", "logging.warning(token)", "sys.stderr.write(token)"])
def test_a_factory_that_prints_in_process_is_heard(tmp_path: Path, leak: str) -> None:
    """Its output is this process's own."""
    text = (ADAPTERS / "python-httpx-auth-sync" / "client.py").read_text("utf-8")
    leaking = text.replace("import re\n", "import logging\nimport re\nimport sys\n", 1).replace(
        "        token = self._token()\n", f"        token = self._token()\n        {leak}\n", 1
    )
    assert leak in leaking
    (tmp_path / "my_client.py").write_text(leaking, "utf-8")
    ended = client(
        "--factory=my_client:make", "--mock", "--rule=secrets-not-printed", "--level=hardening", folder=tmp_path
    )
    assert ended.code == 1, ended.out + ended.err
    assert "a token stands in standard output or error" in ended.out


def test_an_attached_adapter_is_waited_for(tmp_path: Path) -> None:
    """It is started by hand with the pipes that the suite names."""
    command = [sys.executable, "-u", "-c", INTERRUPTIBLE, "client", "--attach", *QUICK]
    command += ["--rule=secrets-not-printed"]
    suite = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)  # noqa: S603 - our own command
    assert suite.stderr is not None
    line = next(line for line in suite.stderr if "ADAPTER <" in line)
    start = line.strip().replace("ADAPTER", f"{sys.executable} ../runtime/python/serve.py faults:make honest")
    by_hand = subprocess.Popen(["sh", "-c", start], cwd=ADAPTERS / "faulty")  # noqa: S603, S607 - what a developer types
    assert suite.wait(60) == 0
    by_hand.wait(10)
    suite.stderr.close()
    outcomes = {rule["id"]: rule["outcome"] for rule in report_of(tmp_path)["rules"]}
    assert outcomes.pop("secrets-not-printed") == "not-assessed"
    assert set(outcomes.values()) == {"passed"}


def ends(pid: int) -> bool:
    """Whether there is no such process, or soon none: one that was killed stays until its parent has heard of it."""
    give_up = time.monotonic() + 5
    while time.monotonic() < give_up:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("number", "started", "more"),
    [
        pytest.param(signal.SIGINT, 1, (), id="ctrl-c-at-the-smoke-test"),
        pytest.param(signal.SIGINT, 2, (), id="ctrl-c-between-checks"),
        pytest.param(signal.SIGINT, 1, ("-n", "2"), id="ctrl-c-with-workers"),
        pytest.param(signal.SIGTERM, 1, (), id="terminated-at-the-smoke-test"),
        pytest.param(signal.SIGTERM, 2, (), id="terminated-between-checks"),
    ],
)
def test_an_interrupted_run_leaves_nothing_running(
    tmp_path: Path, number: signal.Signals, started: int, more: tuple[str, ...]
) -> None:
    """Ctrl-C ends the adapter too, the report says that it is not the whole of it, and proves nothing."""
    script = tmp_path / "adapter.sh"
    script.write_text(
        f"echo $$ >>{tmp_path}/pids\ncd {ADAPTERS / 'faulty'}\n"
        "exec python3 ../runtime/python/serve.py faults:make honest\n"
    )
    command = [sys.executable, "-c", INTERRUPTIBLE, "client", f"--command=sh {script}"]
    suite = subprocess.Popen(  # noqa: S603 - our own command
        [*command, *more], cwd=tmp_path, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
    )
    pids = tmp_path / "pids"
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up and (not pids.exists() or len(pids.read_text("ascii").split()) < started):
        time.sleep(0.05)
    os.killpg(suite.pid, number)  # as a terminal does
    code = suite.wait(60)
    assert [pid for pid in map(int, pids.read_text("ascii").split()) if not ends(pid)] == []
    assert code == 3
    report = report_of(tmp_path)
    assert (report["verdict"], report["run"]["cut_short"]) == ("not-assessed", "the run was interrupted")
