"""`insyn evaluate manifest`: the data that are measured on, held fast by hashes and signed by two organisations."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from benchmarks.errors import BenchmarkError
from contracts.canonical import decode
from contracts.errors import ContractError, SignatureRefused
from contracts.evaluation_records import DataManifest, believed_manifest
from contracts.joint_signature import JointlySigned
from contracts.signature import Purpose, Signed
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from insyn.commands.act_in_words import print_rows
from insyn.commands.signed_fields import field_rows
from insyn.commands.signers import (
    KeyChoice,
    KeyOption,
    ModuleOption,
    PublicOption,
    TokenOption,
    opened_signer,
    require_role,
)
from insyn.commands.signing import OUT, jointly, read_pinned, read_record, require_consent, stop, write_new
from insyn.errors import InsynError

if TYPE_CHECKING:
    from benchmarks.data.pictures import PictureSet

app = typer.Typer(no_args_is_help=True)
_NAMES: Final = {
    "name": "Set",
    "source": "Source",
    "licence": "Licence",
    "labels": "Labels",
    "pictures": "Pictures",
    "people": "People",
    "pictures_sha256": "Pictures (SHA-256)",
    "labels_sha256": "Pictures with their labels (SHA-256)",
    "people_sha256": "People, as pictures of theirs (SHA-256)",
    "splits": "Splits (name, SHA-256)",
    "kind": "Kind of record",
}

Data = Annotated[
    Path, typer.Option("--data", exists=True, file_okay=False, help="The folder that holds the set's own.")
]
TrustOption = Annotated[Path, typer.Option("--keys", help="The file of pinned keys: the organisations, by name.")]

_SIGNS_MANIFEST: Final = "a data manifest is signed with an organisation's, which `insyn authority list keygen` makes"


@app.callback()
def options() -> None:
    """Hold a data set fast before it is measured on: two different organisations sign."""


@app.command()
def make(
    name: Annotated[str, typer.Argument(help="Which set: `lfw` or `utkface`.")],
    *,
    data: Data,
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="Where to write the manifest, not signed yet.")],
) -> None:
    """Read every picture of a set and write its manifest. No name of a person or a picture is in it."""
    try:
        made = _of_set(data, name)
        write_new(out, made.to_bytes())
    except (BenchmarkError, ContractError, InsynError) as error:
        raise stop(error) from error
    _print(made)


@app.command()
def sign(
    file: Annotated[Path, typer.Argument(help="The manifest, or one that another organisation signed already.")],
    *,
    key: KeyOption,
    out: Annotated[Path, typer.Option("--out", help="Where to write it with this signature added.")],
    pkcs11: ModuleOption = None,
    token: TokenOption = "",
    public: PublicOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. The manifest is shown all the same.")] = False,
) -> None:
    """Show a manifest, ask, and add one organisation's signature. Two different ones make it count."""
    try:
        made, before = read_record(file, _manifest_of, "a data manifest")
        choice = KeyChoice(key=key, module=pkcs11, token=token, public=public)
        with opened_signer(choice, PinnedKey.from_json) as opened:
            require_role(opened.half, TrustedRole.ORGANISATION, _SIGNS_MANIFEST)
            _print(made)
            require_consent("Are these the data to be measured on?", yes=yes)
            own = opened.signer.sign(Purpose.DATA_MANIFEST, made.to_bytes())
        write_new(out, jointly(before, own).to_bytes())
    except (InsynError, ContractError) as error:
        raise stop(error) from error
    OUT.print(f"Signed with key {own.key}; {len(before) + 1} signature(s) so far, two organisations are needed.")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The signed manifest.")],
    *,
    keys: TrustOption,
    data: Annotated[
        Path | None, typer.Option("--data", file_okay=False, help="Compare with the set that lies here, too.")
    ] = None,
    name: Annotated[str, typer.Option("--set", help="Which set lies there: `lfw` or `utkface`.")] = "lfw",
) -> None:
    """Say whether two different organisations signed a manifest, and whether a set that lies here is that one."""
    try:
        made, demo = read_signed_manifest(file, read_pinned(keys))
        if data is not None:
            _require_same(_of_set(data, name), made)
    except (BenchmarkError, ContractError, InsynError) as error:
        raise stop(error) from error
    _print(made)
    OUT.print("Signed by two organisations" + (", which are DEMO." if demo else "."))


def read_signed_manifest(path: Path, trusted: TrustedKeys) -> tuple[DataManifest, bool]:
    """Return the manifest of a file that two different organisations signed, and whether they are DEMO.

    Raises:
        InsynError: it is none, or is not signed by two who are believed here; the sentence names the file.
    """
    try:
        return read_record(path, lambda data: believed_manifest(data, trusted), "a data manifest that was signed")
    except SignatureRefused as error:
        raise InsynError(f"The data manifest {path} is not believed. {error}") from error


def _require_same(lies_here: DataManifest, signed: DataManifest) -> None:
    if lies_here != signed:
        raise InsynError("The set that lies here is not the one that was signed: pictures, labels or pairs differ.")


def _of_set(data: Path, name: str) -> DataManifest:
    from benchmarks.data.manifest import manifest_of_set  # noqa: PLC0415  # it takes a second, which no other command waits

    pictures, splits = _open_set(data, name)
    return manifest_of_set(pictures, splits)


def _open_set(data: Path, name: str) -> "tuple[PictureSet, dict[str, list[list[tuple[str, str]]]]]":
    """A set and the lists that belong to it: for each fold the names of its pairs."""
    from benchmarks.data.lfw import open_lfw, read_view2  # noqa: PLC0415
    from benchmarks.data.manifest import VIEW2  # noqa: PLC0415
    from benchmarks.data.utkface import open_utkface  # noqa: PLC0415

    match name:
        case "lfw":
            pictures, pairs = open_lfw(data / name), data / name / "pairs.txt"
            folds = read_view2(pairs, pictures) if pairs.exists() else ()
            told = [[(pair.first, pair.second) for pair in fold] for fold in folds]
            return pictures, {VIEW2: told} if told else {}
        case "utkface":
            return open_utkface(data / name), {}
        case _:
            raise InsynError(f"A manifest is made of `lfw` or `utkface`; {name} is neither.")


def _manifest_of(content: bytes) -> tuple[DataManifest, tuple[Signed, ...]]:
    value = decode(content)
    if isinstance(value, dict) and "signatures" in value:
        joint = JointlySigned.from_bytes(content)
        return DataManifest.from_bytes(joint.payload), joint.signatures
    return DataManifest.from_bytes(content), ()


def _print(made: DataManifest) -> None:
    print_rows(f"Data manifest {made.sha256}", field_rows(made.to_bytes(), _NAMES))
