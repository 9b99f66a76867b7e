"""What an auditor asks of erasure, class by class: due, in time, late, held, missing; and what lives that should not.

Reconciled from the log (obligations and completed erasures) and, where it is given, from the vault's own inventory.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from governance.audit.inventory import Inventory, still_living
from governance.audit.retention import Kind, RetentionReport
from governance.audit.vault_keys import KeyRange


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassProof:
    """One class of data: how many keys were due, and what became of them. `in_grace` are due for less than a day."""

    data_class: str
    due: int
    in_time: int
    late: int
    held: int
    in_grace: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionProof:
    """All classes, keys whose end was not as promised, and keys that live although the log says they were destroyed.

    `reconciled` says whether the vault's inventory was looked at.
    """

    classes: tuple[ClassProof, ...]
    lapses: tuple[str, ...]
    alive: tuple[KeyRange, ...]
    reconciled: bool

    @property
    def is_kept(self) -> bool:
        """Whether every promise was kept: nothing late or missing, nothing destroyed that was held, nothing back."""
        return not self.lapses and not self.alive

    def to_json(self) -> dict[str, object]:
        """Return the proof as a JSON object."""
        names = ("due", "held", "in_grace", "in_time", "late", "missing")
        return {
            "alive": [one.to_json() for one in self.alive],
            "classes": {one.data_class: {name: getattr(one, name) for name in names} for one in self.classes},
            "kept": self.is_kept,
            "kind": "insyn/retention-proof/1",
            "lapses": list(self.lapses),
            "reconciled": self.reconciled,
        }


def prove(report: RetentionReport, destroyed: Sequence[KeyRange], inventory: Inventory | None) -> RetentionProof:
    """Fold what the log tells into a proof, and hold the vault's inventory against it where there is one."""
    return RetentionProof(
        classes=tuple(
            ClassProof(
                data_class=one.data_class,
                due=one.due,
                in_time=one.on_time,
                late=one.late,
                held=one.held,
                in_grace=one.in_grace,
                missing=one.missing,
            )
            for one in report.counts
        ),
        lapses=tuple(f"{_WORDS[one.kind]}: {one.key}" for one in report.lapses),
        alive=() if inventory is None else still_living(inventory, destroyed),
        reconciled=inventory is not None,
    )


_WORDS = {
    Kind.LATE: "destroyed late",
    Kind.MISSING: "not destroyed",
    Kind.TOO_EARLY: "destroyed before its day",
    Kind.TWICE_GIVEN: "given out twice",
    Kind.WHILE_HELD: "destroyed while held",
}


def in_words(proof: RetentionProof) -> str:
    """Write a proof for people."""
    heads = ("class", "due", "in time", "late", "held", "in grace", "missing")
    rows = [
        (one.data_class, one.due, one.in_time, one.late, one.held, one.in_grace, one.missing) for one in proof.classes
    ]
    table = [heads, *(tuple(str(cell) for cell in row) for row in rows)]
    widths = [max(len(row[place]) for row in table) for place in range(len(heads))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    lines += [f"WRONG: {one}" for one in proof.lapses]
    lines += [f"WRONG: lives although the log says that it was destroyed: {one.to_json()}" for one in proof.alive]
    if not proof.reconciled:
        lines.append("The vault's inventory was not looked at; give it with --inventory (`insyn vault inventory`).")
    lines.append("Every promise was kept." if proof.is_kept else "Not every promise was kept.")
    return "\n".join(lines) + "\n"
