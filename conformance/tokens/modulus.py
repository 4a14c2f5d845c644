"""An RSA modulus out of two signatures: a program of its own, so that it can be ended.

Reads two signatures and the messages under them, in hexadecimal, one a line; writes the exponent and the modulus. Ends
with 1 if there is no gmpy2, or no modulus.
"""

from __future__ import annotations

import sys

from conformance.tokens.recovered import EXPONENTS, SMALLEST_MODULUS_BITS

SMALL_FACTORS = 10_000


def modulus_of(first: tuple[int, int], second: tuple[int, int], exponent: int) -> int | None:
    """What `signature^exponent - message` has in common for both; None if that is no modulus, or gmpy2 is missing."""
    try:
        from gmpy2 import gcd, mpz  # late, for it is an extra
    except ImportError:
        return None
    differences = [mpz(signature) ** exponent - message for signature, message in (first, second)]
    common = int(gcd(*differences))
    for factor in range(2, SMALL_FACTORS):
        while common > factor and common % factor == 0 and common.bit_length() % 1_024:
            common //= factor
    verified = all(pow(signature, exponent, common) == message for signature, message in (first, second))
    return common if common.bit_length() >= SMALLEST_MODULUS_BITS and verified else None


def _run() -> int:
    """Returns the exit code."""
    numbers = [int(line, 16) for line in sys.stdin.read().split()]
    first, second = (numbers[0], numbers[1]), (numbers[2], numbers[3])
    for exponent in EXPONENTS:
        modulus = modulus_of(first, second, exponent)
        if modulus is not None:
            sys.stdout.write(f"{exponent} {modulus:x}\n")
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(_run())
