"""Random numbers by place: the same seed and place give the same number, whatever was drawn before.

So two systems, or two ways to simulate one, see the same year.
"""

_MASK = (1 << 64) - 1


def uniform(seed: int, *place: int) -> float:
    """A number in [0, 1) for the whole numbers of `place`. SplitMix64: https://prng.di.unimi.it/splitmix64.c"""
    state = _mixed(seed)
    for part in place:
        state = _mixed(state ^ part)
    return (state >> 11) / (1 << 53)


def _mixed(value: int) -> int:
    value = (value + 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)
