"""What came of a load run: the rate, the latencies, and every wrong answer, counted by what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

OUTCOME = "load.json"
NO_ANSWER = "not judged"
"""How the error of a request begins that brought nothing that says anything of the contract."""
MOST_SHOWN = 10
OK, WRONG, NOT_JUDGED = 0, 1, 3
LEAST_JUDGED = 0.9
"""The share of requests that must be judged before a run without a wrong answer says anything."""


@dataclass(frozen=True, slots=True)
class LoadOutcome:
    """What came of a load run."""

    base_url: str
    requests: int
    judged: int
    wrong: Mapping[str, int]
    """What was wrong, by what was asked, with the number of answers."""
    not_judged: Mapping[str, int]
    """Why nothing could be judged, with the number of requests."""
    duration_s: float
    requests_per_second: float
    latencies_ms: Mapping[str, float]
    """By the share of requests that took no longer."""
    by_kind: Mapping[str, int]
    """Requests by what was asked."""

    @classmethod
    def of(
        cls,
        base_url: str,
        *,
        requests: int,
        errors: Mapping[str, int],
        duration_s: float,
        latencies_ms: Mapping[str, float],
        by_kind: Mapping[str, int],
    ) -> LoadOutcome:
        """Put together what was counted; `errors` as "what was asked: what is wrong"."""
        not_judged = {error: number for error, number in errors.items() if f": {NO_ANSWER}" in error}
        wrong = {error: number for error, number in errors.items() if error not in not_judged}
        return cls(
            base_url,
            requests,
            requests - sum(not_judged.values()),
            wrong,
            not_judged,
            round(duration_s, 3),
            round(requests / duration_s, 1) if duration_s else 0.0,
            latencies_ms,
            by_kind,
        )

    @property
    def exit_code(self) -> int:
        """0 if every answer was right, 1 if one was wrong, 3 if too little could be judged."""
        if self.wrong:
            return WRONG
        return OK if self.requests and self.judged >= LEAST_JUDGED * self.requests else NOT_JUDGED

    def told(self) -> str:
        """The outcome for the console."""
        head = {OK: "right under load", WRONG: "WRONG under load", NOT_JUDGED: "not assessed"}[self.exit_code]
        rate = f"{self.requests:,} requests in {self.duration_s:.0f} s, {self.requests_per_second:,.0f} a second"
        within = ((0.5, "half of them"), (0.95, "95 %"), (0.99, "99 %"))
        shares = ", ".join(f"{share} within {self.latencies_ms[str(part)]:.0f} ms" for part, share in within)
        judged = f"{self.judged:,} judged, {sum(self.wrong.values()):,} answered wrongly"
        lines = [f"{head}: {self.base_url}", f"  {rate}; {judged}", f"  {shares}"]
        for mark, problems in (("✗", self.wrong), ("?", self.not_judged)):
            most = sorted(problems.items(), key=lambda item: -item[1])
            lines += [f"  {mark} {number:,} times: {problem}" for problem, number in most[:MOST_SHOWN]]
            lines += [f"  {mark} and {len(most) - MOST_SHOWN} other kinds"] if len(most) > MOST_SHOWN else []
        return "\n".join(lines)


def write_outcome(outcome: LoadOutcome, folder: Path) -> None:
    """Write load.json; raises OSError if that cannot be done."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"schema": "synq-conformance/load/1"} | asdict(outcome), indent=1)
    (folder / OUTCOME).write_text(text + "\n", "utf-8")


def read_outcome(folder: Path) -> LoadOutcome | None:
    """What `write_outcome` wrote, None if it wrote nothing."""
    path = folder / OUTCOME
    if not path.is_file():
        return None
    data = json.loads(path.read_text("utf-8"))
    return LoadOutcome(**{key: value for key, value in data.items() if key != "schema"})
