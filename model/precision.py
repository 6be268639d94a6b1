"""How often each rule of style is right: counts of findings read by a person, in data/precision.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LEAST = 0.85  # a rule that is right less often is mended or dropped
FEW = 40  # findings; a share of fewer is known badly
CAP = 4  # posts of one page among the findings of a rule


@dataclass(frozen=True, slots=True)
class Precision:
    """Findings that were read and those of them that a careful editor would accept."""

    labelled: int
    right: int

    @property
    def precision(self) -> float:
        """The share of right findings."""
        return self.right / self.labelled

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson interval of the share, at 95 %; from 0 to 1 where nothing was read."""
        if not self.labelled:
            return 0.0, 1.0
        from scipy.stats import binomtest  # half a second, and only a page wants it

        found = binomtest(self.right, self.labelled).proportion_ci(method="wilson")
        return float(found.low), float(found.high)


@cache
def read() -> dict[str, Precision]:
    """The counts of every rule."""
    text = files("model").joinpath("data", "precision.toml").read_text(encoding="utf-8")
    return {name: Precision(*counts) for name, counts in tomllib.loads(text)["rules"].items()}
