"""The API that a client under test speaks to."""
