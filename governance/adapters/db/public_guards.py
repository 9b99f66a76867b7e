"""What the database refuses of what everybody may read (C6, C7, C15), a part of `governance.adapters.db.guards`."""

from typing import Final

from governance.adapters.db.guard import Guard

PUBLIC_GUARDS: Final = (
    Guard(
        name="publications_of_what_is_over",
        table="publications",
        operation="INSERT",
        condition="NEW.kind = 'deployment' AND NOT EXISTS (SELECT 1 FROM deployments d JOIN transitions t"
        " ON t.warrant_id = d.warrant_id WHERE d.deployment_id = NEW.about"
        " AND t.after IN ('expired', 'rejected', 'revoked') AND t.created_at < NEW.created_at)",
        sentence="a deployment that is not over is not published (C15)",
    ),
    Guard(
        name="model_announcements_are_counted",
        table="model_announcements",
        operation="INSERT",
        condition="NEW.number <> COALESCE((SELECT MAX(a.number) FROM model_announcements a), NEW.number - 1) + 1",
        sentence="each announcement of a model profile follows the one before it (C6)",
    ),
)
