"""Runs with workers on another machine, as far as xdist can tell: they are started over ssh."""
