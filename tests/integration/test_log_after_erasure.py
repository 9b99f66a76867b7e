"""Many payloads erased among very many: every proof stays, none of the erased opens, not from an old backup either."""

import random
import sqlite3
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.receipt import verify_receipt
from governance.adapters.compartment_sealer import open_box, seal
from governance.adapters.log.export import Beside, export_files
from governance.application.journal import in_clear, ranges_of
from governance.audit.commitment import entry_context
from governance.audit.draft import Draft
from governance.audit.leaf import Compartment, KeyRef, Leaf
from governance.audit.note import ED25519, VerifierKey
from governance.audit.policy import NONE, KnownLog, Policy
from governance.verifier.exported import Question, audit_export
from governance.verifier.report import Report, Status
from insyn.commands.log import LyingFiles
from tests.builders_centre import Centre, a_centre
from tests.builders_contracts import LOG_ORIGIN, NOON, TrustedSite, a_trusted_site
from tests.builders_governance import SetClock

CLASS, EVENT, PRODUCER = "log-subject", "candidate.view", "site.one"
A_REQUEST, AN_INTENT = 500, 60


@dataclass(kw_only=True)
class Story:
    """A real sequencer and a real vault; entries that seal one payload each; some of the payloads erased."""

    folder: Path
    keys: TrustedSite = field(default_factory=a_trusted_site)
    clock: SetClock = field(default_factory=SetClock)
    written: int = 0

    def __post_init__(self) -> None:
        self.centre: Centre = a_centre(self.folder, self.keys, self.clock)
        self.day = NOON.date().toordinal() - 719_163 + 183

    def live(self, entries: int) -> None:
        while (left := entries - self.written) > 0:
            given = self.centre.vault.allot([(CLASS, self.day)] * min(A_REQUEST, left))
            drafts = [self.sealed(self.written + place + 1, key, dek) for place, (key, dek) in enumerate(given)]
            self.centre.log.append(f"entries-{self.written}", drafts)
            self.written += len(drafts)
            self.clock.advance(timedelta(seconds=1))

    def sealed(self, sn: int, key: KeyRef, dek: bytes) -> Draft:
        box = seal(dek, entry_context(EVENT, "subject", PRODUCER, sn), payload(sn))
        group = Compartment(group="subject", key=key, commitment=box.commitment, box_sha256=box.box_sha256)
        return Draft(event=EVENT, src=PRODUCER, sn=sn, compartments=(group,), boxes=((key, box.box),))

    def erase(self, keys: Sequence[KeyRef]) -> None:
        for first in range(0, len(keys), AN_INTENT):
            ranges = ranges_of(keys[first : first + AN_INTENT])
            body: dict[str, object] = {"keys": in_clear(ranges), "reason": "decision"}
            intent = self.tell("erasure.intend", body)
            receipt = self.centre.log.receipt(intent)
            seen, _ = self.centre.vault.seen()
            done = self.centre.vault.destroy(
                ranges, receipt, self.centre.log.consistency(seen, self.centre.log.size()), None
            )
            self.centre.log.erase_boxes(ranges)
            roots = {"before": text(done.before), "after": text(done.after), "count": done.count}
            self.tell("erasure.complete", {**body, **roots, "of": [intent]})

    def tell(self, event: str, body: Mapping[str, object]) -> int:
        sn = self.centre.log.last_number("governance") + 1
        return self.centre.log.append(f"told-{sn}", [Draft(event=event, src="governance", sn=sn, body=body)]).first

    def audited(self) -> Report:
        key = VerifierKey(name=LOG_ORIGIN, algorithm=ED25519, public_key=self.keys.log.public)
        files = dict(export_files(self.centre.log, Beside(vkeys=[key], policy=""), sign_note=lambda _text: ""))
        policy = Policy(logs=(KnownLog(key=key),), quorum=NONE)
        kept = {path: data for path, data in files.items() if path not in {"manifest", "policy", "vkeys"}}
        now_ms = int(self.clock.now().timestamp() * 1000)
        return audit_export(LyingFiles(kept), Question(policy=policy, now_ms=now_ms, is_export=False))


def payload(sn: int) -> bytes:
    return b'{"alert":"%032x"}' % sn


def text(root: bytes) -> str:
    return b64encode(root).decode()


def boxes_of(backup: Path) -> Iterator[tuple[KeyRef, bytes]]:
    with closing(sqlite3.connect(backup)) as database:
        for data_class, day, number, box in database.execute("SELECT data_class, day, number, box FROM log_boxes"):
            yield KeyRef(data_class=data_class, day=day, number=number), box


def require_only_the_erased_are_gone(folder: Path, *, entries: int, erased: int) -> None:
    story = Story(folder=folder)
    story.live(entries)
    backup = folder / "backup.db"
    with closing(sqlite3.connect(folder / "log" / "database" / "log.db")) as running:
        running.execute("VACUUM INTO ?", [str(backup)])
    leaves = [Leaf.from_bytes(leaf) for leaf in entries_of(story, entries)]
    every = [leaf.compartments[0].key for leaf in leaves]
    chance = random.Random("erasure")  # noqa: S311  # a story that can be told again
    gone = set(chance.sample(every, erased))
    story.erase(sorted(gone, key=lambda key: key.number))
    living = story.centre.store.derive(every)
    assert set(living) == set(every) - gone
    for index, leaf in enumerate(leaves):
        receipt = story.centre.log.receipt(index)
        assert verify_receipt(receipt, origin=LOG_ORIGIN, log_key=story.keys.log.public) == leaf.to_bytes()
    held = dict(boxes_of(backup))
    assert len(held) == entries
    for leaf in leaves:
        (group,) = leaf.compartments
        if group.key in living:
            context = entry_context(EVENT, "subject", PRODUCER, leaf.sn)
            opened = open_box(living[group.key], context, group.commitment, held[group.key])
            assert opened == payload(leaf.sn)
    assert set(dict(boxes_of(folder / "log" / "database" / "log.db"))) == set(every) - gone
    report = story.audited()
    assert report.status() is Status.FINE, report.to_json()
    (count,) = report.audited.retention.counts if report.audited else ()
    assert (count.early, count.missing, count.late, count.not_due) == (erased, 0, 0, entries - erased)
    story.centre.close()


def entries_of(story: Story, entries: int) -> Iterator[bytes]:
    for first in range(0, entries, 4096):
        yield from story.centre.log.entries(first=first, count=min(4096, entries - first))


def test_a_hundred_of_a_thousand_payloads_erased(tmp_path: Path) -> None:
    require_only_the_erased_are_gone(tmp_path, entries=1_000, erased=100)


@pytest.mark.torture
def test_ten_thousand_of_a_hundred_thousand_payloads_erased(tmp_path: Path) -> None:
    require_only_the_erased_are_gone(tmp_path, entries=100_000, erased=10_000)
