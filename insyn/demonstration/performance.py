"""Putting the demonstration on: the processes, the story, the film, and what must hold at the end."""

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from governance.adapters.db.database import open_engine, sqlite_url
from governance.adapters.db.earlier_versions import require_carried_over
from governance.application.accounts import CreateFirstAdministrators, create_first_administrators
from governance.application.errors import Refused
from governance.bootstrap import build
from governance.settings import Settings
from insyn.demonstration import people as cast
from insyn.demonstration import story
from insyn.demonstration.expectations import (
    AlertSeen,
    Expectation,
    all_are,
    every_pass_alerts_once,
    looks_at_nothing,
    nobody_else_alerts,
    passes_of,
)
from insyn.demonstration.footage import Footage
from insyn.demonstration.keys import SITE, load_demo_keys, make_demo_keys, require_keys_of_this_version
from insyn.demonstration.people import People, invent_people, load_people, save_people
from insyn.demonstration.photographs import Photograph
from insyn.demonstration.register import CONCOURSE, VISITORS
from insyn.demonstration.truth import read_truth
from insyn.errors import ExpectationFailed, InsynError
from insyn.home import Home, make_private
from insyn.processes import ProcessGroup
from insyn.system import CameraProgram, System, pinned_origin
from insyn.worker_state import newest_state
from matcher.models.shipped_profiles import DEFAULT_PROFILE, shipped_profile

PERSON_A: Final = "person-a"
ENROLLED: Final = 1
"""Which photograph of a person is enrolled; the film shows the others."""

