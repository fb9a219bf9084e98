"""One OpenAPI document out of many: paths, components and operation ids prefixed. Pure."""

from collections.abc import Mapping
from typing import Any, cast

Document = dict[str, Any]
HIDDEN = ("/health/", "/metrics", "/problems")  # of the services; the gateway has its own


def prefixed(context: str, document: Mapping[str, Any]) -> Document:
    """A service's document as it is seen through the gateway."""
    title = context.capitalize()
    moved = renamed(document, f"#/components/schemas/{title}_")
    paths: Document = {}
    for path, item in moved.get("paths", {}).items():
        if path.startswith(HIDDEN):
            continue
        for operation in item.values():
            if isinstance(operation, dict):
                own = cast("Document", operation)
                own["operationId"] = f"{context}_{own.get('operationId', path)}"
                own["tags"] = [f"{context}: {tag}" for tag in own.get("tags", [context])]
        paths[f"/api/{context}{path}"] = item
    schemas = moved.get("components", {}).get("schemas", {})
    titled = {f"{title}_{name}": one for name, one in schemas.items()}
    # Generators name their classes by title, so that must tell the services apart as well.
    return {
        "paths": paths,
        "schemas": {name: one | {"title": name} for name, one in titled.items()},
    }


def renamed(node: Any, prefix: str) -> Any:
    """The same tree with every reference to a component renamed."""
    if isinstance(node, list):
        return [renamed(inner, prefix) for inner in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    pairs = cast("Document", node)
    return {
        key: prefix + value.rsplit("/", 1)[1]
        if key == "$ref" and isinstance(value, str)
        else renamed(value, prefix)
        for key, value in pairs.items()
    }


def merged(own: Document, parts: Mapping[str, Document], missing: Mapping[str, str]) -> Document:
    """The gateway's document with every service's; says which service could not be asked."""
    paths = dict(own["paths"])
    components = dict(own.get("components", {}))
    schemas = dict(components.get("schemas", {}))
    for context in sorted(parts):
        part = prefixed(context, parts[context])
        paths |= part["paths"]
        schemas |= part["schemas"]
    info = dict(own["info"])
    if missing:
        info["description"] = "Left out for now: " + ", ".join(
            f"{context} ({why})" for context, why in sorted(missing.items())
        )
    return {**own, "info": info, "paths": paths, "components": {**components, "schemas": schemas}}
