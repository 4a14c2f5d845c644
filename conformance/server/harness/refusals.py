"""Why controls are refused that were accepted before, in words: the cause, and what to do about it. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from conformance.config.profile import Target
from conformance.http.exchange import Exchange
from conformance.tokens import expires_at

AGAIN = "; then start the run again"
REDIRECTS = range(300, 400)
SIGN_INS_ALLOWED = 40
"""How often a process may sign in for a token that was refused early; some targets end one at each sign-in."""


def cause(target: Target, token: str, refused: Exchange, tried: Exchange | None, now: float) -> str:
    """Why the run ends: the documented request, accepted before, is `refused` from now on, with this token.

    `tried` is the answer to the last sign-in, which did not help; None if there was none. `now` is the target's time
    in seconds since the epoch.
    """
    where = f"{refused.request.method} {target.base_url}{target.probe.read}"
    got = f"{refused.outcome} with a page that is not JSON" if refused.accepted else refused.outcome
    return f"{where} was accepted before and is answered {got} now: {_why(token, refused, tried, now)}"


def _why(token: str, refused: Exchange, tried: Exchange | None, now: float) -> str:
    if refused.status == 429:
        return "the target limits the rate; lower limits.requests_per_second in the profile" + AGAIN
    if refused.status == 407:
        return "the proxy no longer knows who asks; sign in to it, or put a name and a password into its URL" + AGAIN
    if refused.accepted or refused.status in REDIRECTS:
        return (
            "a portal, a login or a maintenance page stands in its place; fetch it from this machine, look what it "
            "says, and get past it" + AGAIN
        )
    if refused.status not in (401, 403):
        return "it has changed during the run; look at its log, make sure that it is whole" + AGAIN
    if tried is not None and _alike(tried, refused):
        return (
            f"{_state(token, now)}, and signing in again was answered {tried.outcome} with the very same body: what "
            "stands before the target blocks this machine (a ban after many refusals, a firewall), or one of several "
            f"instances is broken; let this run pass there, or lower limits.requests_per_second{AGAIN}"
        )
    if tried is not None and not tried.accepted:
        return (
            f"{_state(token, now)}, and signing in again was answered {tried.outcome}; check [sign_in] in the "
            f"profile, and whether the account is locked{AGAIN}"
        )
    if tried is not None:
        return (
            "a new token from signing in is refused as well, so it is not the token; look whether a gateway blocks "
            f"this machine, or the account was locked or lost its tenant and organization{AGAIN}"
        )
    ended = _ended(token, now)
    if ended is not None:
        return (
            f"the token expired at {ended}, while the run went on; add [sign_in] to the profile, so that the run can "
            "get a new one by itself, or start it again with a fresh token"
        )
    return (
        f"{_state(token, now)}; look whether it was revoked, the account locked, or this machine blocked by a "
        "gateway, and start the run again with a fresh token"
    )


def _alike(one: Exchange, other: Exchange) -> bool:
    """Whether two requests that have little in common got the same answer, with something in it."""
    if one.response is None or other.response is None or not one.response.body:
        return False
    return (one.status, one.response.body) == (other.status, other.response.body)


def _state(token: str, now: float) -> str:
    """Whether the token says that its hour is over."""
    expiry, ended = expires_at(token), _ended(token, now)
    if ended is not None:
        return f"the token expired at {ended}"
    if expiry is None:
        return "the token does not say when it ends"
    return f"the token has not expired (it ends at {_moment(expiry)})"


def _ended(token: str, now: float) -> str | None:
    expiry = expires_at(token)
    return _moment(expiry) if expiry is not None and expiry <= now else None


def _moment(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(" ", "seconds")
    except (ValueError, OverflowError, OSError):
        return "a time beyond every calendar"
