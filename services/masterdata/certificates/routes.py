"""Certificates over HTTP."""

from services.masterdata.certificates.commands import (
    describe_certificates,
    save_certificates,
    tell_certificates,
)
from services.masterdata.certificates.queries import LISTING
from services.masterdata.certificates.tables import Certificate
from services.masterdata.masters.routes import Collection, master_router
from shared.contracts.masterdata.bodies import CertificateBody
from shared.contracts.masterdata.events import CertificatePublished

router = master_router(
    Collection(
        "certificate",
        "/certificates",
        Certificate,
        CertificateBody,
        CertificatePublished,
        LISTING,
        save_certificates,
        describe_certificates,
        tell_certificates,
    )
)
