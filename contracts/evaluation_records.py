"""What is signed about an evaluation: on which data it was made, and which scores came of it (A17, C10, D1).

`DataManifest` is signed by two different organisations before anything is measured: it holds every picture, label and
pair of a set fast without naming one. `ScoreStatement` is the evaluator's word for one score file.
"""

from dataclasses import dataclass

from contracts.canonical import decode, encode, sha256_hex
from contracts.errors import Malformed
from contracts.fields import Fields
from contracts.joint_signature import JointlySigned, signed_by_two
from contracts.model_profile import ProfileClass
from contracts.signature import Purpose, Signed, verified
from contracts.trust import TrustedKeys, TrustedRole

_MOST_PICTURES = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitHash:
    """A list that belongs to a set and is not to be chosen afterwards, such as the pairs of LFW's View 2."""

    name: str
    sha256: str

    def to_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return {"name": self.name, "sha256": self.sha256}

    @classmethod
    def from_json(cls, value: object) -> "SplitHash":
        """Read one.

        Raises:
            Malformed: it is none.
        """
        fields = Fields(value, "split of a data manifest")
        read = cls(name=fields.identifier("name"), sha256=fields.sha256("sha256"))
        fields.end()
        return read


@dataclass(frozen=True, slots=True, kw_only=True)
class DataManifest:
    """One set of pictures: what it is, where from, and the hashes of all of it.

    `people` counts distinct people, where each picture without a known person is somebody of their own. The three
    hashes are over sorted lists, so that no order and no name of a file matters: of pictures, of pictures with their
    labels, and of people, each as the pictures of theirs.
    """

    name: str
    source: str
    licence: str
    labels: str
    pictures: int
    people: int
    pictures_sha256: str
    labels_sha256: str
    people_sha256: str
    splits: tuple[SplitHash, ...]

    @property
    def sha256(self) -> str:
        """How a score file names it."""
        return sha256_hex(self.to_bytes())

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that both organisations sign."""
        return encode(
            {
                "kind": Purpose.DATA_MANIFEST.value,
                "labels": self.labels,
                "labels_sha256": self.labels_sha256,
                "licence": self.licence,
                "name": self.name,
                "people": self.people,
                "people_sha256": self.people_sha256,
                "pictures": self.pictures,
                "pictures_sha256": self.pictures_sha256,
                "source": self.source,
                "splits": [one.to_json() for one in self.splits],
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "DataManifest":
        """Read a manifest.

        Raises:
            Malformed: it is none, or one split is named twice.
        """
        fields = Fields(decode(data), "data manifest")
        fields.kind(Purpose.DATA_MANIFEST.value)
        read = cls(
            name=fields.text("name"),
            source=fields.text("source"),
            licence=fields.text("licence"),
            labels=fields.text("labels"),
            pictures=fields.integer("pictures", minimum=1, maximum=_MOST_PICTURES),
            people=fields.integer("people", minimum=1, maximum=_MOST_PICTURES),
            pictures_sha256=fields.sha256("pictures_sha256"),
            labels_sha256=fields.sha256("labels_sha256"),
            people_sha256=fields.sha256("people_sha256"),
            splits=fields.items("splits", SplitHash.from_json),
        )
        fields.end()
        if len({one.name for one in read.splits}) != len(read.splits):
            raise Malformed("This data manifest names a split twice.")
        return read


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreStatement:
    """The evaluator's word: the score file of this SHA-256 came from the profile of that one, on these data."""

    score_file_sha256: str
    profile_sha256: str
    manifests: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the evaluator signs."""
        return encode(
            {
                "kind": Purpose.SCORE_FILE.value,
                "manifests": list(self.manifests),
                "profile_sha256": self.profile_sha256,
                "score_file_sha256": self.score_file_sha256,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "ScoreStatement":
        """Read a statement.

        Raises:
            Malformed: it is none.
        """
        fields = Fields(decode(data), "statement about a score file")
        fields.kind(Purpose.SCORE_FILE.value)
        read = cls(
            score_file_sha256=fields.sha256("score_file_sha256"),
            profile_sha256=fields.sha256("profile_sha256"),
            manifests=fields.items("manifests", _hash),
        )
        fields.end()
        return read


def _hash(value: object) -> str:
    fields = Fields({"sha256": value}, "list of manifests")
    return fields.sha256("sha256")


def believed_manifest(data: bytes, trusted: TrustedKeys) -> tuple[DataManifest, bool]:
    """Return a manifest that two different organisations pinned here have signed, and whether it is DEMO.

    Raises:
        Malformed: it is none.
        SignatureRefused: fewer than two have, one of them twice, or a signature is wrong.
    """
    payload, use = signed_by_two(JointlySigned.from_bytes(data), Purpose.DATA_MANIFEST, trusted)
    return DataManifest.from_bytes(payload), use is not ProfileClass.OPERATIONAL


def believed_statement(signed: Signed, trusted: TrustedKeys) -> tuple[ScoreStatement, bool]:
    """Return the statement of an evaluator who is pinned here, and whether it is DEMO.

    Raises:
        Malformed: it is none.
        SignatureRefused: the key is not pinned for an evaluator, or the signature is wrong.
    """
    payload = verified(signed, Purpose.SCORE_FILE, trusted.of(TrustedRole.EVALUATOR))
    pinned = trusted.find(TrustedRole.EVALUATOR, signed.key)
    return ScoreStatement.from_bytes(payload), pinned is None or pinned.demo
