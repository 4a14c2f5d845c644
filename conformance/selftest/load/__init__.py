"""The load run with real Locust; takes a minute."""
