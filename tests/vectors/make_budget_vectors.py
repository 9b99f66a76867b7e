"""Makes `poisson_tails.json` with somebody else's mathematics: run by hand, needs scipy; the tests only read the file.

    python tests/vectors/make_budget_vectors.py

`tails`: P(X >= k) for a Poisson variable of mean mu, as `scipy.stats.poisson.sf(k - 1, mu)` gives it.
`by_hand`: the same from the definition, with the digits that printed tables give (mean 1 and mean 0.1).
`stops_at`: the least k with a tail below 1 %, as `scipy.stats.poisson.isf` finds it.
"""

import json
from pathlib import Path

from scipy import __version__
from scipy.stats import poisson

_MEANS = (0.001, 0.01, 0.05, 0.1, 0.1486, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0)
_COUNTS = (0, 1, 2, 3, 4, 5, 6, 8, 12, 20, 50, 150)
_LIMIT = 0.01


def main() -> None:
    """Write the file."""
    found = {
        "by_hand": [
            [1, 1.0, 0.6321, "1 - 1/e"],
            [2, 1.0, 0.2642, "1 - 2/e"],
            [3, 1.0, 0.0803, "1 - 2.5/e"],
            [4, 1.0, 0.0190, "1 - (8/3)/e"],
            [5, 1.0, 0.0037, "1 - (65/24)/e"],
            [1, 0.1, 0.0952, "1 - exp(-0.1)"],
            [2, 0.1, 0.0047, "1 - 1.1 exp(-0.1)"],
        ],
        "made_with": f"scipy {__version__}",
        "stops_at": [[mean, int(poisson.isf(_LIMIT, mean)) + 1] for mean in _MEANS],
        "tails": [[count, mean, float(poisson.sf(count - 1, mean))] for mean in _MEANS for count in _COUNTS],
    }
    target = Path(__file__).with_name("poisson_tails.json")
    target.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
