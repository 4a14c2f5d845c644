"""What a tool asked of the right server, asked again of another: if no answer differs, the tool can tell no difference.

A tool that draws by a seed sends the same to both then, sees the same, and says the same, so it need not be run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from conformance.http.message import Request, Response
from conformance.mock.call import Call, Synq
from conformance.mock.clock import Clock
from conformance.mock.keys import KeyPair
from conformance.mock.reply import reply
from conformance.mock.state import create

TOKEN = re.compile(r"eyJ[\w-]*\.[\w-]+\.[\w-]+")
"""A JWT has an id and times of its own in each answer; a tool that knows no key sees a text like any other."""


@dataclass(frozen=True, slots=True)
class AskedRequest:
    """One request, when it came, and what was answered."""

    request: Request
    connection: str
    at: float
    """Seconds since the epoch."""
    answer: Response


@dataclass(slots=True)
class Asked:
    """All that was asked of one server, in its order, and the keys that its tokens are signed with."""

    requests: list[AskedRequest] = field(default_factory=list)
    keys: KeyPair | None = None


def keeping(asked: Asked) -> Callable[[Synq], None]:
    """A change of a server after which it writes down what it is asked."""

    def change(synq: Synq) -> None:
        asked.keys, answer = synq.keys, synq.steps.answer

        def kept(call: Call) -> Response:
            at = synq.clock.now()
            response = answer(call)
            asked.requests.append(AskedRequest(call.request, call.connection, at, response))
            return response

        synq.steps = replace(synq.steps, answer=kept)

    return change


def first_other_answer(asked: Asked, change: Callable[[Synq], object]) -> int | None:
    """The number of the first request that a server with this change answers otherwise; None if there is none."""
    clock = Clock(source=lambda: 0.0)
    synq = create(clock=clock, keys=asked.keys)
    change(synq)
    for number, one in enumerate(asked.requests, 1):
        clock.offset_s = one.at
        try:
            answer = reply(synq, one.request, one.connection)
        except Exception:  # noqa: BLE001 - whatever breaks the server, no answer is another answer
            return number
        if seen(answer) != seen(one.answer):
            return number
    return None


def seen(answer: Response) -> tuple[int, Sequence[tuple[str, str]], str]:
    """What a tool without a key sees of an answer."""
    fields = tuple((name, TOKEN.sub("token", value)) for name, value in answer.headers)
    return answer.status, fields, TOKEN.sub("token", answer.body.decode("latin-1"))
