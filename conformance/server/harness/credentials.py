"""The tokens of a run: supplied, signed in for, or minted."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from conformance.config.profile import SignIn, Target
from conformance.config.renewal import TokenCommand
from conformance.config.value_sources import SourceError
from conformance.contract.durations import MINUTE_S
from conformance.evidence.judge import NotAssessed, Unmet
from conformance.evidence.recorder import Recorder
from conformance.http.exchange import Exchange, Transport
from conformance.http.message import Request
from conformance.server.harness.gate import Gate
from conformance.server.harness.json_body import json_at
from conformance.server.harness.targets import MovableClock
from conformance.tokens import Attack, Material, expires_at, issued_at, named

RENEW_AHEAD_S = float(MINUTE_S)
STEADY_WITHIN_S = 5.0
"""If a target's clock is off by no more than this, it was not moved."""
SIGN_IN_PAUSES_S = (0.3, 1.0, 3.0)
"""How long a target is given to let the account sign in again, before the run ends because it does not."""
TOKENS_DIFFER_AFTER_S = 1.1


class SignInRefused(NotAssessed):
    """The credentials that the target was described with bring no token."""


def blocked_in_front(exchange: Exchange) -> str:
    """What to add if a sign-in was answered with a page for people, although the API speaks JSON; else nothing."""
    if not exchange.is_html:
        return ""
    return (
        "; or, since the answer is a page in HTML: something before the target, such as a web application firewall, "
        "may have refused the request for a text in it; let it pass there"
    )


