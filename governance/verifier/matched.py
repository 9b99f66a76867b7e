"""The audit of a proof bundle: is this match what it is said to be, link by link, and what of it was not opened?

Authority → warrant → start → lease → model profile and its evaluation → comparison → alert → two decisions → outcome.
Each link is proven, or not opened, or wrong; nothing is taken from one link to the next that was not proven.
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from governance.audit.bundle import (
    CHECKPOINT,
    EVENTS,
    PATH,
    Bundle,
    Record,
    Role,
    SignedRecord,
    entry_path,
    json_object,
    record_path,
)
from governance.audit.errors import DisclosureRefused
from governance.audit.note import ED25519
from governance.audit.policy import Policy
from governance.audit.problems import Layer, Problems, Severity, entry_name
from governance.verifier.admitted import Admission, findings, signed_by
from governance.verifier.disclosures import ProvenEntry, prove
from governance.verifier.report import Status
from governance.verifier.seen import CHAIN, FOLDER, NOTE, STAMP, PinnedKeys, Readings, Seen, Stamp, read_anchors
from governance.verifier.signatures import VERIFIERS, ed25519_verifies
from governance.verifier.sources import Source, SourceRefused
from governance.verifier.trust import ISSUER, Trusted

LONGEST_LEASE: Final = timedelta(seconds=60)
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_CLOCKS: Final = timedelta(seconds=60)
_UNCHECKED: Final = "was not checked: no pinned keys were named (--trust)."
_SIGNERS: Final = {Record.WARRANT: "issuer", Record.LEASE: "governance", Record.REPORT: "site"}


class State(StrEnum):
    """How it stands with one link."""

    PROVEN = "proven"
    NOT_OPENED = "not-opened"
    NOT_CHECKED = "not-checked"
    ABSENT = "absent"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link of the chain, in a sentence that can be quoted."""

    state: State
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchQuestion:
    """What a bundle is held against: the pinned policy, and the pinned keys of those who sign records."""

    policy: Policy
    stamp: Stamp | None = None
    trusted: Mapping[tuple[str, str], Trusted] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be said of a bundle."""

    origin: str
    links: tuple[Link, ...]
    problems: Problems
    seen: tuple[Seen, ...] = field(default=())

    def status(self, *, strict: bool = False) -> Status:
        """Return the exit status. With `strict`, whatever is not proven counts as wrong too."""
        unproven = strict and any(one.state is not State.PROVEN for one in self.links)
        return Status.WRONG if unproven or self.problems.count(Severity.WRONG) else Status.FINE

    def to_json(self) -> dict[str, object]:
        """Return the verdict as a JSON object."""
        return {
            "kind": "insyn/match-verification/1",
            "links": [{"sentence": one.sentence, "state": one.state.value} for one in self.links],
            "origin": self.origin,
            "verified": self.status() is Status.FINE,
            "wrong": [one.to_json() for one in self.problems.of(Severity.WRONG)],
        }


def audit_bundle(source: Source, question: MatchQuestion) -> Verdict:
    """Return what is to be said of a proof bundle.

    Raises:
        SourceRefused: it cannot be read, or is none.
    """
    data = source.read(PATH)
    if data is None:
        raise SourceRefused(f"There is no {PATH}: this is no proof bundle.")
    try:
        bundle = Bundle.from_bytes(data)
    except DisclosureRefused as error:
        raise SourceRefused(f"{PATH} cannot be read. {error}") from error
    return _Match(source, question, bundle).verdict()


class _Match:
    def __init__(self, source: Source, question: MatchQuestion, bundle: Bundle) -> None:
        self._source, self._question, self._bundle = source, question, bundle
        self._problems = Problems()
        self._links: list[Link] = []
        keys = [
            log.key for log in question.policy.logs if (log.key.name, log.key.algorithm) == (bundle.origin, ED25519)
        ]
        if not keys:
            raise SourceRefused("The bundle is of a log that the policy does not name.")
        self._readings = Readings(
            policy=question.policy, keys=PinnedKeys(tuple(keys)), verify=VERIFIERS, problems=self._problems
        )
        self._entries: dict[Role, list[ProvenEntry]] = {role: [] for role in Role}
        self._records: dict[Record, SignedRecord] = {}

    def verdict(self) -> Verdict:
        """Look at every link."""
        seen = self._head()
        if seen is not None:
            self._load_entries(seen)
            self._load_records()
            self._order()
            self._warrant()
            self._lease()
            self._profile()
            self._comparison()
            self._decisions()
        return Verdict(
            origin=self._bundle.origin,
            links=tuple(self._links),
            problems=self._problems,
            seen=() if seen is None else (seen,),
        )

    # -- saying -------------------------------------------------------------------------------------------------------

    def _say(self, state: State, sentence: str) -> None:
        self._links.append(Link(state=state, sentence=sentence))

    def _wrong(self, file: str, sentence: str, what: str = "link") -> None:
        self._say(State.WRONG, sentence)
        self._problems.wrong(Layer.BUNDLE, file, what, sentence)

    def _judge(self, *, good: bool, file: str, proven: str, wrong: str) -> None:
        if good:
            self._say(State.PROVEN, proven)
        else:
            self._wrong(file, wrong)

    # -- the parts ----------------------------------------------------------------------------------------------------

    def _head(self) -> Seen | None:
        data = self._source.read(CHECKPOINT)
        seen = None if data is None else self._readings.note(CHECKPOINT, data)
        if seen is None:
            self._wrong(CHECKPOINT, "The bundle's checkpoint is missing or not believed, so nothing leads anywhere.")
            return None
        size = seen.checkpoint.size
        witnesses = sorted({one.name for one in seen.cosignatures})
        policy = self._question.policy
        if not policy.is_satisfied(witnesses):
            self._wrong(CHECKPOINT, "The checkpoint is cosigned by fewer witnesses than the policy asks for.")
        elif witnesses:
            self._say(State.PROVEN, f"The log of {size} entries was cosigned by {' and '.join(witnesses)}.")
        else:
            self._say(State.PROVEN, f"The log of {size} entries was signed by the log alone; no witness is asked for.")
        self._stamps(seen)
        return seen

    def _stamps(self, seen: Seen) -> None:
        size = seen.checkpoint.size
        paths = [f"{FOLDER}{size}{end}" for end in (NOTE, STAMP, CHAIN)]
        found = [path for path in paths if self._source.read(path) is not None]
        if f"{FOLDER}{size}{STAMP}" not in found:
            return
        if self._question.stamp is None:
            self._say(State.NOT_CHECKED, "A time-stamp lies here and was not checked: no authority was named (--tsa).")
            return
        stamps = read_anchors(
            self._source.read, found, self._readings, stamp=self._question.stamp, problems=self._problems
        )
        for one in stamps:
            if one.layer is Layer.TIME_STAMP:
                self._judge(
                    good=one.checkpoint == seen.checkpoint,
                    file=one.file,
                    proven="An authority that you named time-stamped this checkpoint.",
                    wrong="The time-stamp is over another checkpoint than the bundle's.",
                )

    def _load_entries(self, seen: Seen) -> None:
        for role, index in self._bundle.links:
            path = entry_path(index)
            try:
                entry = self._entry(path, role, index, seen)
            except DisclosureRefused as error:
                sentence = f"Entry {index}, given as '{role.value}', is not believed. {error}"
                self._wrong(path, sentence, entry_name(index))
                continue
            self._entries[role].append(entry)
            self._say(State.PROVEN, f"Entry {index} ({entry.leaf.event}) stands in that log, unaltered.")
        for role in Role:
            if not self._bundle.of(role):
                self._say(State.ABSENT, f"The bundle holds no entry for '{role.value}'.")

    def _entry(self, path: str, role: Role, index: int, seen: Seen) -> ProvenEntry:
        data = self._source.read(path)
        if data is None:
            raise DisclosureRefused("It is missing or cannot be read.")
        entry = prove(path, data, self._readings)
        if entry is None or entry.seen.checkpoint != seen.checkpoint or entry.index != index:
            raise DisclosureRefused("It is not proven under the bundle's checkpoint, or is another entry.")
        if entry.leaf.event not in EVENTS[role]:
            raise DisclosureRefused(f"It is no entry of the kind that '{role.value}' must be.")
        return entry

    def _load_records(self) -> None:
        for record, signer in _SIGNERS.items():
            path = record_path(record)
            data = self._source.read(path)
            if data is None:
                self._say(State.NOT_OPENED, f"The {record.value} itself was not opened; only that there is one shows.")
                continue
            try:
                signed = SignedRecord.from_bytes(data)
                _ = signed.fields
            except DisclosureRefused as error:
                self._wrong(path, f"The {record.value} cannot be read. {error}")
                continue
            self._records[record] = signed
            urgent = record is Record.WARRANT and signed.fields.get("type") == "urgent"
            self._signature(record, signed, "officer" if urgent else signer)

    def _signature(self, record: Record, signed: SignedRecord, signer: str) -> None:
        trusted, path = self._question.trusted, record_path(record)
        if signed.pdf_sha256 is not None:
            self._signed_as_pdf(record, signed.pdf_sha256, signer)
            return
        if trusted is None:
            self._say(State.NOT_CHECKED, f"Who signed the {record.value} {_UNCHECKED}")
            return
        if signer == ISSUER and not any(role == ISSUER for role, _ in trusted):
            self._say(State.NOT_CHECKED, "Who signed the warrant was not checked: no list of issuers (--issuers).")
            return
        key = trusted.get((signer, signed.key))
        if key is None:
            self._wrong(path, f"The {record.value} is signed by a key that is not pinned for '{signer}'.")
            return
        demo = " (a key for demonstrations)" if key.demo else ""
        self._judge(
            good=signed.is_signed(record, key.public, ed25519_verifies),
            file=path,
            proven=f"The {record.value} was signed by '{key.name}', pinned as {signer}{demo}.",
            wrong=f"The signature on the {record.value} is wrong.",
        )

    def _signed_as_pdf(self, record: Record, pdf_sha256: str, signer: str) -> None:
        if signer != ISSUER:
            self._wrong(
                record_path(record), f"The {record.value} is said to be signed as PDF; only a court's warrant is."
            )
            return
        sentence = (
            "The warrant was signed as a PDF, which does not lie here and which this program does not read. The court "
            f"has the file; its SHA-256 is said to be {pdf_sha256}."
        )
        self._say(State.NOT_CHECKED, sentence)

    # -- the links ----------------------------------------------------------------------------------------------------

    def _order(self) -> None:
        chain = [
            (role, entry.index) for role in Role for entry in sorted(self._entries[role], key=lambda one: one.index)
        ]
        places = [index for _, index in chain]
        self._judge(
            good=places == sorted(places),
            file=PATH,
            proven="The entries stand in the log in the order in which the procedure asks for them.",
            wrong="The entries do not stand in the log in the order in which the procedure asks for them.",
        )

    def _warrant(self) -> None:
        act = self._records.get(Record.WARRANT)
        for entry in self._entries[Role.WARRANT]:
            if act is not None:
                self._same(entry, "context", "document", act.sha256, "takes in this very warrant")
                self._same(entry, "context", "warrant", act.fields.get("warrant_id"), "is about this warrant")
        for entry in self._entries[Role.START]:
            self._same(entry, "context", "warrant", self._known("warrant"), "puts this warrant into use")
            self._same(entry, "context", "deployment", self._known("deployment"), "starts the lease's deployment")

    def _lease(self) -> None:
        act, lease = self._records.get(Record.WARRANT), self._records.get(Record.LEASE)
        for entry in self._entries[Role.LEASE]:
            self._same(entry, "context", "warrant", self._known("warrant"), "lends this warrant")
            self._same(
                entry, "context", "deployment", self._known("deployment"), "belongs to the deployment that was started"
            )
            if lease is not None:
                self._same(entry, "context", "document", lease.sha256, "issues this very lease")
        if act is not None and lease is not None:
            self._lease_of(act, lease)

    def _lease_of(self, act: SignedRecord, lease: SignedRecord) -> None:
        path, given, asked = record_path(Record.LEASE), lease.fields, act.fields
        self._judge(
            good=given.get("warrant_sha256") == act.sha256,
            file=path,
            proven="The lease names this very warrant by its hash.",
            wrong="The lease names another warrant.",
        )
        cameras = [one.get("camera_id") for one in _objects(asked.get("cameras"))]
        self._judge(
            good=given.get("camera_id") in cameras,
            file=path,
            proven="The lease is for a camera that the warrant names.",
            wrong="The lease is for a camera that the warrant does not name.",
        )
        asked_for, lent = _span(asked, "not_before", "not_after"), _span(given, "issued_at", "expires_at")
        self._judge(
            good=asked_for is not None
            and lent is not None
            and asked_for[0] <= lent[0] < lent[1] <= asked_for[1]
            and lent[1] - lent[0] <= LONGEST_LEASE,
            file=path,
            proven="The lease lies within the warrant's time and is no longer than a minute.",
            wrong="The lease lies outside of the warrant's time, or is longer than a minute.",
        )

    def _profile(self) -> None:
        hashes = {
            record: signed.fields.get("profile_sha256")
            for record, signed in self._records.items()
            if record in _SIGNERS
        }
        if len(hashes) > 1:
            names = " and ".join(record.value for record in hashes)
            self._judge(
                good=len(set(hashes.values())) == 1,
                file=record_path(Record.REPORT),
                proven=f"{names.capitalize()} name one and the same model profile.",
                wrong=f"{names.capitalize()} name different model profiles.",
            )
        data = self._source.read(record_path(Record.PROFILE))
        if data is None:
            self._say(State.NOT_OPENED, "The model profile itself was not opened.")
        elif hashes:
            self._judge(
                good=hashlib.sha256(data).hexdigest() in set(hashes.values()),
                file=record_path(Record.PROFILE),
                proven=f"The model profile is the one that they name{_of_class(data)}.",
                wrong="The model profile is another one than they name.",
            )
        self._admission({str(one) for one in hashes.values()})

    def _admission(self, profiles: Collection[str]) -> None:
        path = record_path(Record.EVALUATION)
        data = self._source.read(path)
        if data is None:
            self._say(
                State.ABSENT,
                "There is no evaluation of this model profile: by its hash it is known which models compared, not how "
                "often they are mistaken.",
            )
            return
        try:
            admission = Admission.from_bytes(data)
        except DisclosureRefused as error:
            self._wrong(path, f"The admission of the model profile cannot be read. {error}")
            return
        lease, report = (self._records.get(one) for one in (Record.LEASE, Record.REPORT))
        lent = None if lease is None else _span(lease.fields, "issued_at", "expires_at")
        compared, trusted = None if report is None else report.fields.get("threshold"), self._question.trusted
        found = [*findings(admission, profiles=profiles, lent=lent, threshold=compared)]
        if trusted is None:
            self._say(State.NOT_CHECKED, f"Who signed the admission {_UNCHECKED}")
        else:
            found.append(signed_by(admission, trusted))
        for one in found:
            self._judge(good=one.good, file=path, proven=one.proven, wrong=one.wrong)

    def _comparison(self) -> None:
        report, lease = self._records.get(Record.REPORT), self._records.get(Record.LEASE)
        for entry in self._entries[Role.ALERT]:
            self._same(entry, "context", "warrant", self._known("warrant"), "is an alert under this warrant")
            self._same(entry, "context", "lease", self._known("lease"), "is an alert of this lease")
            if report is not None:
                self._same(entry, "context", "document", report.sha256, "accepts this very report")
                self._same(
                    entry, "subject", "alert", report.fields.get("report_id"), "is the alert that the report began"
                )
        if report is not None and lease is not None:
            self._compared_in(report.fields, lease.fields)

    def _compared_in(self, report: Mapping[str, Any], lease: Mapping[str, Any]) -> None:
        same = ("lease_id", "deployment_id", "camera_id", "site_id")
        captured, lent = _span(report, "captured_at", "captured_at"), _span(lease, "issued_at", "expires_at")
        self._judge(
            good=all(report.get(name) == lease.get(name) for name in same),
            file=record_path(Record.REPORT),
            proven="The comparison was made under this lease: site, camera and deployment are the lease's.",
            wrong="The comparison was made under another lease, or elsewhere.",
        )
        self._judge(
            good=captured is not None and lent is not None and lent[0] - _CLOCKS <= captured[0] <= lent[1] + _CLOCKS,
            file=record_path(Record.REPORT),
            proven="The picture was taken while the lease stood.",
            wrong="The picture was taken when the lease did not stand.",
        )

    def _decisions(self) -> None:
        decisions = self._entries[Role.DECISION]
        alert = self._known("alert")
        for entry in (*decisions, *self._entries[Role.OUTCOME]):
            self._same(entry, "subject", "alert", alert, "is about this alert")
        self._judge(
            good=len(decisions) >= 2,
            file=PATH,
            proven=f"{len(decisions)} decisions were written down, each in an entry of its own.",
            wrong="There are fewer than two decisions; an alert is never concluded by one person.",
        )
        actors = [entry.fields.get("operator", {}).get("actor") for entry in decisions]
        if None in actors or not actors:
            sentence = "Who decided was not opened, so it does not show whether two different people did."
            self._say(State.NOT_OPENED, sentence)
            return
        self._judge(
            good=len(set(map(str, actors))) >= 2,
            file=PATH,
            proven="The decisions are those of different people.",
            wrong="The decisions are of one and the same person.",
        )

    def _known(self, name: str) -> object:
        """Return an identifier as the signed records or the earlier entries give it; nothing where none was opened."""
        sources = {
            "warrant": (Record.WARRANT, "warrant_id", Role.WARRANT, "context"),
            "deployment": (Record.LEASE, "deployment_id", Role.START, "context"),
            "lease": (Record.LEASE, "lease_id", Role.LEASE, "context"),
            "alert": (Record.REPORT, "report_id", Role.ALERT, "subject"),
        }
        record, key, role, group = sources[name]
        if record in self._records:
            return self._records[record].fields.get(key)
        opened = [entry.fields[group].get(name) for entry in self._entries[role] if group in entry.fields]
        return opened[0] if opened else None

    def _same(self, entry: ProvenEntry, group: str, name: str, wanted: object, says: str) -> None:
        if group not in entry.fields or wanted is None:
            closed = "what it must agree with" if group in entry.fields else f"its group '{group}'"
            self._say(State.NOT_OPENED, f"Whether entry {entry.index} {says} does not show: {closed} was not opened.")
            return
        self._judge(
            good=entry.fields[group].get(name) == wanted,
            file=entry.file,
            proven=f"Entry {entry.index} {says}.",
            wrong=f"Entry {entry.index} does not say that it {says}: its '{name}' is another.",
        )


def _of_class(data: bytes) -> str:
    try:
        stated = json_object(data).get("profile_class")
    except DisclosureRefused:
        return ""
    return f", of the class {stated}" if isinstance(stated, str) and stated.isalpha() else ""


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _span(fields: Mapping[str, Any], begin: str, end: str) -> tuple[datetime, datetime] | None:
    """Return two instants of a record; nothing where one of them is not written as records write them."""
    texts = [str(fields.get(name)) for name in (begin, end)]
    if not all(map(_INSTANT.fullmatch, texts)):
        return None
    try:
        first, last = map(datetime.fromisoformat, texts)
    except ValueError:
        return None
    return first, last
