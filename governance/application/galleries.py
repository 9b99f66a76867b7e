"""One site's gallery: the sealed templates of a list's references, in an order of their own, as bytes with one hash."""

from collections.abc import Mapping
from datetime import datetime

from contracts.gallery_bundle import GalleryBundle, SealedReference
from contracts.signature import key_id
from contracts.vocabulary import DeploymentId as ContractDeploymentId
from contracts.vocabulary import ReferenceId as ContractReferenceId
from governance.application.boxes import Boxes
from governance.domain.identifiers import DeploymentId, ReferenceId
from governance.domain.registers import Site


def build_gallery(
    deployment_id: DeploymentId, site: Site, opened: Mapping[ReferenceId, bytes], *, built_at: datetime
) -> GalleryBundle:
    """Build the gallery for one site from opened boxes. The same boxes give the same bytes, whoever builds them."""
    recipient = key_id(site.opening_public)
    sealed = []
    for reference_id in sorted(opened):
        boxes = Boxes.from_bytes(opened[reference_id])
        if recipient in boxes.sealed_templates:
            sealed.append(
                SealedReference(
                    reference_id=ContractReferenceId(reference_id),
                    enrolment=boxes.enrolment,
                    sealed_template=boxes.sealed_templates[recipient],
                )
            )
    return GalleryBundle(deployment_id=ContractDeploymentId(deployment_id), built_at=built_at, references=tuple(sealed))