class Credentials:
    """The tokens of one target. Every token that passes through is made known to the recorder as a secret."""

    def __init__(
        self,
        target: Target,
        transport: Transport,
        recorder: Recorder,
        clock: MovableClock | None,
        gate: Gate | None = None,
        *,
        profile: Path | None = None,
    ) -> None:
        """`gate` is shut once no valid token can be had any more; before the run there is no gate."""
        self.target = target
        self.profile = profile
        """The file that describes the target, if one does."""
        self.issued: list[str] = []
        """Tokens that signing in brought, oldest first."""
        self._transport, self._recorder, self._clock, self._gate = transport, recorder, clock, gate
        self._current = self._supplied = target.tokens.valid
        self._spare: str | None = None
        self._repeats = False
        """Whether signing in brings an old token, however long one waits."""
        self._signed_in = 0
        self._has_spare = True
        self._ahead_s = RENEW_AHEAD_S
        """How many seconds before its end a token is replaced; 0 once signing in ahead of its end was refused."""
        tokens = target.tokens
        supplied = (getattr(tokens, name) for name in tokens.__slots__ if name != "retired_key")
        self.signed: set[str] = {token for token in supplied if token is not None}
        """Tokens under the right signature: given, brought by signing in, or minted with the key."""
        _label(target, recorder)

    def now(self) -> float:
        """The target's time, as well as it is known. Seconds since the epoch."""
        return time.time() if self._clock is None else self._clock.now()

    def time_is_moved(self) -> bool:
        """Whether the suite has moved the target's clock: what is refused then says nothing of the run after it."""
        return self._clock is not None and abs(self._clock.now() - time.time()) > STEADY_WITHIN_S

    def valid(self) -> str:
        """A token that is accepted now: the supplied one, or a new one if the old runs out; raises SignInRefused."""
        current, supplied = self._current, self._supplied
        if current is not None and (not self.target.is_renewable or self._is_over() or self._current_now(current)):
            return current
        if supplied is None or not self._current_now(supplied):
            supplied = self._renewed()
        self._keep(supplied)
        return supplied

    def _is_over(self) -> bool:
        """Whether nothing is sent any more, so that no token needs to be good."""
        return self._gate is not None and self._gate.cause is not None

    def renew(self) -> Exchange:
        """Sign in for a token in place of one that was refused before its time; the answer, whatever it brought."""
        exchange = self.sign_in()
        if exchange.accepted and (token := token_in(exchange, self.account)) is not None:
            self.issued.append(token)
            self._supplied = None
            self._keep(token)
        return exchange

    def _keep(self, token: str) -> None:
        self._current = token
        self._recorder.secret(token, "$SYNQ_TOKEN")

    def _renewed(self) -> str:
        """A new token, asked for again and again once the old one is over; raises SignInRefused, which ends the run."""
        gate = None if self.time_is_moved() else self._gate
        pauses_s = iter(SIGN_IN_PAUSES_S if gate is not None else ())
        while True:
            try:
                if (command := self.target.renewal) is None or self.target.sign_in is not None:
                    return self.fresh()
                return _printed(command, lambda token: token != self._current and self._current_now(token))
            except SignInRefused as error:
                self._ahead_s = 0.0
                if self._current is not None and self._current_now(self._current):
                    return self._current  # which is good to its end
                if (pause_s := next(pauses_s, None)) is not None:
                    time.sleep(pause_s)
                    continue
                if gate is not None:
                    gate.shut(f"the token ran out, and there is no new one: {error}; then start the run again")
                raise

    def _current_now(self, token: str) -> bool:
        """Whether the token's hour is now: a clock that was moved and set right leaves tokens of the future."""
        issued, expiry = issued_at(token), expires_at(token)
        begun = issued is None or issued <= self.now() + 1
        return begun and (expiry is None or expiry - self.now() >= self._ahead_s)

    def fresh(self) -> str:
        """Returns a new token of the profile's account; raises SignInRefused if signing in brings none."""
        exchange = self.sign_in_anew()
        token = None if not exchange.accepted else token_in(exchange, self.account)
        if token is None:
            raise SignInRefused(
                f"signing in at {self.account.path} was answered {exchange.outcome} and brought no token: "
                f"check sign_in (email, password, path, token_pointer){blocked_in_front(exchange)}"
            )
        self.issued.append(token)
        return token

    def sign_in_anew(self) -> Exchange:
        """Sign in, and once more in the next second if that brings a token that is known already.

        A token without jti says nothing but the account and the second: two of one second are the same text.
        """
        exchange = self.sign_in()
        if token_in(exchange, self.account) not in self.issued or self._repeats:
            return exchange
        time.sleep(TOKENS_DIFFER_AFTER_S)
        exchange = self.sign_in()
        self._repeats = token_in(exchange, self.account) in self.issued
        return exchange

    def sign_in(self, **changes: Any) -> Exchange:  # noqa: ANN401 - any JSON
        """Sign in with the profile's account, or with other values for `email` and `password`."""
        account = self.account
        email, password = changes.get("email", account.email), changes.get("password", account.password)
        fields = {account.email_field: email, account.password_field: password}
        exchange = self._transport.send(sign_in_request(account, fields))
        token = token_in(exchange, account)
        if token is not None:
            self._signed_in += 1
            self.signed.add(token)
            self._recorder.secret(token, f"[token from sign-in {self._signed_in}]")
        self._recorder.exchange(exchange, "step")
        return exchange

    def revoke(self, token: str) -> Exchange:
        """Ask the target to revoke this token."""
        if self.target.revoke is None:
            raise Unmet("supply [revoke] in the profile")
        exchange = self._ask("POST", self.target.revoke.path, token)
        lost = exchange.status == 401 and not self._ask("GET", self.target.probe.read, token).accepted
        if not exchange.accepted and not lost:  # a first answer that was lost on the way had revoked it already
            raise NotAssessed(f"revoking was answered {exchange.outcome}: check revoke.path")
        return exchange

    def _ask(self, method: str, path: str, token: str) -> Exchange:
        scope = self.target.scope
        fields = (("Authorization", f"Bearer {token}"), ("X-Tenant-ID", scope.tenant_id), ("X-Org-ID", scope.org_id))
        exchange = self._transport.send(Request(method, path, fields))
        self._recorder.exchange(exchange, "step")
        return exchange

    def material(self, *, spare: bool = False, listener: str | None = None) -> Material:
        """What a forger has to work with on this target."""
        keys = self.target.keys
        other = self._another() if spare and self.target.sign_in is not None else None
        return Material(
            valid=self.valid(),
            spare=other or self.target.tokens.viewer,
            public=keys.public,
            signing=keys.signing,
            listener=listener,
            now=self.now(),
            scope=(self.target.scope.tenant_id, self.target.scope.org_id),
        )

    def forged(self, name: str, *, listener: str | None = None, spoiled: bool = False) -> str:
        """The token that `synq-conformance forge NAME` prints, known as that to the recorder.

        `spoiled`: with forged claims that ended long ago, as `forge --spoiled` prints it. Raises NotForgeable, or
        KeyError for an unknown name.
        """
        attack = named(name)
        material = self.material(spare="spare" in attack.takes, listener=listener)
        token = _forged(attack, replace(material, spoiled=spoiled))
        label, redactor = _command(attack, self.profile, listener, spoiled=spoiled), self._recorder.redactor
        expands = not attack.takes or (attack.takes == {"spare"} and self.target.tokens.viewer is not None)
        if "keys.signing" in attack.needs:
            self.signed.add(token)
            redactor.name(token, label, expands=expands)
        redactor.derive(token, label, expands=expands)
        return token

    def _another(self) -> str | None:
        """A second token of the account, next to the one that is accepted now; None once signing in brought none."""
        if self._has_spare and (self._spare is None or not self._current_now(self._spare)):
            try:
                self._spare = self.fresh()
            except SignInRefused:  # few attacks need it, and each would ask again
                self._spare, self._has_spare = None, False
        return self._spare

    @property
    def account(self) -> SignIn:
        """Returns how the profile's account signs in; raises Unmet if the profile has no [sign_in]."""
        if self.target.sign_in is None:
            raise Unmet("supply [sign_in] in the profile")
        return self.target.sign_in


