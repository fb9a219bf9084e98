"""The gateway's merged OpenAPI document, made of the committed exports of every service."""

import json
from pathlib import Path
from typing import Any

from gateway.merged.rules import merged

EXPORTS = Path("docs/contracts/openapi")


def whole_document() -> dict[str, Any]:
    """What GET /openapi.json answers while every service is up."""
    paths = sorted(EXPORTS.glob("*.json"))
    parts = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}
    return merged(parts.pop("gateway"), parts, {})
