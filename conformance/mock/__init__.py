"""The embedded Synq: an honest implementation of the contract, its doors, and the faults that bend it."""
