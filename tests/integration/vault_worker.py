"""A process that gives keys out and destroys them until it is killed, and says on standard output what was confirmed.

`python -m tests.integration.vault_worker HOME TWIN`: a line `key NAME HEX` for each key given out, `destroying NAME`
before and `destroyed NAME` after each destruction.
"""

import sys
from itertools import count
from pathlib import Path

from governance.vault.keys import KeyStore
from governance.vault.pair import Pair
from tests.builders_vault import CANDIDATE, SUBJECT, one_key


def main() -> None:
    """Work until somebody kills this process."""
    store = KeyStore(Pair(Path(sys.argv[1]), Path(sys.argv[2])))
    for number in count():
        for key, secret in store.allot([CANDIDATE, SUBJECT, ("review", 1000 + number % 3)]):
            sys.stdout.write(f"key {key.text} {secret.hex()}\n")
        sys.stdout.flush()
        if number % 2:
            sys.stdout.write(f"destroying {key.text}\n")
            sys.stdout.flush()
            store.destroy([one_key(key)])
            sys.stdout.write(f"destroyed {key.text}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
