"""Every option of a run, declared once: the command line and the pytest plugin are made from this list.

Imported in every pytest run, so it imports next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

LEVELS = ("required", "standard", "hardening")
DEPTHS = ("quick", "standard", "deep")
BOTH, SERVER, CLIENT = ("server", "client"), ("server",), ("client",)


class OptionKind(Enum):
    """What an option takes."""

    TEXT = "text"
    FILE = "file"
    FOLDER = "folder"
    PLACE = "place"
    """A file or a folder."""
    NUMBER = "number"
    CHOICE = "choice"
    FLAG = "flag"
    MANY = "many"
    """It may be given several times."""
PROFILE_FILE = "synq-conformance.toml"
"""The profile that is looked for, here and in the folders above, if no target is named."""
PROFILE_HELP = f"Profile (TOML) of the server under test; else {PROFILE_FILE}, here or in a folder above."


@dataclass(frozen=True, slots=True)
class Option:
    """One option: `--report-dir` of synq-conformance, `--synq-report-dir` of pytest."""

    name: str
    """Without dashes in front, such as "report-dir"."""
    help: str
    roles: tuple[str, ...] = BOTH
    """The suites that take it on the command line of synq-conformance; pytest takes all of them."""
    kind: OptionKind = OptionKind.TEXT
    metavar: str | None = None
    default: str | int | None = None
    choices: tuple[str, ...] = ()
    names_subject: bool = False
    """Whether it names what is checked."""
    own_default: str | None = None
    """What synq-conformance takes if it is left out; plain pytest writes no report unless it is asked to."""
    run_key: str | None = None
    """Its key in [run] of a profile, if it may stand there; in upper case after SYNQ_ it is its variable."""

    @property
    def key(self) -> str:
        """As a name in Python, such as "report_dir"."""
        return self.name.replace("-", "_")

    @property
    def left_out(self) -> object:
        """Its value if it was not given."""
        return {OptionKind.FLAG: False, OptionKind.MANY: []}.get(self.kind)

    @property
    def variable(self) -> str | None:
        """The environment variable that says it if the option is not given."""
        if self.run_key is None or self.kind is OptionKind.FLAG:
            return _VARIABLES.get(self.name)
        return f"SYNQ_{self.run_key.upper()}"

    @property
    def is_path(self) -> bool:
        return self.kind in (OptionKind.FILE, OptionKind.FOLDER, OptionKind.PLACE)

    @property
    def whole_help(self) -> str:
        """The help with the default, and the other places that may say it."""
        default = self.own_default or self.default
        places = (
            "may be given again" if self.kind is OptionKind.MANY else None,
            None if default is None else f"default: {default}",
            self.variable,
            None if self.run_key is None else f"run.{self.run_key} of the profile",
        )
        more = "; ".join(filter(None, places))
        return f"{self.help} ({more})" if more else self.help

    @property
    def dest(self) -> str:
        """The attribute of pytest's options."""
        return f"synq_{self.key}"


_VARIABLES = {"url": "SYNQ_BASE_URL", "profile": "SYNQ_PROFILE", "report-dir": "SYNQ_REPORT_DIR"}
"""Of options that no profile has."""

