"""The client suite: put a Synq client library, in any language, under test by what it sends on the wire."""
