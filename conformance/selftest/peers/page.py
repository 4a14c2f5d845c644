"""What was measured of the tools, as Markdown: in short for the README, and server by server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

from conformance.report.markup import table

HEAD = """\
# This suite and others, on the same servers

Made by `tox -e peers` on {date}, with Schemathesis {schemathesis} and this suite {suite}, on {cores} cores that had
other work as well: the embedded Synq as it is, with the first fault of one in {every} rules of the contract, by a
digest of their ids (so that none is picked for what a tool is good at), and with defects that its OpenAPI description
rules out and the contract says nothing of. `python -m conformance.selftest.generated` makes this page of
[peers.json](peers.json).

Schemathesis has every check (`--checks all --mode all`, all phases, stateful too), the description and the three
headers, then a second account of another tenant for its check of objects, as its guide asks, and last the operation
that ends its token. It stops at its first failure and does not shrink it. This suite is *told the same* (description,
a token of each tenant, that it may write), and a second time has a *whole profile*. Requests and seconds are those
until the first failure, or of the whole run if there is none. A first failure is any; the suite names the broken rule
besides."""
EVERY_FAULT = """\
## Every fault

Made by `tox -e every-fault` on {date}, with Schemathesis {schemathesis}, some servers at once on {cores} cores. Of
{tried} faults of the embedded Synq (all but those of TLS) Schemathesis sees {seen}. It draws by a seed, and sends
{asked:,} requests to the right server. {same} faulty servers answer all of these as the right one does, so that it
would send, see and say the same; it was run on the {differing} others. This suite, with a whole profile, sees {both}
of the {seen}, {fewer} of them after fewer requests and {sooner} in less time; calibration shows that it catches every
fault."""
KINDS: Mapping[str, str] = {
    "right": "False alarms on the right server",
    "fault": "Servers with a fault of a rule: found",
    "beside": "Servers with another defect: found",
}
LEVELS = ("required", "standard", "hardening")


def peers_summary(data: Mapping[str, Any]) -> str:
    """A row for what was found of each kind, a column for each tool."""
    tools = data["tools"]
    rows = [
        *((KINDS[kind], *(_counted(data, tool, kind) for tool in tools)) for kind in KINDS),
        *((f"of these, {level}", *(_counted(data, tool, "fault", level) for tool in tools)) for level in LEVELS),
        ("Requests until a fault was found, median", *(_median(data, tool, "requests") for tool in tools)),
        ("Seconds until then, median", *(_median(data, tool, "seconds") for tool in tools)),
    ]
    order = (0, 1, 3, 4, 5, 2, 6, 7)
    return table(("", *tools.values()), [rows[number] for number in order])


def peers_page(data: Mapping[str, Any]) -> str:
    """The whole page; says so if not all of the sample was tried."""
    head = HEAD.format(date=data["date"], cores=data["cores"], every=data["every"], **data["versions"])
    tried, sampled = len(data["servers"]), data["sampled"]
    if tried < sampled:
        more = f"tox -e peers -- --every {data['every']} --keep"
        head += f" {tried} of {sampled} servers were tried yet; `{more}` goes on."
    rows = [tuple(_row(data, server)) for server in data["servers"]]
    whole = table(("Server", "What is wrong", *data["tools"].values()), rows)
    return "\n\n".join((head, peers_summary(data), "## Server by server", whole)) + "\n"


def _row(data: Mapping[str, Any], server: Mapping[str, str]) -> Iterator[str]:
    level = f" ({server['level']})" if server["level"] else ""
    yield f"`{server['name']}`"
    yield f"{server['about']}{level}"
    for tool in data["tools"]:
        (one,) = (one for one in data["trials"] if one["tool"] == tool and one["server"] == server["name"])
        yield _came(one)


def _chosen(data: Mapping[str, Any], tool: str, kind: str, level: str | None = None) -> list[Mapping[str, Any]]:
    names = {one["name"] for one in data["servers"] if one["kind"] == kind and level in (None, one["level"])}
    return [one for one in data["trials"] if one["tool"] == tool and one["server"] in names]


def _counted(data: Mapping[str, Any], tool: str, kind: str, level: str | None = None) -> str:
    chosen = _chosen(data, tool, kind, level)
    return f"{sum(one['found'] for one in chosen)} of {len(chosen)}"


def _median(data: Mapping[str, Any], tool: str, what: str) -> str:
    values = [one[what] for one in _chosen(data, tool, "fault") if one["found"]]
    return f"{median(values):,.0f}" if values else "none"


def every_fault_section(data: Mapping[str, Any]) -> str:
    """In short, and a row for each fault that Schemathesis sees."""
    seen = [one for one in data["faults"] if one["suite"] is not None]
    both = [one for one in seen if one["suite"]["found"]]
    text = EVERY_FAULT.format(
        **{name: data[name] for name in ("date", "schemathesis", "cores", "tried", "asked")},
        seen=len(seen),
        same=data["tried"] - len(data["faults"]),
        differing=len(data["faults"]),
        both=len(both),
        fewer=sum(one["suite"]["requests"] < one["schemathesis"]["requests"] for one in both),
        sooner=sum(one["suite"]["seconds"] < one["schemathesis"]["seconds"] for one in both),
    )
    rows = [(f"`{one['fault']}`", _came(one["schemathesis"]), _came(one["suite"])) for one in seen]
    return f"{text}\n\n" + table(("Fault", "Schemathesis", "This suite"), rows)


def _came(trial: Mapping[str, Any]) -> str:
    said = trial["said"] if trial["found"] else "nothing"
    return f"{said}: {trial['requests']:,} requests, {trial['seconds']:.1f} s"
