"""The subject of the memory test: a matcher that compares one probe and ends, and looks at itself at every step.

Run in a process of its own by `test_memory_holds_nothing`, in a folder with everything it needs; it prints JSON.
"""

import json
import sys
from pathlib import Path

from contracts.authorisation import LeaseAsk
from contracts.clock import Moment
from contracts.lease_request import LeaseAnswer
from contracts.probe import Probe
from contracts.signature import SigningKey
from matcher.candidates import AlertMemory
from matcher.embedding import open_embedder
from matcher.keys import load_trusted_keys, opened_key
from matcher.leases import LeaseBook, LeaseTerms
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore
from matcher.site_matcher import SiteMatcher
from matcher.stopped import StoppedWarrants
from matcher.track_embedder import ModelDoor, TrackEmbedder
from matcher.volunteer_book import VolunteerBook
from matcher.wiping import unsafe_wipe_bytes, wipe_array
from tests.builders_contracts import AT_NOON, CAMERA, SITE
from tests.memory_scanner import MemoryScanner

folder = Path(sys.argv[1])
patterns = {
    name: [bytes.fromhex(masked) for masked in values]
    for name, values in json.loads((folder / "patterns.json").read_text()).items()
}
scanner = MemoryScanner()
seen: dict[str, dict[str, int]] = {}


def read_clocks() -> Moment:
    """Stand still: scanning takes a while, and the lease is to end when the test says so."""
    return AT_NOON


def look(step: str) -> None:
    """Scan this process for everything that is looked for."""
    seen[step] = {name: sum(scanner.count(values)) for name, values in patterns.items()}


def read_probe() -> Probe:
    """Read the probe and leave no other copy of its bytes."""
    body = (folder / "probe").read_bytes()
    try:
        return Probe.from_bytes(body)
    finally:
        unsafe_wipe_bytes(body)


profile = shipped_profile()
store = ModelStore(folder)
book = LeaseBook(
    LeaseTerms(
        trusted=load_trusted_keys(folder / "trust.json"),
        site_id=SITE,
        profile=profile,
        dimensions=profile.embedder.dimensions,
        opening=lambda: opened_key(folder / "opening.key"),
        stopped=StoppedWarrants(folder / "stopped-warrants.json", load_trusted_keys(folder / "trust.json")),
    )
)
runs = VolunteerBook(book)
door = ModelDoor(lambda: TrackEmbedder(open_embedder(profile, store, threads=1), profile.comparison), read_clocks)
matcher = SiteMatcher(
    book=book,
    runs=runs,
    door=door,
    memory=AlertMemory(quiet_time=profile.comparison.quiet_time),
    site_key=SigningKey.generate(),
    clocks=read_clocks,
)
look("empty")
with opened_key(folder / "opening.key") as key:
    look("key in use")
    del key
ask = LeaseAsk.from_json(json.loads((folder / "ask.json").read_text()))
answer = LeaseAnswer.from_bytes((folder / "answer").read_bytes())
accepted = book.accept(CAMERA, ask, answer, read_clocks())
lent = runs.accept(CAMERA, ask, answer, read_clocks())
look("lease held")
models = door.open(accepted.held[0].permit)
probe = read_probe()
fusion = models.embed(probe.crops)
look("face in hand")
wipe_array(fusion.template)
del fusion
for crop in probe.crops:
    unsafe_wipe_bytes(crop.pixels_bgr)
del probe, crop
# Kept on purpose: what is overwritten in place is gone though somebody still holds it.
kept_probe = read_probe()
handled = matcher.handle(kept_probe)
look("probe compared")
with accepted.held[0].lent.gallery.templates() as kept_templates, lent.held[0].lent.templates.templates() as kept_list:
    pass
book.close()
runs.close()
look("lease ended")
counts = {"candidates": len(handled.reports), "sighted": len(handled.sighted), "runs": len(lent.held)}
json.dump({"seen": seen, "compared": handled.compared, **counts}, sys.stdout)
