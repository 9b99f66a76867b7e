"""The errors of the transparency log. Each carries one sentence for a person; none carries anything about one."""


class LogError(Exception):
    """Something about the log is not as it must be."""


class CanonicalRefused(LogError):
    """A value has no canonical JSON, or bytes are not the one canonical spelling of a value."""


class EntryRefused(LogError):
    """An entry would carry something that does not belong in a public log, or is not an entry at all."""


class ProofRefused(LogError):
    """A proof is too short, too long, of another tree, or leads to another root."""


class CheckpointRefused(LogError):
    """A checkpoint is malformed, of another log, or not signed by the key that must sign it."""


class NoteRefused(LogError):
    """A signed note or a verifier key is not as C2SP signed-note has it, or a signature is wrong."""


class TileRefused(LogError):
    """A tile, an entry bundle or its path is not canonical, or does not belong to the tree that was signed."""


class PolicyRefused(LogError):
    """A policy file is not as C2SP tlog-policy has it, or a checkpoint does not satisfy it."""


class RequestRefused(LogError):
    """The body of a request to a witness, or of its answer, is not as C2SP tlog-witness has it."""


class LogUnavailable(LogError):
    """Nothing can be appended or proven now. Whatever waits for an entry is not delivered (invariant 4)."""


class LogFull(LogUnavailable):
    """Too many entries wait to be appended. Nothing of this request was; it can be sent again a little later."""


class ClockWentBack(LogUnavailable):
    """The wall clock shows less than the log's last entry; appending stops until it is put right."""


class LogRolledBack(LogUnavailable):
    """The database holds an older or another log than the guard file saw: a restored copy, or a forgery."""


class LogClosed(LogUnavailable):
    """The log's last entry closed it; another log goes on."""


class BoxRefused(LogError):
    """A sealed box does not open with this key and context, or opens to something else than was committed to."""


class KeyRefused(LogError):
    """A key's number, a range of keys or a tree of keys is not as the puncturable store has it."""


class InventoryRefused(LogError):
    """A vault's inventory is malformed, or shows a key again that was gone."""


class ManifestRefused(LogError):
    """The manifest of an export is not as it must be."""


class DisclosureRefused(LogError):
    """A disclosure or a proof bundle is malformed, or opens something else than the entry committed to."""
