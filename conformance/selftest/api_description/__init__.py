"""The embedded Synq against its own OpenAPI description, by Schemathesis."""
