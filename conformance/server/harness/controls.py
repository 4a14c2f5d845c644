"""Controls: the requests that must be accepted for a refusal to count, and what is done if they are not."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from conformance.config.profile import Target
from conformance.contract.oracle import illegal, oversize
from conformance.evidence.judge import NotAssessed, ServiceDied, Unmet, evidence
from conformance.evidence.recorder import Recorder
from conformance.http.exchange import Exchange
from conformance.http.message import Request
from conformance.http.patience import Line
from conformance.results.data import Finding
from conformance.server.harness.credentials import Credentials
from conformance.server.harness.gate import Gate
from conformance.server.harness.json_body import json_in
from conformance.server.harness.refusals import SIGN_INS_ALLOWED, cause

USUAL_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
LONGEST_USUAL_TARGET = 1_000
CONTROL_ATTEMPTS = 3
CONTROL_PAUSE_S = 0.3
WAVERING_SEEN_IN = 20
"""Good requests that are asked once for each odd answer; controls are looked at as well, all through the run."""
JUST_BEFORE_S = 5.0
"""How long before a refusal a control may have been sent that another one shares with it."""
REFUSAL_PAUSES_S = (0.3, 1.0, 3.0)
"""How long a target is given to take the documented request again, before the run ends because it does not."""
MOST_REGAINS = 12
"""How often the documented request may be refused for a while, however few controls there were."""
CONTROLS_FOR_A_REGAIN = 50
"""If it comes oftener than once in so many controls besides, the run ends because of it."""
OF_NO_KEY = frozenset({402, 404, 405, 406, *range(409, 416), 422, 426, 428, 429, 431, 501})
"""What says nothing of the token: the method, the resource, what the request lacks besides or the rate is the cause
(RFC 9110 §15.5 and §15.6, RFC 6585)."""


class JudgeAgain(NotAssessed):
    """The control is accepted again, perhaps with a new token: what the case judged so far had no control."""


class Again(Protocol):
    """Makes the shell line that judges a case once more, and what it shows of one more rule."""

    def __call__(self, *, also: str | None = None) -> str: ...


class SendPlainly(Protocol):
    """Sends a request; `raw`: as plain octets on a connection of its own."""

    def __call__(self, request: Request, *, raw: bool) -> Exchange: ...


class Controls:
    """Sends controls, and finds out why one is not accepted."""

    def __init__(
        self,
        target: Target,
        credentials: Credentials,
        recorder: Recorder,
        gate: Gate,
        *,
        send: SendPlainly,
        documented: Callable[[], Request],
        line: Line,
        lasting: bool,
        answering: bool,
    ) -> None:
        """`lasting`: the target is there after the run; `answering`: it has accepted a request already."""
        self.target, self.credentials, self.recorder, self.gate = target, credentials, recorder, gate
        self.given: bytes | None = None
        """The body of the documented answer, as it was last seen."""
        self.accepted: Exchange | None = None
        """The last control that was accepted."""
        self._count_after = -1
        """How many exchanges the record held just after it."""
        self.refused: Exchange | None = None
        """The last one that was not."""
        self.wavered: Counter[int | str] = Counter()
        """How often the documented request got what, once it had been accepted."""
        self._asked_for: set[int | str] = set()
        self.regained = False
        """Whether in this case controls were refused for a while, so that it has to be judged again."""
        self.again: Again | None = None
        """Makes the shell line that judges this case once more."""
        self._send_plainly, self._documented = send, documented
        self._line, self._lasting, self._alive = line, lasting, answering
        self._sign_ins = self._regains = self._taken = 0
        self._odd = False
        """Whether this case sent what no client sends, so that the target may have died of it."""

    def begin(self, again: Again | None) -> None:
        """A case begins."""
        self.regained, self.again, self._odd = False, again, False

    def note(self, request: Request, *, raw: bool = False) -> None:
        """Remember whether no client sends such a request: an outage after ordinary ones is not the target's."""
        unusual = request.method not in USUAL_METHODS or len(request.target) > LONGEST_USUAL_TARGET
        self._odd = self._odd or raw or unusual or illegal(request) or oversize(request)

    def judge_again(self, reason: str) -> JudgeAgain:
        """What to raise if the case is to be judged anew, because trouble came between."""
        self.regained = True
        return JudgeAgain(reason)

    def send_control(self, control: Request, subject: Exchange, *, raw: bool = False) -> Exchange:
        """Returns the control's accepted exchange; `raw`: sent as plain octets on a connection of its own.

        Raises NotAssessed if it is refused, JudgeAgain if it was refused for a while only, ServiceDied if it was
        accepted before and is not answered now. If nothing can be judged any more, the gate is shut.
        """
        for attempt in range(CONTROL_ATTEMPTS):
            exchange = self._ask(control, raw=raw)
            if self._is_taken(exchange):
                return exchange
            if not _is_silent(exchange):
                break
            if attempt + 1 < CONTROL_ATTEMPTS:
                time.sleep(CONTROL_PAUSE_S)
        raise self._no_control(control, exchange, subject, raw=raw)

    def just_before(self, control: Request, subject: Exchange) -> Exchange | None:
        """The accepted control that went directly before this refusal, if it was the same request; else None.

        A refusal needs one control, just before or after it (CONTRACT: "A refusal counts only beside its control"), so
        a control between two refusals serves both. Not if anything else lay between, if the target may have died of
        what was sent, if it was no GET, or if time is moved: then a control follows.
        """
        accepted = self.accepted
        if accepted is None or accepted.request != control or control.method != "GET":
            return None
        if self.recorder.exchanges != self._count_after + 1 or not _is_plain_refusal(subject) or self._odd:
            return None
        if self.credentials.clock.is_moved() or subject.started - accepted.started > JUST_BEFORE_S:
            return None
        return accepted

    def _ask(self, control: Request, *, raw: bool = False) -> Exchange:
        exchange = self._send_plainly(control, raw=raw)
        self.recorder.exchange(exchange, "control")
        self._alive = self._alive or exchange.accepted
        taken = self._is_taken(exchange)
        self._taken += taken
        if taken:
            self.accepted, self._count_after = exchange, -1 if raw else self.recorder.exchanges
        else:
            self.refused = exchange
        if taken and self._is_documented(exchange) and exchange.response is not None:
            self.given = exchange.response.body
        if self._alive and not taken and self._is_documented(exchange):
            self.wavered[exchange.outcome] += 1
        return exchange

    def _is_documented(self, exchange: Exchange) -> bool:
        return exchange.request.method == "GET" and exchange.request.target == self.target.probe.read

    def _is_taken(self, exchange: Exchange) -> bool:
        """Whether it was accepted; of the documented request, with the kind of answer that it had before."""
        return exchange.accepted and not (self._is_documented(exchange) and is_another_page(exchange, self.given))

    def waver_so(self, answer: Exchange) -> bool:
        """Whether the documented request gets such an answer now and then, although it is accepted at other times."""
        if not self.wavered[answer.outcome] and answer.outcome not in self._asked_for:
            self._asked_for.add(answer.outcome)
            for _ in range(WAVERING_SEEN_IN):
                if self._ask(self._documented()).outcome == answer.outcome and self.wavered[answer.outcome]:
                    break
        return bool(self.wavered[answer.outcome])

    def _no_control(self, control: Request, exchange: Exchange, subject: Exchange, *, raw: bool) -> Exception:
        got = f"{exchange.outcome} with another page" if exchange.accepted else exchange.outcome
        reason = f"the control was not accepted: {control.method} {control.target} got {got}"
        documented = self._documented()
        if (raw or control != documented) and self._is_taken(self._ask(documented)):
            return self._of_key(control, exchange) or NotAssessed(reason)
        if not _is_silent(exchange):
            return NotAssessed(reason) if self.credentials.clock.is_moved() else self._regain(reason)
        since = "" if self._line.down_since is None else f" at {self._line.down_since:%H:%M:%S} UTC"
        case = "" if self.again is None else f"; the case that was under way is judged alone by: {self.again()}"
        self.gate.shut(
            f"the target stopped answering during the run{since} ({exchange.outcome}): look at its log, start it "
            f"again, then the run{case}"
        )
        if not self._alive or not self._odd:
            return NotAssessed(reason)
        return ServiceDied(
            Finding(
                f"after this request the documented one brought {exchange.outcome}, {CONTROL_ATTEMPTS} times in a row",
                ("2xx",),
                exchange.outcome,
                curl=None if self.again is None else self.again(also=ServiceDied.rule),
                exchange=evidence(subject),
                control=evidence(exchange),
            )
        )

    def _of_key(self, control: Request, exchange: Exchange) -> Unmet | None:
        """What to raise if it bore a token that the suite signed: the target does not go by this key alone."""
        minted = any(token in value for token in self.credentials.minted for value in control.values("Authorization"))
        if not minted or exchange.status in OF_NO_KEY:
            return None
        return Unmet(
            "supply the key that signs the target's tokens now (keys.signing): what this one signed is answered "
            f"{exchange.outcome}, although it says what the genuine token says; if the target takes only what it "
            "issued itself, no key will do"
        )

    def _regain(self, reason: str) -> NotAssessed:
        """Returns what to raise: JudgeAgain if the documented request is accepted again, else NotAssessed for good."""
        if not self._lasting:  # the suite's own, whose clock a check may have moved past the token's hour
            return NotAssessed(reason)
        signed_in: Exchange | None = None
        for pause_s in REFUSAL_PAUSES_S:
            time.sleep(pause_s)
            exchange = self._ask(self._documented())
            if not self._is_taken(exchange) and self.target.sign_in is not None and self._sign_ins < SIGN_INS_ALLOWED:
                self._sign_ins += 1
                signed_in = self.credentials.renew()
                exchange = self._ask(self._documented())
            if self._is_taken(exchange):
                return self._let_judge_again(f"{reason}, for a while")
        self.gate.shut(cause(self.target, self.credentials.valid(), exchange, signed_in, self.credentials.clock.now()))
        return NotAssessed(str(self.gate.cause))

    def _let_judge_again(self, reason: str) -> NotAssessed:
        """Judge again; but a target that refuses good requests over and over gives no refusal that can be believed."""
        self._regains += 1
        if self._regains <= max(MOST_REGAINS, self._taken / CONTROLS_FOR_A_REGAIN):
            return self.judge_again(reason)
        self.gate.shut(
            f"the documented request was refused {self._regains} times during the run and accepted again a moment "
            "later, so no refusal can be believed: look whether all instances behind this address know the same keys, "
            "then start the run again"
        )
        return NotAssessed(str(self.gate.cause))


def is_another_page(exchange: Exchange, given: bytes | None) -> bool:
    """Whether something that is not JSON came in place of JSON: a portal's, a login's or a maintenance page."""
    if given is None or exchange.response is None or exchange.response.body == given:
        return False
    return json_in(exchange.response.body) is None and json_in(given) is not None


def _is_plain_refusal(exchange: Exchange) -> bool:
    """Whether the target said no, and is neither in trouble nor asks for patience."""
    return exchange.status is not None and 400 <= exchange.status < 500 and exchange.status != 429


def _is_silent(exchange: Exchange) -> bool:
    """Whether the target broke down over it instead of refusing it."""
    return exchange.status is None or exchange.status >= 500
