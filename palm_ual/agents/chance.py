"""Chance without a generator: a hash of (seed, agent, step, which), the same at every replay."""

from palm_ual.model.chance import mix as mix


class Chance:
    """The draws of one agent's one step. `which` tells several draws of the same step apart."""

    __slots__ = ("agent", "seed", "step")

    def __init__(self, seed: int, agent: int = 0, step: int = 0) -> None:
        self.seed = seed
        self.agent = agent
        self.step = step

    def fraction(self, which: int = 0) -> float:
        """Uniform in [0, 1)."""
        return (mix(self.seed, self.agent, self.step, which) >> 11) * 2.0**-53

    def below(self, bound: int, which: int = 0) -> int:
        """A whole number from 0 to `bound - 1`; the bias is under bound / 2^64."""
        return (mix(self.seed, self.agent, self.step, which) * bound) >> 64

    def one_in(self, times: int, which: int = 0) -> bool:
        """True once in `times`, on average."""
        return self.below(times, which) == 0
