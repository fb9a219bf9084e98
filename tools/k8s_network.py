"""NetworkPolicies from the arrows between the parts: what is not drawn cannot connect."""

from collections.abc import Collection, Mapping
from typing import Any, Final

Policy = dict[str, Any]
Peer = dict[str, Any]
HTTP: Final = 8000
POSTGRES: Final = 5432
BROKER: Final = 4222
ROUTE: Final = 6222
TRACES: Final = 4318
STORE: Final = (443, 9000)  # of the file store, where it runs in the cluster
PROVIDER: Final = (443, 8443)


def arrows_as_policies(calls: Mapping[str, Collection[str]]) -> list[Policy]:
    """`calls` says whom each service asks over HTTP; everything else follows from the layout."""
    callers = {name: sorted(who for who in calls if name in calls[who]) for name in calls}
    return [
        policy("nothing-else", {}, [], []),
        policy("names", {}, None, [to_names()]),
        *(of_service(name, callers[name], sorted(calls[name])) for name in calls),
        *(of_database(name) for name in calls),
        *(of_migration(name) for name in calls),
        policy("streams", part("streams"), [], [rule("to", [part("broker")], BROKER)]),
        of_operations(calls),
        of_broker(),
        of_telemetry(),
    ]


def of_service(name: str, callers: list[str], asked: list[str]) -> Policy:
    """In: its callers and Prometheus (people, through the ingress, only at the gateway)."""
    into = [rule("from", [namespace("monitoring"), *map(service, callers)], HTTP)]
    if name == "gateway":
        into.append(rule("from", [namespace("ingress")], HTTP))
    out = [
        rule("to", [database(name)], POSTGRES),
        rule("to", [part("broker")], BROKER),
        rule("to", [part("telemetry")], TRACES),
        rule("to", [namespace("storage")], *STORE),
    ]
    if name == "gateway":
        out.append(rule("to", [namespace("identity")], *PROVIDER))
    if asked:
        out.append(rule("to", list(map(service, asked)), HTTP))
    return policy(name, service(name), into, out)


def of_database(name: str) -> Policy:
    """In: its own service, migration, repair and replicas, and the operator that looks after it."""
    users = [service(name), migration(name), part("operations"), database(name)]
    into = [
        rule("from", users, POSTGRES),
        rule("from", [database(name), namespace("cnpg-system")], POSTGRES, HTTP),
        rule("from", [namespace("monitoring")], 9187),
    ]
    cluster_and_store = {
        "ports": [{"protocol": "TCP", "port": 443}, {"protocol": "TCP", "port": 6443}]
    }
    out = [rule("to", [database(name)], POSTGRES, HTTP), cluster_and_store]
    return policy(f"{name}-db", database(name), into, out)


def of_migration(name: str) -> Policy:
    return policy(f"migrate-{name}", migration(name), [], [rule("to", [database(name)], POSTGRES)])


def of_operations(names: Collection[str]) -> Policy:
    """Reconciliation and replay look at every database and at the streams; nobody calls them."""
    databases = [database(name) for name in names]
    out = [rule("to", databases, POSTGRES), rule("to", [part("broker")], BROKER)]
    return policy("operations", part("operations"), [], out)


def of_broker() -> Policy:
    """In: services and the jobs of operations; among themselves the brokers copy the streams."""
    users = [part("service"), part("streams"), part("operations")]
    into = [rule("from", users, BROKER), rule("from", [part("broker")], ROUTE)]
    return policy("broker", part("broker"), into, [rule("to", [part("broker")], ROUTE)])


def of_telemetry() -> Policy:
    into = [rule("from", [part("service")], TRACES)]
    out = [rule("to", [namespace("observability")], TRACES)]
    return policy("telemetry", part("telemetry"), into, out)


def to_names() -> Policy:
    """Name resolution, for every pod."""
    dns: Peer = {
        **namespace("kube-system"),
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    }
    ports = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
    return {"to": [dns], "ports": ports}


def policy(name: str, who: Peer, into: list[Policy] | None, out: list[Policy]) -> Policy:
    """`into` None: the policy says nothing about incoming connections."""
    spec: dict[str, Any] = {"podSelector": who.get("podSelector", {})}
    spec["policyTypes"] = ["Egress"] if into is None else ["Ingress", "Egress"]
    if into is not None:
        spec["ingress"] = into
    spec["egress"] = out
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": spec,
    }


def rule(side: str, peers: list[Peer], *ports: int) -> Policy:
    return {side: peers, "ports": [{"protocol": "TCP", "port": port} for port in ports]}


def labelled(**labels: str) -> Peer:
    return {"podSelector": {"matchLabels": {f"mailuo/{key}": labels[key] for key in labels}}}


def service(name: str) -> Peer:
    return labelled(service=name, part="service")


def migration(name: str) -> Peer:
    return labelled(service=name, part="migration")


def part(name: str) -> Peer:
    return labelled(part=name)


def database(name: str) -> Peer:
    """The label is the database operator's own."""
    return {"podSelector": {"matchLabels": {"cnpg.io/cluster": f"{name}-db"}}}


def namespace(name: str) -> Peer:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
