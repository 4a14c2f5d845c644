"""Before anything is judged: does the adapter speak the protocol, and does its client reach the suite's server?"""

from __future__ import annotations

from conformance.client.adapters.driver import AdapterError
from conformance.client.adapters.launcher import Launcher
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.session import Session
from conformance.contract.rules import Role
from conformance.evidence.judge import CallerLeft
from conformance.evidence.recorder import Recorder
from conformance.results.data import Subject

SHUT_DOWN_WITHIN_S = 5.0


def smoke(launcher: Launcher, recorder: Recorder) -> tuple[str | None, Subject]:
    """Configure, one plain call, shut down. Returns (obstacle or None, subject)."""
    bench = ClientSessions(launcher, recorder)
    try:
        with bench.configured() as session:
            subject = Subject(Role.CLIENT, str(session.introduction or launcher.name), None)
            return _obstacle(session, launcher), subject
    except (AdapterError, CallerLeft) as error:
        return str(error), Subject(Role.CLIENT, launcher.name, None)
    finally:
        if not launcher.attached:
            bench.close()


def _obstacle(session: Session, launcher: Launcher) -> str | None:
    if session.refusal is not None:
        return f"the adapter could not be configured: {session.refusal}"
    done = session.call()
    if not done.received_requests:
        return f"no request arrived at the suite's server for a plain call, although {done.answer}"
    if launcher.attached:
        return None
    if code := session.driver.shut_down(SHUT_DOWN_WITHIN_S):
        return f"the adapter exited with code {code} on `shutdown`"
    return None
