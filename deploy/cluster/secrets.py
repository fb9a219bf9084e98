"""The cluster's secrets as manifests.

    python -m deploy.cluster.secrets FOLDER | kubectl apply -f -

FOLDER keeps them one per file (mode 0600): keep it in a safe of your own. What is missing is made,
the rest stays, so a key is renewed by removing its file and running this again.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from deploy.local.credentials import Safe, public_nkey
from shared.settings import SERVICES

ADMIN = "admin"
NAMESPACE = "mailuo"


def secrets(safe: Safe) -> list[dict[str, Any]]:
    """Every Secret that deploy/k8s names, but the backup store's: its owner gives that one."""
    found = [secret("trusted-keys", {"keys": safe.trust(SERVICES)})]
    found.append(secret(f"{ADMIN}-keys", {"nats-seed": safe.nkey_seed(ADMIN)}))
    public = {
        f"{name.upper()}_NKEY": public_nkey(safe.nkey_seed(name)) for name in (ADMIN, *SERVICES)
    }
    found.append(secret("nats-public-keys", public))
    for name in SERVICES:
        keys = {"nats-seed": safe.nkey_seed(name), "signing-key": safe.signing_key(name)}
        found.append(secret(f"{name}-keys", keys))
        for role in ("owner", "app"):
            login = {"username": f"{name}_{role}", "password": safe.password(f"{name}_{role}")}
            found.append(secret(f"{name}-role-{role}", login, "kubernetes.io/basic-auth"))
    return found


def secret(name: str, values: dict[str, str], kind: str = "Opaque") -> dict[str, Any]:
    """The label makes the database operator take over a changed password."""
    labels = {"cnpg.io/reload": "true"} if kind != "Opaque" else {}
    metadata = {"name": name, "namespace": NAMESPACE, "labels": labels}
    head = {"apiVersion": "v1", "kind": "Secret", "type": kind}
    return {**head, "metadata": metadata, "stringData": values}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    items = secrets(Safe(parser.parse_args().folder))
    json.dump({"apiVersion": "v1", "kind": "List", "items": items}, sys.stdout, indent=2)


if __name__ == "__main__":
    main()
