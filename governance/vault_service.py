"""The key vault as a process: `python -m governance.vault_service`, and with a word one thing that people do.

`repair` mends its copies, `inventory` says what it holds, `seen` what it saw of the log last, and `follow FILE` lets it
follow one log to the next. None of them runs while the vault serves.

It stands here and not in `governance.vault`, because it plugs in what adapters provide. Settings come from the
environment; none of them can skip a rule. The log's key is pinned in the file of trusted keys, carried here by people.
"""

import json
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.clock import read_clocks
from contracts.errors import ContractError
from contracts.trust import TrustedKeys, TrustedRole
from governance.adapters.signatures import VERIFIERS
from governance.adapters.socket_service import SocketService
from governance.application.errors import GovernanceError
from governance.audit.base64_strict import encode64
from governance.audit.errors import LogError
from governance.audit.policy import Policy, parse_policy
from governance.json_lines import set_up_logging
from governance.vault.errors import VaultUnusable
from governance.vault.hygiene import close_process, restart_with_cleaning_memory
from governance.vault.keys import KeyStore
from governance.vault.pair import Pair
from governance.vault.rules import Terms
from governance.vault.service import build_app
from governance.vault.succession import Succession
from governance.vault.vault import KeyVault

EXIT_REFUSED: Final = 2
"""The vault could not start: a person has to do something."""

_ALLOWED_KEYS: Final = frozenset({"completed", "count", "event", "level", "sentence", "timestamp"})
_log = structlog.get_logger()


class VaultSettings(BaseSettings):
    """Environment: INSYN_VAULT_HOME, _TWIN, _SOCKET, _LOG_ORIGIN, _TRUST; _POLICY may be set."""

    model_config = SettingsConfigDict(env_prefix="INSYN_VAULT_", extra="ignore", frozen=True)

    home: Path
    twin: Path
    socket: Path
    log_origin: str = Field(pattern=r"^[^\s+]{1,200}$")
    trust: Path
    policy: Path | None = None


def main() -> int:
    """Serve until a signal. A refusal to start is one sentence on standard error and exit status 2."""
    restart_with_cleaning_memory("governance.vault_service")
    close_process()
    # uvicorn ends its own work on a signal and then raises it anew: as an interrupt, so the folders are given back.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    set_up_logging(only=_ALLOWED_KEYS)
    try:
        settings = VaultSettings()  # type: ignore[call-arg]  # the environment gives them
        return _do(settings, sys.argv[1:])
    except KeyboardInterrupt:
        return 0
    except ValidationError as error:
        names = ", ".join(sorted("INSYN_VAULT_" + str(part["loc"][0]).upper() for part in error.errors()))
        return _refuse(f"These settings are missing or wrong: {names}.")
    except (ContractError, GovernanceError, LogError) as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"The vault cannot read its settings' files: {error.strerror}; mend their place or rights.")


def _do(settings: VaultSettings, words: Sequence[str]) -> int:
    match words:
        case []:
            return _serve(settings)
        case ["repair"]:
            return _repair(settings)
        case ["inventory"]:
            return _with_vault(settings, lambda vault: vault.inventory().to_bytes().decode())
        case ["seen"]:
            return _with_vault(settings, _seen)
        case ["follow", path]:
            told = Succession.from_bytes(Path(path).read_bytes())
            return _with_vault(settings, lambda vault: _follow(vault, told))
        case _:
            return _refuse("The vault knows the words repair, inventory, seen and `follow FILE`, and no others.")


def _with_vault(settings: VaultSettings, answer: Callable[[KeyVault], str]) -> int:
    """Do one thing on the vault's folders, which nobody else may hold, and write the answer."""
    vault = KeyVault(KeyStore(Pair(settings.home, settings.twin)), _terms(settings), _now)
    try:
        sys.stdout.write(answer(vault) + "\n")
    finally:
        vault.close()
    return 0


def _seen(vault: KeyVault) -> str:
    size, root = vault.seen()
    return json.dumps({"root": encode64(root), "size": size}, sort_keys=True)


def _follow(vault: KeyVault, told: Succession) -> str:
    vault.follow(told)
    size, _ = vault.seen()
    return f"The vault follows the new log from its {size} entries on; start it with that log's origin and key."


def _serve(settings: VaultSettings) -> int:
    terms = _terms(settings)
    serving = SocketService(settings.socket)
    try:
        pair = Pair(settings.home, settings.twin)
        store = KeyStore(pair)
    except VaultUnusable:
        serving.close()
        raise
    vault = KeyVault(store, terms, _now)
    _log.info("serving", completed=store.completed)
    try:
        return serving.run(build_app(vault))
    finally:
        vault.close()


def _repair(settings: VaultSettings) -> int:
    pair = Pair(settings.home, settings.twin)
    try:
        sys.stdout.write(pair.repair() + "\n")
    finally:
        pair.close()
    return 0


def _terms(settings: VaultSettings) -> Terms:
    keys = TrustedKeys.from_bytes(settings.trust.read_bytes()).of(TrustedRole.LOG)
    if not keys:
        raise VaultUnusable("The file of trusted keys pins no log key, so the vault would believe nobody.")
    policy: Policy | None = None if settings.policy is None else parse_policy(settings.policy.read_bytes())
    return Terms(
        origin=settings.log_origin,
        log_keys=tuple(keys.values()),
        policy=policy,
        verify=VERIFIERS,
    )


def _now() -> datetime:
    return read_clocks().now


def _refuse(sentence: str) -> int:
    sys.stderr.write(sentence + "\n")
    return EXIT_REFUSED


if __name__ == "__main__":
    sys.exit(main())
