"""The description that is shipped is an OpenAPI description, by the validator of its own field."""

from __future__ import annotations

from openapi_spec_validator import validate

from conformance.mock.catalogue import described_api
from conformance.openapi.document import parsed_data


def test_the_description_is_valid() -> None:
    """By the schema of OpenAPI 3.1, and as a whole."""
    validate(parsed_data(described_api(), "openapi.yaml"))
