"""The proof bundle of an invented match, part by part, and what the auditor's tool says of it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from governance.audit.base64_strict import encode64
from governance.audit.bundle import Bundle, Record, Role, SignedRecord, entry_path, record_path
from governance.audit.canonical import canonical
from governance.verifier.matched import MatchQuestion, State, Verdict, audit_bundle
from governance.verifier.sources import ListedFiles
from governance.verifier.trust import read_trusted, with_issuers
from tests.builders_honest_log import ORIGIN, HonestLog, a_policy, a_private_key, cosigned

WARRANT: Mapping[str, object] = {
    "cameras": [{"camera_id": "cam-1"}],
    "not_after": "2026-01-05T00:00:00.000Z",
    "not_before": "2025-12-30T00:00:00.000Z",
    "profile_sha256": hashlib.sha256(b'{"profile_class":"DEMO"}').hexdigest(),
    "warrant_id": "w1",
}
LEASE: Mapping[str, object] = {
    "camera_id": "cam-1",
    "deployment_id": "d1",
    "expires_at": "2025-12-31T10:01:00.000Z",
    "issued_at": "2025-12-31T10:00:00.000Z",
    "lease_id": "l1",
    "profile_sha256": WARRANT["profile_sha256"],
    "site_id": "s1",
}
REPORT: Mapping[str, object] = {
    "camera_id": "cam-1",
    "captured_at": "2025-12-31T10:00:30.000Z",
    "deployment_id": "d1",
    "lease_id": "l1",
    "profile_sha256": WARRANT["profile_sha256"],
    "report_id": "a1",
    "score": 0.4375,
    "site_id": "s1",
}
PURPOSES = {Record.WARRANT: "insyn/warrant/2", Record.LEASE: "insyn/lease/2", Record.REPORT: "insyn/candidate-report/1"}
SIGNERS = {Record.WARRANT: "issuer", Record.LEASE: "governance", Record.REPORT: "site"}


def signed(record: Record, value: Mapping[str, object], *, by: str = "") -> SignedRecord:
    key = a_private_key(by or SIGNERS[record])
    payload = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    message = b"insyn\x00" + PURPOSES[record].encode() + b"\x00" + payload
    name = hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]
    return SignedRecord(payload=payload, key=name, signature=key.sign(message))


def issuer_list(*signers: str, issuer: str = "issuer", kind: str = "insyn/issuer-list/1", signed_as: str = "") -> bytes:
    """Return a list of one issuer, signed by these organisations."""
    certificates = [{"certificate_sha256": "0" * 64, "name": issuer}]
    listed = canonical(
        {
            **({"certificates": certificates} if kind.endswith("2") else {}),
            "expires_at": "2100-01-01T00:00:00.000Z",
            "issued_at": "2020-01-01T00:00:00.000Z",
            "issuers": [
                {
                    "demo": True,
                    "issuer_type": "court",
                    "name": issuer,
                    "public": encode64(a_private_key(issuer).public_key().public_bytes_raw()),
                    "valid_from": "2020-01-01T00:00:00.000Z",
                    "valid_to": "2100-01-01T00:00:00.000Z",
                }
            ],
            "kind": kind,
            "version": 1,
        }
    )
    signatures = []
    for name in signers:
        key = a_private_key(name)
        short = hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]
        signature = key.sign(b"insyn\x00" + (signed_as or kind).encode() + b"\x00" + listed)
        signatures.append({"key": short, "signature": encode64(signature)})
    return canonical({"kind": "insyn/jointly-signed/1", "payload": encode64(listed), "signatures": signatures})


PINNED = read_trusted(
    canonical(
        {
            "keys": [
                {
                    "demo": True,
                    "name": role,
                    "public": encode64(a_private_key(role).public_key().public_bytes_raw()),
                    "role": role.split(" ")[0],
                }
                for role in (
                    "evaluator",
                    "governance",
                    "model-officer",
                    "organisation of police",
                    "organisation of region",
                    "site",
                )
            ],
            "kind": "insyn/trusted-keys/1",
        }
    )
)
TRUSTED = with_issuers(PINNED, issuer_list("organisation of police", "organisation of region"))


@dataclass
class Match:
    """A match from warrant to outcome; each part can be told to be something else."""

    warrant: Mapping[str, object] = field(default_factory=lambda: dict(WARRANT))
    lease: Mapping[str, object] = field(default_factory=lambda: dict(LEASE))
    report: Mapping[str, object] = field(default_factory=lambda: dict(REPORT))
    reviewers: tuple[str, ...] = ("r1", "r2")
    fields: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ("context", "operator", "subject")
    older: bool = False
    """Whether the entries are proven under an older checkpoint than the bundle's."""
    names: Mapping[str, str] = field(default_factory=dict)

    def files(self) -> dict[str, bytes]:
        act = signed(Record.WARRANT, self.warrant)
        lease = signed(Record.LEASE, {"warrant_sha256": act.sha256, **self.lease})
        report = signed(Record.REPORT, self.report)
        log = HonestLog(seed=1)
        log.begin()
        told = {"warrant": "w1", "deployment": "d1", "lease": "l1", "alert": "a1", **self.fields}

        def entry(event: str, document: SignedRecord | None, *context: str, actor: str = "x") -> int:
            about = {name: told[name] for name in context}
            if document is not None:
                about["document"] = self.names.get(event, document.sha256)
            groups: dict[str, Mapping[str, object]] = {"context": about} if about else {}
            return log.write(
                event, groups={**groups, "operator": {"actor": actor}, "subject": {"alert": told["alert"]}}
            )

        links = [
            (Role.WARRANT, entry("warrant.import", act, "warrant")),
            (Role.START, entry("deployment.start", None, "warrant", "deployment")),
            (Role.LEASE, entry("lease.issue", lease, "warrant", "deployment", "lease")),
            (Role.ALERT, entry("candidate.accept", report, "warrant", "deployment", "lease")),
            *((Role.DECISION, entry("candidate.review", None, actor=who)) for who in self.reviewers),
            (Role.OUTCOME, entry("lead.confirm", None, "warrant")),
        ]
        files = {entry_path(index): log.disclosure(index, *self.groups) for _, index in links}
        if self.older:
            log.beat()
        files["bundle.json"] = Bundle(origin=ORIGIN, links=tuple(links)).to_bytes()
        files["checkpoint"] = cosigned(log.checkpoint(), ("court", "inspector"), time_s=log.now_ms // 1000).encode()
        files["records/profile.json"] = b'{"profile_class":"DEMO"}'
        for record, value in ((Record.WARRANT, act), (Record.LEASE, lease), (Record.REPORT, report)):
            files[record_path(record)] = value.to_bytes()
        return files


def audit(files: Mapping[str, bytes], **question: object) -> Verdict:
    asked = {"policy": a_policy(), "trusted": TRUSTED, **question}
    return audit_bundle(ListedFiles(dict(files)), MatchQuestion(**asked))  # type: ignore[arg-type]


def said(verdict: Verdict, state: State) -> list[str]:
    return [one.sentence for one in verdict.links if one.state is state]
