"""A description's text, from a file or a URL, as data: JSON, or YAML if JSON could say the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from conformance.http.fetching import FetchError

LARGEST = 64 * 1024 * 1024
"""Octets. The largest public descriptions have a fifth of it."""
TIMEOUT_S = 30.0
"""For fetching one."""
URL_SCHEMES = ("http", "https")
Fetch = Callable[[str], bytes]
"""Brings what lies at a URL; raises FetchError."""


class DescriptionError(ValueError):
    """The description cannot be used. The message says which, at which place of it, and what to do."""


def is_url(source: str) -> bool:
    """Whether the text names something on a server, and not a file."""
    return urlsplit(source).scheme in URL_SCHEMES


def unfetched(url: str) -> bytes:
    """Raises FetchError: for descriptions that have no way to a network."""
    raise FetchError(f"{url}: is not fetched")


def data_at(source: str, fetch: Fetch = unfetched) -> Any:  # noqa: ANN401 - parsed JSON, of any shape
    """What lies at this URL (http, https or file) or in this file; raises DescriptionError."""
    return parsed_data(_octets(source, fetch), source)


def parsed_data(octets: bytes, source: str) -> Any:  # noqa: ANN401 - parsed JSON, of any shape
    """What the text says; raises DescriptionError, which names the line that is wrong."""
    if len(octets) > LARGEST:
        raise DescriptionError(f"{source}: has more than {LARGEST >> 20} MiB; give the part that describes this API")
    try:
        text = octets.decode("utf-8-sig")
        return json.loads(text) if text.lstrip()[:1] in {"{", "["} else _yaml(text, source)
    except UnicodeDecodeError as error:
        raise DescriptionError(f"{source}: is not UTF-8 text (octet {error.start})") from error
    except json.JSONDecodeError as error:
        if not source.endswith(".json") and (read := _flow(text, source)) is not None:
            return read
        raise DescriptionError(f"{source}:{error.lineno}:{error.colno}: is not JSON: {error.msg}") from error
    except RecursionError as error:
        raise DescriptionError(f"{source}: is nested too deeply") from error


def _flow(text: str, source: str) -> Any:  # noqa: ANN401 - parsed YAML, of any shape
    """What YAML in braces says; None if it is not YAML either."""
    try:
        return _yaml(text, source)
    except DescriptionError:
        return None


def _yaml(text: str, source: str) -> Any:  # noqa: ANN401 - parsed YAML, of any shape
    import yaml  # late, to spare start-up

    from conformance.openapi.json_yaml import loader  # late, to spare start-up

    try:
        return yaml.load(text, loader())  # noqa: S506 - a safe loader, less what JSON does not have
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = source if mark is None else f"{source}:{mark.line + 1}:{mark.column + 1}"
        raise DescriptionError(f"{where}: is not YAML: {error.problem or 'it cannot be read'}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise DescriptionError(f"{source}: is not YAML: {str(error).splitlines()[0]}") from error


def _octets(source: str, fetch: Fetch) -> bytes:
    if is_url(source):
        try:
            return fetch(source)
        except FetchError as error:
            raise DescriptionError(f"{error}; or give the description as a file") from error
    path = Path(url2pathname(urlsplit(source).path)) if source.startswith("file:") else Path(source)
    try:
        return path.read_bytes()
    except OSError as error:
        raise DescriptionError(f"{path}: cannot be read: {error.strerror}") from error
