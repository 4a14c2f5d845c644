"""The operations of a target, read from where its profile says that they are described."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial

from conformance.config.described import operations_of
from conformance.config.profile import ProfileError, Target
from conformance.contract.paths import REVOKE_PATH, SIGN_IN_PATH
from conformance.openapi.document import DescriptionError
from conformance.openapi.operation import Operation

RULES_OF_THEIR_OWN = "signing in and revoking have rules of their own"


def with_operations(target: Target, source: str = "openapi") -> Target:
    """The same target with its operations; raises ProfileError if its description cannot be used.

    `source` is what an error calls the place that names the description.
    """
    own = dict.fromkeys(_session_paths(target), RULES_OF_THEIR_OWN)
    try:
        found = operations_of(
            target.openapi, target.operation, target.base_url, target.base_path, own, partial(_fetched, target)
        )
    except DescriptionError as error:
        raise ProfileError(f"{source}: {error}") from error
    return replace(target, operations=tuple(_without_given(_if_guarded(one, target), target) for one in found))


def _fetched(target: Target, url: str) -> bytes:
    from conformance.http.fetching import Fetcher  # late, to spare start-up
    from conformance.openapi.document import LARGEST, TIMEOUT_S

    return Fetcher(target.base_url, target.tls.files, os.environ, TIMEOUT_S, LARGEST, target.fields).fetch(url)


def _without_given(operation: Operation, target: Target) -> Operation:
    """The operation without the header parameters that every request to the target bears anyway."""
    given = {name.lower() for name in target.fields}
    return replace(operation, headers=tuple(field for field in operation.headers if field[0].lower() not in given))


def _if_guarded(operation: Operation, target: Target) -> Operation:
    """The operation; one of which security is not spoken is asked only if it stands beside the probe."""
    below = target.probe.read.removeprefix(target.base_path).split("/")[1]
    path = operation.path.removeprefix(target.base_path)
    beside = path.startswith(f"/{below}/") or (target.probe.read.count("/") == 1 and not path.startswith("/."))
    if not operation.presumed or operation.unasked is not None or beside:
        return operation
    return replace(operation, unasked=f"nothing says that it needs credentials, and it is not below /{below}/")


def _session_paths(target: Target) -> tuple[str, ...]:
    sign_in, revoke = target.sign_in, target.revoke
    return (
        target.base_path + SIGN_IN_PATH if sign_in is None else sign_in.path,
        target.base_path + REVOKE_PATH if revoke is None else revoke.path,
    )
