"""Synq Conformance: does an API, or a client of it, keep the Synq authentication contract?"""