_BEGUN: Final = "begun"
_PLAYED: Final = "played"
_LONGEST_FILM: Final = 1200.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What set-up made ready."""

    photographs: tuple[Photograph, ...]
    footage: Footage

    def photograph(self, person: str, number: int) -> bytes:
        """Return one photograph's bytes.

        Raises:
            InsynError: there is none of this person and number.
        """
        found = [one for one in self.photographs if (one.person, one.number) == (person, number)]
        if not found:
            raise InsynError("This person is not in the demonstration; see `insyn demo check --help`.")
        return found[0].path.read_bytes()


@dataclass(slots=True)
class Demonstration:
    """One data folder's demonstration: its keys, its people, its processes."""

    home: Home
    material: Material
    processes: ProcessGroup
    system: System
    say: Say
    people: People = field(init=False)

    def found(self) -> None:
        """Make keys and log-ins, and the first two administrators, where this folder has none yet."""
        make_private(self.home.sockets)
        make_demo_keys(self.home)
        if self.people_file.exists():
            self.people = load_people(self.people_file)
            return
        self.people = self._people_to_be()
        self.processes.start_together(self.system.before_governance())
        # What is built first announces the model, threshold and all (C6).
        self.home.profile.write_bytes(shipped_profile(self.system.profile).canonical_bytes())
        with build(governance_settings(self.home, self.system.profile)) as running:
            passwords = self.people.passwords
            command = CreateFirstAdministrators(
                login=cast.ADMINISTRATOR,
                password=passwords[cast.ADMINISTRATOR],
                second_login=cast.SECOND_ADMINISTRATOR,
                second_password=passwords[cast.SECOND_ADMINISTRATOR],
            )
            # A start that was interrupted here has made both accounts already, with the same passwords.
            with suppress(Refused):
                create_first_administrators(running.governance, command)
        self._people_unfinished.replace(self.people_file)

    def _people_to_be(self) -> People:
        """Return the log-ins that an interrupted start wrote down, or new ones, written down before they are used."""
        if not self._people_unfinished.exists():
            save_people(invent_people(), self._people_unfinished)
        return load_people(self._people_unfinished)

    @property
    def _people_unfinished(self) -> Path:
        return self.people_file.with_suffix(".unfinished")

    def open(self) -> None:
        """Start what does not run yet: the desks of the two authorities, and the centre."""
        self.system.start_desks(self.processes)
        self.system.start_centre(self.processes)

    @property
    def people_file(self) -> Path:
        """The log-ins."""
        return self.home.root / "demonstration" / "log-ins.json"

    @property
    def was_begun(self) -> bool:
        """Whether this folder's story was begun, be it interrupted or played to its end."""
        return (self.home.root / "demonstration" / _BEGUN).exists()

    @property
    def was_played(self) -> bool:
        """Whether this folder's story was played to its end."""
        return (self.home.root / "demonstration" / _PLAYED).exists()

    def mark_begun(self) -> None:
        """Remember that the story was begun: it cannot be begun twice on the same database."""
        (self.home.root / "demonstration" / _BEGUN).touch(mode=0o600)

    def mark_played(self) -> None:
        """Remember that the story was played, so that the next start replays nothing."""
        (self.home.root / "demonstration" / _PLAYED).touch(mode=0o600)

    def prepare(self, enrolled: str) -> tuple[tuple[Expectation, ...], str]:
        """Register, be refused four times, obtain the warrant, start it. Return the refusals and the warrant's id."""
        address, people = self.system.address, self.people
        keys = load_demo_keys(self.home)
        photograph = self.material.photograph(enrolled, ENROLLED)
        story.create_accounts(address, people)
        self.say("the region registers one site and its cameras")
        story.register_cameras(address, people, keys)
        self.say("the region hands in its evidence, its documents and its signs")
        story.give_grounds(address, people)
        self.say("asking for four warrants that the law refuses")
        refusals = story.ask_for_the_unlawful(address, people, photograph)
        for refusal in refusals:
            self.say(f"  {refusal.name}: {refusal.detail}")
        self.say("applying for a lawful one; the court signs; Person A is enrolled from one photograph")
        other = self.material.photograph(PERSON_A, 2)
        warrant, swapped = story.obtain_warrant(address, people, keys, photograph, other)
        story.come_on_shift(address, people, (*cast.REVIEWERS, *cast.VISITORS))
        story.start_deployment(address, people, warrant)
        return (*refusals, swapped), warrant

    def show_film(self, pace: str) -> None:
        """Let the site read the rendered camera once, to its end.

        Raises:
            ExpectationFailed: the worker ended otherwise, or did not end.
        """
        self.system.start_site(self.processes)
        film = CameraProgram(camera_id=CONCOURSE, source=str(self.material.footage.video_path), pace=pace)
        program = self.system.edge(film)
        self.processes.start(program)
        since = time.monotonic()
        deadline = since + _LONGEST_FILM
        while self.processes.is_running(program.name):
            self.processes.watch()
            self._require_authority(program.name, since)
            if time.monotonic() > deadline:
                raise ExpectationFailed("The film did not come to its end in twenty minutes.")
            time.sleep(0.25)
        status = self.processes.exit_status(program.name)
        if status != 0:
            raise ExpectationFailed(f"The edge worker ended: {self.processes.last_words(program.name)}")

    def _require_authority(self, worker: str, since: float) -> None:
        if looks_at_nothing(newest_state(self.processes.log_of(worker)), waited=time.monotonic() - since):
            raise ExpectationFailed(
                "Not one frame was analysed: without a live authorisation the site looks at nothing."
            )

    def revoke_in_the_film(self, warrant: str) -> Expectation:
        """Show the film again, and revoke the warrant while it runs."""
        film = CameraProgram(camera_id=CONCOURSE, source=str(self.material.footage.video_path), pace="real-time")
        program = self.system.edge(film)
        self.processes.stop_one(program.name)
        self.processes.start(program)
        try:
            return story.revoke_while_it_runs(self.system.address, self.people, warrant, meanwhile=self.processes.watch)
        finally:
            self.processes.stop_one(program.name)

    def revoke(self, warrant: str) -> None:
        """Revoke the warrant again."""
        story.revoke_warrant(self.system.address, self.people, warrant)

    def settle(self) -> tuple[AlertSeen, ...]:
        """Wait until every candidate on its way has arrived, and return the alerts."""
        seen: tuple[AlertSeen, ...] = ()
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < 3.0:
            self.processes.watch()
            alerts = story.list_alerts(self.system.address, self.people)
            if alerts != seen:
                seen, quiet_since = alerts, time.monotonic()
            time.sleep(0.5)
        return seen

    def review(self, alerts: tuple[AlertSeen, ...]) -> tuple[Expectation, ...]:
        """Two reviewers confirm all but two: the second is dismissed, the last is left for the visitor."""
        address, people = self.system.address, self.people
        supports = [story.DIFFERENT if number == 1 else story.SAME for number in range(len(alerts) - 1)]
        answers = [(alert.alert_id, support) for alert, support in zip(alerts, supports, strict=False)]
        shown = story.review(address, people, answers)
        expected = ["dismissed" if number == 1 else "confirmed-lead" for number in range(len(alerts) - 1)] + ["open"]
        states = story.states_of(address, people, alerts)
        found = all_are("two people confirm and dismiss; one alert is left for the visitor", states, expected)
        erased = [story.is_erased(address, people, alerts[1].alert_id)] if len(alerts) > 1 else []
        handed = [story.hand_off(address, people, alerts[0].alert_id)] if len(alerts) > 1 else []
        return (*dict.fromkeys(shown), found, *erased, *handed)

    def counts_expectation(self, alerts: int) -> Expectation:
        """The people who were not sought were seen and counted: more faces were followed than became alerts."""
        return story.counted(self.system.address, self.people, alerts)

    def film_expectations(self, alerts: tuple[AlertSeen, ...]) -> tuple[Expectation, ...]:
        """Hold the alerts against the ground truth of the film."""
        passes = read_truth(self.material.footage.truth_path).passes
        smallest = shipped_profile(self.system.profile).faces.least_size_px
        wanted = passes_of(passes, PERSON_A, at_least_px=smallest)
        another = Expectation(
            name="every alert comes from another photograph than the enrolled one",
            held=all(one.photograph != ENROLLED for one in wanted),
            detail=f"enrolled: {ENROLLED}; in the film: {sorted({one.photograph for one in wanted})}",
        )
        return every_pass_alerts_once(wanted, alerts), nobody_else_alerts(wanted, alerts), another


