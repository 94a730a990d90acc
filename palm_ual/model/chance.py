"""A hash in the place of a random number generator: the same numbers give the same draw at every replay."""

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def mix(seed: int, agent: int, step: int, which: int = 0) -> int:
    """64 well-mixed bits of four integers (SplitMix64's finaliser over a weighted sum)."""
    bits = (seed * 0xD1342543DE82EF95 + agent * _GOLDEN + step * 0xBF58476D1CE4E5B9 + which + 1) & _MASK
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & _MASK
    return bits ^ (bits >> 31)
