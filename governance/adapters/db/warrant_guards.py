"""What the database refuses about warrants: ways, types, papers, and who had a hand in them (A3, A7, A12, B2)."""

from datetime import timedelta
from typing import Final

from governance.adapters.db.guard import Guard
from governance.domain.eu_floor import URGENT_APPLICATION
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.warrants import NEXT

_MILLISECOND: Final = timedelta(milliseconds=1)
_WAYS: Final = " OR ".join(
    f"(OLD.state = '{before.value}' AND NEW.state IN ({', '.join(repr(one.value) for one in sorted(after))}))"
    for before, after in NEXT.items()
    if after
)


_WITHOUT_RECEIPT: Final = URGENT_APPLICATION // _MILLISECOND
_WITHOUT_DECISION: Final = SWEDEN_2026.urgent_decision_time // _MILLISECOND
_SILENT: Final = f"""EXISTS (
    SELECT 1 FROM warrants w JOIN papers p ON p.warrant_id = w.warrant_id AND p.kind = 'countersignature'
    WHERE w.warrant_id = NEW.warrant_id AND w.type = 'urgent'
    AND (NEW.created_at >= p.dated + {_WITHOUT_DECISION} OR (NEW.created_at >= p.dated + {_WITHOUT_RECEIPT}
    AND NOT EXISTS (SELECT 1 FROM papers r WHERE r.warrant_id = w.warrant_id AND r.kind = 'receipt'))))"""  # noqa: S608 (two numbers of ours)
"""The longest times, which a confirmation does not lengthen; a legal profile's own are these or shorter."""

_DRAFT: Final = "(OLD.state = 'drafted' AND NEW.state = 'drafted')"
_NEWER_ASSESSMENT: Final = """EXISTS (
    SELECT 1 FROM named_cameras n JOIN documents d ON d.camera_id = n.camera_id AND d.kind = 'impact-assessment'
    JOIN filed_assessments f ON f.camera_id = d.camera_id AND f.sha256 = d.sha256
    WHERE n.warrant_id = NEW.warrant_id AND n.camera_id = NEW.camera_id AND d.sha256 <> n.assessment_sha256
    AND (f.created_at > n.written_at OR EXISTS (SELECT 1 FROM filed_assessments o
    WHERE o.camera_id = n.camera_id AND o.sha256 = n.assessment_sha256)))"""

