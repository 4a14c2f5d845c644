"""The contract under load: many callers at once, and every answer checked. Needs the extra `load` (Locust)."""
