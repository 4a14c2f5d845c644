"""Which server a run checks: the one that is named, or the suite's own; the one never stands in for the other."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from conformance.config.options import OptionError, RunOptions
from conformance.config.profile import VARIABLES, Target
from conformance.http.proxies import proxy_for

ADDRESS = "SYNQ_BASE_URL"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is checked, and what names it."""

    embedded: bool
    """Whether it is the suite's own."""
    named_by: tuple[str, ...] = ()
    """The options or the variable that name it; empty if nothing names anything."""
    unused: tuple[str, ...] = ()
    """Variables that are set, and would name another target or its credentials."""


def choice(settings: RunOptions, environ: Mapping[str, str]) -> Choice:
    """What the options and the environment name.

    Raises OptionError if they name two targets, or one that has no address. A variable that is set and empty counts as
    set: an undefined variable of a CI system arrives so.
    """
    own, others = tuple(_own(settings)), tuple(_others(settings))
    if len(others) > 1:
        raise OptionError(f"{_words(others)} each name a target: use one of them")
    if own and others:
        raise OptionError(f"{_words(own)} name the embedded Synq and {others[0]} another target: use one of them")
    given = tuple(name for name in VARIABLES if name in environ)
    if own and settings.openapi is not None:
        raise OptionError(f"--openapi describes another target, and {own[0]} names the embedded Synq: use one of them")
    if own:
        return Choice(embedded=True, named_by=own, unused=given)
    address = environ.get(ADDRESS, "").strip()
    if others:
        return Choice(embedded=False, named_by=others, unused=(ADDRESS,) if address and settings.url != address else ())
    if address:
        return Choice(embedded=False, named_by=(ADDRESS,))
    if given:
        raise OptionError(_without_address(given, environ))
    return Choice(embedded=True)


def _own(settings: RunOptions) -> Iterator[str]:
    """The options that name the embedded Synq."""
    if settings.embedded:
        yield "--embedded"
    if settings.mock:
        yield "--mock"
    yield from (f"--fault {fault}" for fault in settings.faults)


def _others(settings: RunOptions) -> Iterator[str]:
    """The options that name another server."""
    if settings.url is not None:
        yield "--url"
    if settings.profile is not None:
        yield f"{settings.profile_from or '--profile'} {settings.profile}"


def _without_address(given: Sequence[str], environ: Mapping[str, str]) -> str:
    """What is set, what is missing, what to do."""
    credentials = [name if environ[name].strip() else f"{name} (empty)" for name in given if name != ADDRESS]
    state = f"{ADDRESS} is {'empty' if ADDRESS in environ else 'not set'}"
    with_control = f", although {_are(credentials)} set" if credentials else ""
    return (
        f"no target is named: {state}{with_control}. Give the target's URL ({ADDRESS}, --url or --profile), "
        "or --embedded to check the embedded Synq"
    )


def first_line(chosen: Choice, settings: RunOptions, target: Target | None) -> str:
    """What the run checks, for the first line that it prints."""
    how = "in-process" if settings.mock else "over HTTP"
    what = f"the embedded Synq {how}" if target is None else _address(target)
    because = f" ({', '.join(chosen.named_by)})" if chosen.named_by else ": no other target is named"
    proxy = None if target is None else proxy_for(target.base_url, os.environ)
    by_way_of = "" if proxy is None else f" through the proxy {proxy.url} ({proxy.named_by})"
    left = f"; {_are(chosen.unused)} set and not used" if chosen.unused else ""
    return f"Checking {what}{because}{by_way_of}{left}"


def _address(target: Target) -> str:
    return target.base_url if target.name in target.base_url else f"{target.name} at {target.base_url}"


def _are(names: Sequence[str]) -> str:
    return f"{_words(names)} {'is' if len(names) == 1 else 'are'}"


def _words(items: Sequence[str]) -> str:
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last
