"""The embedded Synq: the reference implementation of the contract, its transports, and its faults."""
