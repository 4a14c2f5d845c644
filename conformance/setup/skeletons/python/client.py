"""An adapter between the conformance suite and a Synq client library in Python.

It works as it stands, with a client of its own on urllib: put your library in the place of `make`, and say in
ERROR_KINDS what its errors are. `synq-conformance client --factory client:make` does without a process.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NAME = "my client"
VERSION = "0"


class SignInFailedError(Exception):
    """No token could be had."""


ERROR_KINDS = {SignInFailedError: "auth", OSError: "transport"}
"""What your library's errors are about: "auth", "permission" or "transport"; every other one is "other"."""


def make(base_url: str, email: str, password: str, tenant_id: str, org_id: str, **_more: Any) -> Client:  # noqa: ANN401
    """Make what your library's user would call: request(…), whose answer has `status_code` and `text`."""
    return Client(base_url, email, password, tenant_id, org_id)


# ---------------------------------------------------------------- what your library does instead

LEAD_S = 45.0


@dataclass(frozen=True, slots=True)
class ClientAnswer:
    """What came back."""

    status_code: int
    text: str


class Client:
    """Keeps a token, and signs in again if it is about to end, or is refused."""

    def __init__(self, base_url: str, email: str, password: str, tenant_id: str, org_id: str) -> None:
        self._base_url, self._account = base_url, {"email": email, "password": password}
        self._scope = {"X-Tenant-ID": tenant_id, "X-Org-ID": org_id}
        self._lock, self._token, self._until = threading.Lock(), "", 0.0

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,  # noqa: ANN401 - any JSON value
        content: bytes | None = None,
    ) -> ClientAnswer:
        """Send the request, and once more with a new token if this one is refused."""
        query = f"?{urllib.parse.urlencode(params)}" if params else ""
        body, fields = content, dict(headers or {})
        if json is not None:
            body, fields = _json(json), {**fields, "Content-Type": "application/json"}
        token = self._current()
        answer = self._sent(method, path + query, fields, body, token)
        if answer.status_code != 401:
            return answer
        return self._sent(method, path + query, fields, body, self._current(refused=token))

    def _sent(self, method: str, target: str, fields: dict[str, str], body: bytes | None, token: str) -> ClientAnswer:
        signed = {**fields, **self._scope, "Authorization": f"Bearer {token}"}
        return _sent(urllib.request.Request(self._base_url + target, body, signed, method=method))  # noqa: S310

    def _current(self, refused: str = "") -> str:
        """A token that is good for a while yet and is not the refused one; all who wait share one sign-in."""
        with self._lock:
            if self._token in ("", refused) or time.time() >= self._until:
                self._sign_in()
            return self._token

    def _sign_in(self) -> None:
        asked_at, fields = time.time(), {"Content-Type": "application/json"}
        url = f"{self._base_url}/api/v1/auth/sign-in"
        try:
            answer = _sent(urllib.request.Request(url, _json(self._account), fields, method="POST"))  # noqa: S310
            found = json.loads(answer.text)
            token, life_s = str(found["token"]), float(found.get("expires_in", 3600))
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise SignInFailedError("signing in brought no token") from error
        if answer.status_code != 200 or not token:
            raise SignInFailedError(f"signing in was answered {answer.status_code}")
        self._token, self._until = token, asked_at + life_s - min(LEAD_S, life_s / 10)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Hands redirects to the caller, so that no other origin sees the token."""

    def redirect_request(self, *_: Any) -> None:  # noqa: ANN401 - the signature of urllib
        return None


def _sent(request: urllib.request.Request) -> ClientAnswer:
    opener = urllib.request.build_opener(_NoRedirects)
    try:
        with opener.open(request, timeout=5) as response:
            return ClientAnswer(response.status, response.read().decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        return ClientAnswer(error.code, error.read().decode("utf-8", "replace"))


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