def a_demonstration(home: Home, material: Material, processes: ProcessGroup, *, port: int, say: Say) -> Demonstration:
    """Put a demonstration together on a data folder."""
    system = System(
        home=home,
        site_id=SITE,
        cameras=(CONCOURSE, *VISITORS.values()),
        port=port,
        profile=DEFAULT_PROFILE,
    )
    return Demonstration(home=home, material=material, processes=processes, system=system, say=say)


def require_this_version(home: Home) -> None:
    """See that no earlier version, whose data cannot be carried over, wrote this folder.

    Raises:
        InsynError, StorageFailed: one did; the sentence says what to do.
    """
    database = home.governance / "insyn.db"
    if database.exists():
        engine = open_engine(sqlite_url(database))
        try:
            require_carried_over(engine)
        finally:
            engine.dispose()
    require_keys_of_this_version(home)


def governance_settings(home: Home, profile: str) -> Settings:
    """Return governance's settings for this folder, as its server has them."""
    return Settings(
        data=home.governance,
        trust=home.trust,
        enrolment_socket=home.sockets / "enrolment.sock",
        viewer_socket=home.sockets / "viewer.sock",
        sequencer_socket=home.sockets / "sequencer.sock",
        vault_socket=home.sockets / "vault.sock",
        log_origin=pinned_origin(home),
        profile_sha256=shipped_profile(profile).profile_sha256,
        profile=home.profile,
    )


_PLAYED_ROOMS: Final = (
    "authority",
    "centre",
    "governance",
    "issuers.json",
    "log",
    "log-archive",
    "log-guard",
    "log-next",
    "log-now",
    "log-origin",
    "log-policy",
    "logs",
    "organisations",
    "profile.json",
    "region",
    "run",
    "notifications.json",
    "site",
    "supervisors",
    "trust.json",
    "vault",
    "vault-twin",
)


def _make_removable(folder: Path) -> None:
    """Give back the right to remove what lies in a folder: an archived log can only be read."""
    for inner in (folder, *(path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink())):
        inner.chmod(0o700)


def forget(home: Home) -> None:
    """Remove everything that the demonstration kept; models, photographs and film stay."""
    later_logs = home.root.glob("log.[0-9]*")
    for path in (*(home.root / name for name in _PLAYED_ROOMS), *later_logs, home.sockets):
        if path.is_dir():
            _make_removable(path)
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for name in (_BEGUN, _PLAYED, "log-ins.json", "log-ins.unfinished"):
        (home.root / "demonstration" / name).unlink(missing_ok=True)
