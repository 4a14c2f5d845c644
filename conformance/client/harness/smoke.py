"""Before anything is judged: does the adapter speak the protocol, and does its client reach the suite's server?"""

from __future__ import annotations

from conformance.client.adapters.driver import AdapterError
from conformance.client.adapters.launcher import Way
from conformance.client.harness.bench import Bench
from conformance.client.harness.session import Session
from conformance.contract.rules import Role
from conformance.evidence.recorder import Journal
from conformance.results.data import Subject

SHUT_DOWN_WITHIN_S = 5.0


def smoke(way: Way, journal: Journal) -> tuple[str | None, Subject]:
    """Configure, one plain call, shut down: why nothing can be judged, where that is so, and who was asked."""
    bench = Bench(way, journal)
    try:
        with bench.configured() as session:
            subject = Subject(Role.CLIENT, str(session.introduction or way.name), None)
            return _obstacle(session, way), subject
    except AdapterError as error:
        return str(error), Subject(Role.CLIENT, way.name, None)
    finally:
        if not way.attached:
            bench.close()


def _obstacle(session: Session, way: Way) -> str | None:
    if session.refusal is not None:
        return f"the adapter could not be configured: {session.refusal}"
    done = session.call()
    if not done.arrivals:
        return f"no request arrived at the suite's server for a plain call, though {done.answer}"
    if way.attached:
        return None
    if code := session.driver.shut_down(SHUT_DOWN_WITHIN_S):
        return f"the adapter exited with code {code} on `shutdown`"
    return None