def _label(target: Target, recorder: Recorder) -> None:
    """Make the secrets of the profile known to the recorder."""
    tokens = target.tokens
    if tokens.valid is not None:
        recorder.secret(tokens.valid, "$SYNQ_TOKEN")
    for name in tokens.__slots__:
        if (token := getattr(tokens, name, None)) is not None:
            recorder.secret(token, f"$SYNQ_TOKEN_{name.upper()}")
    if target.sign_in is not None:
        recorder.secret(target.sign_in.password, "$SYNQ_PASSWORD")
    if target.keys.signing is not None:
        recorder.secret(target.keys.signing, "[signing key]")


def _printed(command: TokenCommand, is_new: Callable[[str], bool]) -> str:
    """Returns the token that the profile's command prints now; raises SignInRefused if that is no new one."""
    try:
        token = command.token()
    except SourceError as error:
        raise SignInRefused(f"tokens.valid: {error}") from error
    if not is_new(token):
        raise SignInRefused("tokens.valid: the command printed a token that is over, or the same again")
    return token


def _command(attack: Attack, profile: Path | None, listener: str | None, *, spoiled: bool) -> str:
    """What stands in a shell line for the token of this attack: what no variable holds comes from the profile."""
    words = ["synq-conformance", "forge", attack.name, *(["--spoiled"] if spoiled else [])]
    if profile is not None and (attack.needs or "spare" in attack.takes):
        words += ["--profile", str(profile)]
    if listener is not None and "listener" in attack.takes:
        words += ["--listener", listener]
    return f"$({shlex.join(words)})"


@lru_cache(maxsize=1_024)
def _forged(attack: Attack, material: Material) -> str:
    """Forged once of the same material, for it may take a signature."""
    return attack.forge(material)


def sign_in_request(account: SignIn, fields: Mapping[str, Any]) -> Request:
    """The sign-in request with these body fields, in the profile's format."""
    if account.request == "form":
        body, media_type = urlencode(fields).encode(), "application/x-www-form-urlencoded"
    else:
        body, media_type = json.dumps(fields).encode(), "application/json"
    return Request("POST", account.path, (("Content-Type", media_type),), body)


def token_in(exchange: Exchange, account: SignIn) -> str | None:
    """The token that a sign-in answer carries, None if there is none."""
    value = member(exchange, account.token_pointer)
    return value if isinstance(value, str) and value else None


def member(exchange: Exchange, pointer: str) -> object:
    """What the JSON Pointer (RFC 6901) finds in the answer's body, None if it finds nothing."""
    return None if exchange.response is None else json_at(exchange.response.body, pointer)
