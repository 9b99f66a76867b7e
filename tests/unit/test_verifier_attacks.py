"""What somebody with every right did to a log, with its signing key too: seen in the export, and by which layer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from governance.audit.base64_strict import encode64
from governance.audit.leaf import KeyRef, Leaf
from governance.audit.problems import Layer, Problem, Severity
from governance.verifier.exported import Question, audit_export
from governance.verifier.report import Report
from governance.verifier.sources import ListedFiles
from tests.builders_honest_log import DAY_MS, HonestLog, a_log_key, a_policy, cosigned


@dataclass(frozen=True, kw_only=True)
class House:
    """An honest log that witnesses saw twice, and the folder in which it is exported."""

    log: HonestLog
    folder: Path
    middle: int
    """The size at the first anchor."""

    def audit(self, *, quorum: int = 2, days_later: int = 0, kept: Mapping[str, bytes] | None = None) -> Report:
        policy = a_policy(quorum=quorum)
        files = self.log.files(folder=self.folder, policy=policy)
        question = Question(policy=policy, now_ms=self.log.now_ms + days_later * DAY_MS, kept=kept or {})
        return audit_export(ListedFiles(files), question)


@pytest.fixture
def house(tmp_path: Path) -> House:
    log = HonestLog(seed=7)
    log.begin()
    log.warrant()
    log.wait(40)
    log.alert()
    log.lease()
    log.write("session.open", {"allowed": True}, groups={"operator": log.somebody()})
    log.wait(100)
    log.anchor(("court", "inspector"))
    middle = log.size()
    log.counts()
    log.lease()
    log.wait(200)
    log.view()
    log.lease()
    log.beat()
    log.anchor(("court", "works-council"))
    return House(log=log, folder=tmp_path, middle=middle)


def wrong(report: Report, *layers: Layer) -> list[Problem]:
    """The problems of these layers; there must be some."""
    found = [one for one in report.problems.of(Severity.WRONG) if one.layer in layers]
    assert found, [one.sentence for one in report.problems.of(Severity.WRONG)]
    return found


def changed(leaf: bytes, **parts: object) -> bytes:
    """A leaf with other parts, written as a leaf must be."""
    value = {**json.loads(leaf), **parts}
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def test_the_honest_log_is_in_order(house: House) -> None:
    report = house.audit()
    assert report.problems.of(Severity.WRONG) == ()
    assert report.problems.of(Severity.FINDING) == ()


# -- without the log's key: bytes are changed, the checkpoint stays ----------------------------------------------------


def without_the_key(house: House, leaves: list[bytes]) -> Report:
    """Put other leaves beside the checkpoint that was signed over the honest ones; the manifest cannot be made anew."""
    policy = a_policy()
    honest = house.log.files(folder=house.folder, policy=policy)
    house.log.rebuild(leaves)
    forged = house.log.files(folder=house.folder, policy=policy)
    forged = {**forged, "checkpoint": honest["checkpoint"], "manifest": honest["manifest"]}
    return audit_export(ListedFiles(forged), Question(policy=policy, now_ms=house.log.now_ms))


def test_an_edited_entry_is_seen_by_the_tree(house: House) -> None:
    leaves = list(house.log.leaves)
    leaves[3] = changed(leaves[3], src="sequencer")
    found = wrong(without_the_key(house, leaves), Layer.TREE)
    assert any(one.file == "checkpoint" for one in found)


def test_only_the_edited_entry_is_named_where_the_tiles_are_left_alone(house: House) -> None:
    files = house.log.files(folder=house.folder, policy=a_policy())
    bundle = next(path for path in files if path.startswith("tile/entries/"))
    files[bundle] = files[bundle].replace(b'"session.open"', b'"session.opem"')
    report = audit_export(ListedFiles(files), Question(policy=a_policy(), now_ms=house.log.now_ms))
    (found,) = wrong(report, Layer.TREE)
    index = next(place for place, leaf in enumerate(house.log.leaves) if b"session.open" in leaf)
    assert (found.file, found.what) == (bundle, f"entry {index}")
    assert found.sentence.startswith(f"Entry {index} was altered")


@pytest.mark.parametrize("attack", ["delete", "truncate", "swap", "insert"])
def test_entries_deleted_cut_off_swapped_or_put_in_are_seen_by_tree_and_manifest(house: House, attack: str) -> None:
    leaves = list(house.log.leaves)
    match attack:
        case "delete":
            del leaves[4]
        case "truncate":
            del leaves[-3:]
        case "swap":
            leaves[4], leaves[5] = leaves[5], leaves[4]
        case _:
            leaves.insert(4, leaves[3])
    report = without_the_key(house, leaves)
    wrong(report, Layer.TREE)
    wrong(report, Layer.MANIFEST)


# -- with the log's key: everything is hashed and signed anew ----------------------------------------------------------


def test_a_log_that_was_rewritten_with_its_key_is_seen_by_the_witnesses(house: House) -> None:
    house.log.rebuild([changed(leaf, t=json.loads(leaf)["t"]) for leaf in house.log.leaves])
    assert house.audit().problems.of(Severity.WRONG) == ()
    leaves = list(house.log.leaves)
    leaves[3] = changed(leaves[3], e="session.end")
    house.log.rebuild(leaves)
    found = wrong(house.audit(), Layer.WITNESS)
    assert {one.layer for one in house.audit().problems.of(Severity.WRONG)} == {Layer.WITNESS}
    assert f"another log of {house.middle} entries" in found[0].sentence


def test_a_log_that_was_cut_with_its_key_is_seen_by_the_witnesses_and_by_a_kept_checkpoint(house: House) -> None:
    newest = house.log.anchors[f"{house.log.size()}.note"]
    house.log.rebuild(house.log.leaves[: house.middle])
    # The thief takes the later anchors away too; the exporter would leave them out anyway.
    assert house.audit().problems.of(Severity.WRONG) == ()
    found = wrong(house.audit(kept={"--kept mine.note": newest}), Layer.WITNESS)
    assert "it was cut, or an older copy was put in its place" in found[0].sentence


def test_with_the_later_anchors_left_there_a_cut_log_names_them(house: House) -> None:
    policy = a_policy()
    later = f"anchors/{house.log.size()}.note"
    newest = house.log.files(folder=house.folder, policy=policy)[later]
    house.log.rebuild(house.log.leaves[: house.middle])
    files = {**house.log.files(folder=house.folder, policy=policy), later: newest}
    report = audit_export(ListedFiles(files), Question(policy=policy, now_ms=house.log.now_ms))
    wrong(report, Layer.WITNESS)


def test_without_witnesses_a_rewritten_log_is_seen_by_its_own_kept_checkpoint(house: House) -> None:
    kept = house.log.checkpoint().encode()
    house.log.anchors.clear()
    leaves = list(house.log.leaves)
    leaves[3] = changed(leaves[3], e="session.end")
    house.log.rebuild(leaves)
    assert house.audit(quorum=0).problems.of(Severity.WRONG) == ()
    wrong(house.audit(quorum=0, kept={"--kept mine.note": kept}), Layer.SIGNATURE)


def test_an_entry_put_into_the_past_with_the_key_is_seen_by_the_times(house: House) -> None:
    leaves = list(house.log.leaves)
    early = json.loads(leaves[house.middle - 1])["t"] - 90_000
    number = house.log.numbers["governance"] + 1
    late = Leaf(event="session.open", src="governance", sn=number, time_ms=early, body={"allowed": True}).to_bytes()
    house.log.rebuild([*leaves, late])
    found = wrong(house.audit(), Layer.TIME)
    assert any("dated before entry" in one.sentence for one in found)
    assert any("it was written later than it says" in one.sentence for one in found)


def test_a_clock_that_was_set_back_between_anchors_is_seen_by_the_brackets(house: House) -> None:
    house.log.now_ms -= 0
    house.log.runs = False
    house.log.now_ms += 600_000
    house.log.anchor(("court", "inspector"))
    anchored = house.log.size()
    house.log.now_ms -= 400_000
    house.log.begin()
    house.log.now_ms += 500_000
    found = wrong(house.audit(), Layer.TIME)
    assert found[0].what == f"entry {anchored}"


def test_a_clock_that_ran_ahead_is_seen_by_the_brackets(house: House) -> None:
    house.log.now_ms += 500_000
    index = house.log.begin() or house.log.size() - 1
    note = cosigned(house.log.checkpoint(), ("court", "inspector"), time_s=house.log.now_ms // 1000 - 400)
    house.log.anchors[f"{house.log.size()}.note"] = note.encode()
    (found,) = wrong(house.audit(), Layer.TIME)
    assert found.what == f"entry {index}"
    assert "its clock ran ahead" in found.sentence


def test_an_edit_of_the_watchlist_alone_is_seen_by_the_closure(house: House) -> None:
    house.log.rows.add(b"\x01" * 32)
    house.log._state = None
    index = house.log.lease()
    house.log.rows.discard(b"\x01" * 32)
    house.log._state = None
    house.log.lease()
    (found,) = wrong(house.audit(), Layer.CLOSURE)
    assert found.what == f"entry {index}"


def test_a_row_that_ceases_without_having_begun_is_seen_by_the_closure(house: House) -> None:
    row = encode64(b"\x02" * 32)
    house.log.write("deployment.end", {"drops": [row], "settled": house.log.settled["governance"]})
    (found,) = wrong(house.audit(), Layer.CLOSURE)
    assert "that no entry let begin" in found.sentence


def test_a_replayed_entry_is_seen_by_the_numbers_and_by_its_keys(house: House) -> None:
    index = next(place for place, leaf in enumerate(house.log.leaves) if b"session.open" in leaf)
    house.log.put(changed(house.log.leaves[index], t=house.log.now_ms))
    report = house.audit()
    assert "bears its producer's number" in wrong(report, Layer.NUMBERS)[0].sentence
    assert "no key is given twice" in wrong(report, Layer.RETENTION)[0].sentence


def test_an_entry_left_out_with_the_key_is_seen_by_the_numbers(house: House) -> None:
    house.log.anchors.clear()
    leaves = list(house.log.leaves)
    del leaves[3]
    house.log.rebuild(leaves)
    (found,) = wrong(house.audit(quorum=0), Layer.NUMBERS)
    assert found.what == "entry 3"


def test_a_destroyed_key_that_is_used_again_is_seen_by_the_erasures(house: House) -> None:
    index = house.log.erase_object()
    completed = Leaf.from_bytes(house.log.leaves[index]).ranges("keys")[0]
    house.log.given[completed.data_class, completed.day] = completed.first - 1
    house.log.change("warrant.import", objects={completed.data_class: b"again"})
    assert "a destroyed key is in use again" in wrong(house.audit(), Layer.ERASURE)[0].sentence


def test_a_disclosure_under_a_destroyed_key_is_seen_by_the_erasures(house: House) -> None:
    accepted = next(place for place, leaf in enumerate(house.log.leaves) if b"candidate.accept" in leaf)
    disclosure = house.log.disclosure(accepted, "object")
    (key,) = [one.key for name, one in house.log.sealed[accepted].items() if name.startswith("object")]
    house.log._erase([[key.data_class, key.day, key.number, key.number]], "decision")
    house.log.anchor()
    policy = a_policy()
    files = house.log.files(folder=house.folder, policy=policy, disclosures={"kept": disclosure})
    report = audit_export(ListedFiles(files), Question(policy=policy, now_ms=house.log.now_ms))
    (found,) = wrong(report, Layer.ERASURE)
    assert (found.file, found.what) == ("disclosures/kept.json", f"key {key.text}")


def test_a_vault_that_was_put_back_is_seen_by_its_inventory(house: House) -> None:
    house.log.erase_object()
    house.log.inventories -= 1
    index = house.log.write("vault.inventory", {"root": house.log.inventory_root()})
    (found,) = wrong(house.audit(), Layer.ERASURE)
    assert found.what == f"entry {index}"
    assert "an older copy of it was put back" in found.sentence


def test_keys_that_nobody_destroyed_are_missing_in_the_report(house: House) -> None:
    report = house.audit(days_later=5)
    found = wrong(report, Layer.RETENTION)
    classes = {KeyRef.parse(one.what.removeprefix("key ")).data_class for one in found}
    assert classes == {"candidate", "log-subject"}
    assert report.audited is not None
    assert {one.data_class: one.missing for one in report.audited.retention.counts if one.missing} == {
        "candidate": 1,
        "log-subject": 2,
    }


def test_no_witness_where_the_policy_asks_for_two_is_wrong(house: House) -> None:
    house.log.anchors.clear()
    wrong(house.audit(), Layer.WITNESS)
    house.log.anchor(("court",))
    wrong(house.audit(), Layer.WITNESS)


# -- keys of the log ---------------------------------------------------------------------------------------------------


def test_a_rotated_key_is_followed_from_the_pinned_one(house: House) -> None:
    house.log.rotate("second")
    house.log.beat()
    house.log.anchor(("court", "inspector"))
    assert house.audit().problems.of(Severity.WRONG) == ()


def test_a_key_that_nobody_rotated_to_signs_nothing(house: House) -> None:
    house.log.signers.append("thief")
    house.log.signers.remove("log")
    wrong(house.audit(), Layer.SIGNATURE)


def test_a_rotation_that_the_old_key_did_not_sign_is_named(house: House) -> None:
    honest = HonestLog(seed=1)
    honest.signers = ["other"]
    body = dict(Leaf.from_bytes(honest.leaves[honest.rotate("thief")]).body)
    house.log.write("key.rotate", {**body, "old": a_log_key()[1].text}, src="sequencer")
    (found,) = wrong(house.audit(), Layer.KEYS)
    assert found.sentence.endswith("the old key did not sign for the new one.")


def test_after_a_rotation_the_newest_key_must_sign(house: House) -> None:
    house.log.rotate("second")
    house.log.signers.remove("second")
    wrong(house.audit(), Layer.KEYS)


# -- findings ----------------------------------------------------------------------------------------------------------


def asked(report: Report, layer: Layer) -> list[str]:
    assert report.problems.of(Severity.WRONG) == ()
    return [one.sentence for one in report.problems.of(Severity.FINDING) if one.layer is layer]


def test_silence_is_asked_about_unless_the_system_was_stopped(house: House) -> None:
    house.log.stop()
    house.log.now_ms += 3_600_000
    house.log.begin()
    assert asked(house.audit(), Layer.SILENCE) == []
    house.log.now_ms += 91_000
    house.log.beat()
    (sentence,) = asked(house.audit(), Layer.SILENCE)
    assert "no heartbeat was written for 91 s" in sentence


def test_a_gap_in_a_sites_counts_is_asked_about(house: House) -> None:
    house.log.write("counts.accept", {"from": "site-9.cam-1.s1", "n": 1})
    house.log.write("counts.accept", {"from": "site-9.cam-1.s1", "n": 3})
    (sentence,) = asked(house.audit(), Layer.NUMBERS)
    assert "counts number 3 of a session follow number 1" in sentence


def test_a_change_that_nothing_more_was_said_of_is_asked_about(house: House) -> None:
    index = house.log.write("warrant.import", {"settled": house.log.settled["governance"]})
    house.log.wait(130)
    (sentence,) = asked(house.audit(), Layer.CHANGES)
    assert sentence.startswith(f"Entry {index} announces a change")


def test_a_voided_change_is_asked_about_and_changes_nothing(house: House) -> None:
    index = house.log.warrant(fails=True)
    house.log.lease()
    (sentence,) = asked(house.audit(), Layer.CHANGES)
    assert f"entry {index} was not carried out" in sentence


def test_a_change_that_was_carried_out_and_is_voided_all_the_same_is_seen(house: House) -> None:
    index = house.log.warrant()
    house.log.beat()
    house.log.write("change.void", {"of": [index]})
    report = house.audit()
    wrong(report, Layer.CLOSURE)


def test_an_erasure_that_was_intended_and_never_done_is_asked_about(house: House) -> None:
    house.log.write("erasure.intend", {"keys": [["warrant", 20_999, 0, 0]], "reason": "decision"})
    house.log.night()
    house.log.anchor()
    house.log.night()
    house.log.anchor()
    (sentence,) = asked(house.audit(), Layer.ERASURE)
    assert "are to be destroyed, and no entry of the day after it says that they were" in sentence


def test_a_late_erasure_is_asked_about_with_its_hours(house: House) -> None:
    house.log.stop()
    house.log.now_ms = (house.log.now_ms // DAY_MS + 4) * DAY_MS
    house.log.begin()
    house.log.erase_days()
    house.log.anchor(("court", "inspector"))
    sentences = asked(house.audit(), Layer.RETENTION)
    assert any("about 48 h after its day had ended" in one for one in sentences)


def test_strict_takes_findings_for_wrong(house: House) -> None:
    house.log.warrant(fails=True)
    assert (house.audit().status(), house.audit().status(strict=True)) == (0, 1)
