"""Runs interrupted at many moments; takes too long for every change."""
