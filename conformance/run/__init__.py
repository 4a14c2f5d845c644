"""A conformance run inside pytest."""