WARRANT_GUARDS: Final = (
    Guard(
        name="warrants_act_is_fixed_once",
        table="warrants",
        operation="UPDATE",
        condition="OLD.act_sha256 IS NOT NULL AND (NEW.act_sha256 IS NULL OR NEW.act_sha256 <> OLD.act_sha256"
        " OR NEW.legal_officer IS NULL OR NEW.legal_officer <> OLD.legal_officer)",
        sentence="approved bytes and their approver do not change (A6)",
    ),
    Guard(
        name="warrants_end_once",
        table="warrants",
        operation="UPDATE",
        condition="OLD.state IN ('revoked', 'expired', 'rejected') AND NEW.state <> OLD.state",
        sentence="a warrant that ended does not begin again (A6)",
    ),
    Guard(
        name="warrants_go_the_ways_there_are",
        table="warrants",
        operation="UPDATE",
        condition=f"NEW.state <> OLD.state AND NOT ({_WAYS})",
        sentence="this is no way of a warrant (A6)",
    ),
    Guard(
        name="warrants_move_by_somebody",
        table="warrants",
        operation="UPDATE",
        condition="NEW.state <> OLD.state AND NOT EXISTS (SELECT 1 FROM transitions t"
        ' WHERE t.warrant_id = NEW.warrant_id AND t."before" = OLD.state AND t."after" = NEW.state AND t.ordinal ='
        " (SELECT max(l.ordinal) FROM transitions l WHERE l.warrant_id = NEW.warrant_id))",
        sentence="no warrant changes its state but by a record of who and why (A6)",
    ),
    Guard(
        name="warrants_change_as_drafts_alone",
        table="warrants",
        operation="UPDATE",
        condition=f"NOT {_DRAFT} AND (NEW.issuer <> OLD.issuer OR NEW.details <> OLD.details OR NEW.type <> OLD.type"
        " OR NEW.not_before <> OLD.not_before OR NEW.not_after <> OLD.not_after)",
        sentence="an application that was submitted does not change (A6)",
    ),
    Guard(
        name="warrants_keep_their_decision",
        table="warrants",
        operation="UPDATE",
        condition="OLD.decision IS NOT NULL AND (NEW.decision IS NULL"
        f" OR (NEW.decision <> OLD.decision AND NOT {_DRAFT}))",
        sentence="the attached decision does not change (A6)",
    ),
    Guard(
        name="warrants_of_known_types",
        table="warrants",
        operation="INSERT",
        condition="NEW.type NOT IN ('prior', 'urgent', 'post-remote')",
        sentence="a warrant is prior, urgent or post-remote (A6)",
    ),
    Guard(
        name="warrants_urgent_by_two_officers",
        table="warrants",
        operation="UPDATE",
        condition="NEW.type = 'urgent' AND NEW.state IN ('issued', 'active', 'suspended') AND NOT EXISTS"
        " (SELECT 1 FROM papers p WHERE p.warrant_id = NEW.warrant_id AND p.kind = 'countersignature')",
        sentence="an urgent warrant needs a second officer (A7)",
    ),
    Guard(
        name="warrants_urgent_only_when_cleared",
        table="warrants",
        operation="UPDATE",
        condition="NEW.type = 'urgent' AND NEW.state = 'approved' AND NOT EXISTS"
        " (SELECT 1 FROM papers p WHERE p.warrant_id = NEW.warrant_id AND p.kind = 'clearance')",
        sentence="an urgent warrant waits for the answer of the supervisor (A7)",
    ),
    Guard(
        name="deployments_of_live_types",
        table="deployments",
        operation="INSERT",
        condition="EXISTS (SELECT 1 FROM warrants w WHERE w.warrant_id = NEW.warrant_id AND w.type = 'post-remote')",
        sentence="a warrant for searching afterwards is never used live (A12)",
    ),
    Guard(
        name="leases_of_live_types",
        table="leases",
        operation="INSERT",
        condition="EXISTS (SELECT 1 FROM warrants w WHERE w.warrant_id = NEW.warrant_id AND w.type = 'post-remote')",
        sentence="a warrant for searching afterwards is never lent (A12)",
    ),
    Guard(
        name="leases_of_urgent_warrants_end_in_silence",
        table="leases",
        operation="INSERT",
        condition=_SILENT,
        sentence="an urgent warrant is over 24 hours after its beginning without a receipt, 72 with one (A7)",
    ),
    Guard(
        name="leases_of_named_cameras",
        table="leases",
        operation="INSERT",
        condition="NOT EXISTS (SELECT 1 FROM named_cameras n WHERE n.warrant_id = NEW.warrant_id"
        " AND n.camera_id = NEW.camera_id)",
        sentence="a camera is lent only as its act names it (A4)",
    ),
    Guard(
        name="leases_under_the_assessment_of_the_act",
        table="leases",
        operation="INSERT",
        condition=_NEWER_ASSESSMENT,
        sentence="a camera whose impact assessment changed since the act was written is not lent (A5)",
    ),
    Guard(
        name="references_of_open_slots",
        table="references",
        operation="INSERT",
        condition="EXISTS (SELECT 1 FROM narrowings n WHERE n.warrant_id = NEW.warrant_id AND n.kind = 'slot'"
        " AND n.target = NEW.slot_id)",
        sentence="a suspended person slot is not filled (A3)",
    ),
    Guard(
        name="leases_of_open_cameras",
        table="leases",
        operation="INSERT",
        condition="EXISTS (SELECT 1 FROM narrowings n WHERE n.warrant_id = NEW.warrant_id AND n.kind = 'camera'"
        " AND n.target = NEW.camera_id)",
        sentence="a suspended camera is not lent (A4)",
    ),
)
