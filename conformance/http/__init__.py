"""Requests and responses, and every way to send one."""
