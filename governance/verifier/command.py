"""`insyn-verify`: hold an exported log, a served one, or one proof bundle against a pinned policy.

Exit status 0: in order. 1: something is wrong. 2: nothing could be read. Findings leave 0 unless `--strict` is given.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from governance.audit.errors import LogError, PolicyRefused
from governance.audit.policy import Policy, parse_policy
from governance.verifier.exported import Question, audit_export
from governance.verifier.matched import MatchQuestion, audit_bundle
from governance.verifier.progress import progress_on
from governance.verifier.report import Status
from governance.verifier.seen import Stamp
from governance.verifier.sources import SourceRefused, open_source
from governance.verifier.time_stamp import stamp_of
from governance.verifier.trust import Trusted, read_trusted, with_issuers
from governance.verifier.wording import bundle_in_words, in_words

_LARGEST_INPUT: Final = 4 * 1024 * 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    given = _parser().parse_args(arguments)
    try:
        return _bundle(given) if given.bundle else _export(given)
    except (SourceRefused, PolicyRefused) as error:
        return _unreadable(str(error), as_json=given.json)
    except KeyboardInterrupt:
        return _unreadable("Interrupted: nothing was verified.", as_json=given.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="insyn-verify",
        description="Hold an audit log against what it was signed to be and what it promised.",
        epilog="Exit status: 0 in order, 1 something is wrong, 2 cannot be read.",
    )
    parser.add_argument("log", nargs="?", metavar="DIR|ZIP|URL", help="the exported or served log")
    parser.add_argument("--bundle", metavar="DIR|ZIP", help="verify the proof bundle of one match instead of a log")
    parser.add_argument("--policy", required=True, metavar="FILE", help="the pinned policy: whose signatures count")
    parser.add_argument("--tsa", nargs="+", default=[], metavar="PEM", help="certificates of time-stamping authorities")
    parser.add_argument("--kept", nargs="+", default=[], metavar="NOTE", help="checkpoints kept from earlier audits")
    parser.add_argument("--trust", metavar="FILE", help="the pinned keys (trust.json) of sites and governance")
    parser.add_argument("--issuers", metavar="FILE", help="the list of issuers (issuers.json), held against --trust")
    parser.add_argument("--now", metavar="TIME", help="when the audit is made, such as 2026-06-01T12:00:00Z; now")
    parser.add_argument("--strict", action="store_true", help="findings count as wrong too")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _export(given: argparse.Namespace) -> int:
    if not given.log:
        raise SourceRefused("Name the folder, zip file or address of a log, or a bundle with --bundle.")
    question = Question(
        policy=_policy(given.policy),
        now_ms=_now_ms(given.now),
        stamp=_stamp(given.tsa),
        kept={f"--kept {name}": _input(name) for name in given.kept},
        progress=progress_on(sys.stderr, "Reading the log"),
    )
    report = audit_export(open_source(given.log), question)
    sys.stdout.write(_json(report.to_json()) if given.json else in_words(report))
    return report.status(strict=given.strict)


def _bundle(given: argparse.Namespace) -> int:
    question = MatchQuestion(
        policy=_policy(given.policy),
        stamp=_stamp(given.tsa),
        trusted=_trusted(given.trust, given.issuers),
    )
    verdict = audit_bundle(open_source(given.bundle), question)
    sys.stdout.write(_json(verdict.to_json()) if given.json else bundle_in_words(verdict))
    return verdict.status(strict=given.strict)


def _trusted(trust: str | None, issuers: str | None) -> Mapping[tuple[str, str], Trusted] | None:
    if trust is None:
        if issuers is not None:
            raise SourceRefused("A list of issuers is held against pinned keys; name them with --trust.")
        return None
    pinned = read_trusted(_input(trust))
    return pinned if issuers is None else with_issuers(pinned, _input(issuers))


def _policy(name: str) -> Policy:
    return parse_policy(_input(name))


def _stamp(names: Sequence[str]) -> Stamp | None:
    if not names:
        return None
    try:
        return stamp_of([_input(name) for name in names])
    except LogError as error:
        raise SourceRefused(f"The certificates of the time-stamping authority cannot be used. {error}") from error


def _now_ms(text: str | None) -> int:
    if text is None:
        return time.time_ns() // 1_000_000  # the laptop's clock; the audit itself takes the time as given
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise SourceRefused("The time after --now is written such as 2026-06-01T12:00:00Z.") from error
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)


def _input(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            data = file.read(_LARGEST_INPUT + 1)
    except OSError as error:
        raise SourceRefused(f"The file {name} cannot be read.") from error
    if len(data) > _LARGEST_INPUT:
        raise SourceRefused(f"The file {name} is larger than any policy, key or certificate.")
    return data


def _json(value: object) -> str:
    return json.dumps(value, indent=2, sort_keys=True) + "\n"


def _unreadable(sentence: str, *, as_json: bool) -> int:
    if as_json:
        sys.stdout.write(_json({"kind": "insyn/verification/1", "problem": sentence, "verified": False}))
    sys.stderr.write(f"insyn-verify: {sentence}\n")
    return Status.UNREADABLE