OPTIONS = (
    Option("url", "Base URL of the server under test.", SERVER, metavar="URL", names_subject=True),
    Option("profile", PROFILE_HELP, SERVER, OptionKind.FILE, "FILE", names_subject=True),
    Option("openapi", "OpenAPI description of the server under test.", SERVER, metavar="FILE|URL"),
    Option("embedded", "Check the embedded Synq over HTTP, whatever the environment names.", SERVER, OptionKind.FLAG),
    Option(
        "allow-cleartext",
        "Check a server over plain HTTP on another machine, although tokens and passwords cross the network readable.",
        SERVER,
        OptionKind.FLAG,
    ),
    Option("allow-production", "Check api.synq.io itself.", SERVER, OptionKind.FLAG),
    Option("command", "Command of the adapter under test.", CLIENT, metavar="CMD", names_subject=True),
    Option(
        "factory", "Factory of the Python client under test.", CLIENT, metavar="PKG.MOD:CALLABLE", names_subject=True
    ),
    Option(
        "adapter",
        "Folder with the adapter.toml of the client under test.",
        CLIENT,
        metavar="DIR[:VARIANT]",
        names_subject=True,
    ),
    Option("no-real-time", "Wait for no token in real time, come what may.", CLIENT, OptionKind.FLAG),
    Option("attach", "Wait for an adapter that is started by hand.", CLIENT, OptionKind.FLAG),
    Option(
        "mock",
        "Check in-process, without a socket: the embedded Synq, or a factory's httpx client.",
        BOTH,
        OptionKind.FLAG,
    ),
    Option("fault", "Mutate the embedded Synq by this fault.", SERVER, OptionKind.MANY, "NAME"),
    Option("report-dir", "Folder of report and exchanges.", BOTH, OptionKind.FOLDER, "DIR", own_default="reports"),
    Option("format", "This format of the report too (junit…).", BOTH, OptionKind.MANY, "NAME", run_key="formats"),
    Option("cases", "Regression cases (TOML), as in a run's found.toml.", SERVER, OptionKind.FILE, "FILE"),
    Option("waivers", "Waivers (TOML).", BOTH, OptionKind.FILE, "FILE", run_key="waivers"),
    Option(
        "strict-coverage",
        "Fail if a rule of the level is not judged in full, unless listed.",
        BOTH,
        OptionKind.FLAG,
        run_key="strict_coverage",
    ),
    Option(
        "unassessed",
        "The list (TOML) of rules known not to be judged, for --strict-coverage.",
        BOTH,
        OptionKind.FILE,
        "FILE",
        run_key="unassessed",
    ),
    Option(
        "min-assessed",
        "Fail if fewer rules of the level are judged in full, such as 90%.",
        BOTH,
        metavar="PERCENT",
        run_key="min_assessed",
    ),
    Option(
        "fail-on",
        "Fail if a rule is not-assessed or waived, up to this level.",
        BOTH,
        OptionKind.MANY,
        "WHAT[:LEVEL]",
        run_key="fail_on",
    ),
    Option(
        "baseline",
        "Fail if anything is worse than in this report.json, or its folder.",
        BOTH,
        OptionKind.PLACE,
        "REPORT",
        run_key="baseline",
    ),
    Option(
        "level",
        "Failures up to this level make the target not conformant.",
        BOTH,
        OptionKind.CHOICE,
        default="required",
        choices=LEVELS,
        run_key="level",
    ),
    Option(
        "vault",
        "Keep the run's token there, and use one that has ended by now as tokens.expired.",
        SERVER,
        OptionKind.FILE,
        "FILE",
        run_key="vault",
    ),
    Option(
        "wait-for-expiry",
        "Hold a token until it has ended by itself, a quarter of an hour ago, and see that it is refused.",
        SERVER,
        OptionKind.FLAG,
        run_key="wait_for_expiry",
    ),
    Option("rule", "Only this rule.", BOTH, OptionKind.MANY, "ID"),
    Option(
        "depth",
        "How many inputs are generated.",
        BOTH,
        OptionKind.CHOICE,
        default="standard",
        choices=DEPTHS,
        run_key="depth",
    ),
    Option("seed", "Seed of generated inputs.", BOTH, OptionKind.NUMBER, "N", default=0, run_key="seed"),
    Option("shard", "Only part I of N of the rules.", BOTH, metavar="I/N", default="1/1"),
    Option("resume", "Go on with the interrupted run of the report folder.", BOTH, OptionKind.FLAG),
    Option("fail-fast", "End once a rule has failed that no waiver excuses.", BOTH, OptionKind.FLAG),
    Option("deadline", "End after this time, such as 90s, 10m or 1h.", BOTH, metavar="TIME", run_key="deadline"),
)
CONSOLE = Option("console", "Speak as synq-conformance, not as pytest.", (), OptionKind.FLAG)
"""Given by synq-conformance to the pytest that it starts."""


DOCTORS = ("url", "profile", "openapi", "embedded", "fault", "allow-cleartext", "allow-production", "depth")
"""Options of a run that `synq-conformance doctor` takes as well."""


def of_doctor() -> tuple[Option, ...]:
    """The options that `synq-conformance doctor` takes."""
    return tuple(option for option in OPTIONS if option.name in DOCTORS)


def of_suite(role: str) -> tuple[Option, ...]:
    """The options that `synq-conformance server` or `client` takes."""
    return tuple(option for option in OPTIONS if role in option.roles)
