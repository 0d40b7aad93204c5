"""What an intent may say: one frozen pydantic model a kind, whose descriptions are what an editor shows.

Python names are given here; the YAML names are the aliases. What spans several values is checked in checks.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.dataclasses import dataclass as slim

from reconciler.intents.fields import (
    Address,
    AntreaVersion,
    Cidr,
    Host,
    Interface,
    Label,
    Port,
    User,
    VirtualAddress,
    Weight,
)
from reconciler.origin import Origin

VIRTUAL_IPS = ("169.254.0.253", "fc01::aabb:ccdd:eeff")

STRICT = ConfigDict(extra="forbid", field_title_generator=lambda name, info: info.alias or name)
MODEL = ConfigDict(frozen=True, **STRICT)


class Gateway(BaseModel):
    """The node's own port on the bridge."""

    model_config = MODEL

    interface: Interface = Field(
        description="Name of the node's own port on the bridge. Its addresses and its MAC are read live from the node.",
        examples=["gw0"],
    )


class Antrea(BaseModel):
    """What is known of Antrea on this node."""

    model_config = MODEL

    version: AntreaVersion = Field(
        description="Version of Antrea, where its pipeline cannot be told from the bridge. It is read live otherwise.",
        examples=["1.3"],
    )


class Remote(BaseModel):
    """How a Windows node is reached from elsewhere."""

    model_config = MODEL

    transport: Literal["ssh", "winrm"] = Field(
        description="How PowerShell is run there: `ssh` by the OpenSSH client, `winrm` by PowerShell remoting.",
        examples=["ssh"],
    )
    host: Host = Field(description="Host name or address of the node.", examples=["win-1.example.org"])
    user: User | None = Field(
        default=None,
        description="User to log in as; the transport's own default when it is left out. A password is never written "
        "here: `winrm` takes it from RECONCILE_WINRM_PASSWORD.",
        examples=["Administrator"],
    )
    port: Port | None = Field(default=None, description="Port of the transport, where it is not its default.")
    ovsdb_port: Port = Field(
        default=6640, alias="ovsdbPort", description="TCP port on which the node's ovsdb-server answers (`ptcp:`)."
    )
    openflow_port: Port = Field(
        default=6654, alias="openflowPort", description="TCP port on which the bridge answers OpenFlow (`ptcp:`)."
    )


class Windows(BaseModel):
    """How a Windows node leads its own traffic to services."""

    model_config = MODEL

    mode: Literal["self-nexthop", "virtual-nexthop"] = Field(
        default="self-nexthop",
        description="`self-nexthop`: a route for every VIP, which is its own next hop, and a flow that answers ARP for "
        "it. `virtual-nexthop`: one neighbour for the virtual IP, and one route for each of `serviceCIDRs`.",
    )
    service_cidrs: tuple[Cidr, ...] = Field(
        default=(),
        alias="serviceCIDRs",
        description="Networks that all VIPs lie in; needed by `mode: virtual-nexthop`, and only there.",
        examples=[["10.96.0.0/12"]],
    )
    remote: Remote | None = Field(
        default=None,
        description="How the node is reached when `reconcile` runs elsewhere; left out, it runs on the node itself.",
        examples=[{"transport": "ssh", "host": "win-1.example.org"}],
    )


class Node(BaseModel):
    """A node of the cluster: where pods and host-network endpoints are is derived from these."""

    model_config = MODEL

    kind: Literal["Node"] = Field(default="Node", description="This document describes a node.")
    name: Label = Field(
        description="Name of the node, unique in the folder: its host name, unless `reconcile` is told `--node`.",
        examples=["worker-1"],
    )
    platform: Literal["linux", "windows"] = Field(default="linux", description="Operating system of the node.")
    pipeline: Literal["standalone", "antrea"] = Field(
        default="standalone",
        description="Who else programs the bridge: `standalone` when nobody does, `antrea` beside Antrea's own flows.",
    )
    antrea: Antrea | None = Field(
        default=None,
        description="Only with `pipeline: antrea`, and seldom needed: its version is read from the bridge.",
        examples=[{"version": "1.3"}],
    )
    windows: Windows | None = Field(
        default=None,
        description="Only with `platform: windows`: how the node's own traffic finds the services.",
        examples=[{"mode": "self-nexthop"}],
    )
    allow_deletes: bool = Field(
        default=False,
        alias="allowDeletes",
        strict=True,
        description="Let a plan through that deletes more than 30 % of what we own here, as --allow-deletes does: "
        "for one commit that means to.",
    )
    bridge: Interface = Field(description="Name of the Open vSwitch bridge of the pods.", examples=["br-int"])
    gateway: Gateway = Field(
        description="How the node itself is joined to the bridge.", examples=[{"interface": "gw0"}]
    )
    addresses: tuple[Address, ...] = Field(
        min_length=1,
        description="Where the node's host-network endpoints listen. An endpoint with such an address is on this node.",
        examples=[["172.30.0.1", "fd00:172::1"]],
    )
    pod_cidrs: tuple[Cidr, ...] = Field(
        alias="podCIDRs",
        description="Networks of the node's pods. An endpoint inside one of them is a pod of this node.",
        examples=[["10.10.1.0/24", "fd00:10:1::/64"]],
    )
    virtual_ips: tuple[VirtualAddress, ...] = Field(
        default=VIRTUAL_IPS,
        alias="virtualIPs",
        description="Source of the node's own traffic to services, at most one a family; used nowhere else.",
        examples=[list(VIRTUAL_IPS)],
    )


# Ports and endpoints are no BaseModels, because there may be 100,000, which would cost 55 MiB more.
@slim(frozen=True, slots=True, kw_only=True, config=STRICT)
class ServicePort:
    """One port that a service answers on."""

    name: Label | None = Field(
        default=None,
        description="Name of the port, needed when the service has several. Endpoints override their port by it.",
        examples=["http"],
    )
    protocol: Literal["TCP", "UDP", "SCTP"] = Field(default="TCP", description="Transport protocol.")
    port: Port = Field(description="Port that clients connect to.", examples=[80])
    target_port: Port | None = Field(
        default=None,
        alias="targetPort",
        description="Port that the endpoints listen on; the same as `port` when it is left out.",
        examples=[8080],
    )

    @property
    def target(self) -> int:
        """The port that endpoints listen on unless they override it."""
        return self.port if self.target_port is None else self.target_port


@slim(frozen=True, slots=True, kw_only=True, config=STRICT)
class Endpoint:
    """One backend of a service."""

    ip: Address = Field(
        description="Address of a pod or of a node. Where it is follows from the addresses and podCIDRs of the nodes.",
        examples=["10.10.1.2"],
    )
    node_name: Label | None = Field(
        default=None,
        alias="nodeName",
        description="Node that the endpoint is on. It is derived; if it is given, it is checked.",
        examples=["worker-1"],
    )
    weight: Weight = Field(
        default=100,
        description="Share of the new connections, relative to the other endpoints; 0 drains: only connections that "
        "are established stay.",
        examples=[100],
    )
    ports: Mapping[Label, Port] = Field(
        default_factory=dict,  # a default that can be changed would be copied for each endpoint, five times as slowly
        description="Ports that this endpoint listens on, by port name, where they differ.",
        examples=[{"http": 8081}],
        json_schema_extra={"additionalProperties": False, "default": {}},
    )

    def port_for(self, service_port: ServicePort) -> int:
        """The port that this endpoint listens on for a port of its service."""
        if not self.ports or service_port.name is None:
            return service_port.target
        return self.ports.get(service_port.name, service_port.target)


class Service(BaseModel):
    """A service: virtual addresses and ports, and the endpoints behind them."""

    model_config = MODEL

    kind: Literal["Service"] = Field(default="Service", description="This document describes a service.")
    name: Label = Field(description="Name of the service, unique in its namespace.", examples=["web"])
    namespace: Label = Field(default="default", description="Namespace of the service.", examples=["shop"])
    cluster_ips: tuple[Address, ...] = Field(
        alias="clusterIPs",
        min_length=1,
        description="Virtual addresses (VIPs) of the service. IPv4 endpoints need an IPv4 VIP, IPv6 ones an IPv6 VIP.",
        examples=[["10.96.0.10", "fd00:96::10"]],
    )
    ports: tuple[ServicePort, ...] = Field(
        min_length=1, description="Ports of the service.", examples=[[{"port": 80, "targetPort": 8080}]]
    )
    endpoints: tuple[Endpoint, ...] = Field(
        default=(),
        description="Backends of the service. Without any, connections are refused at once.",
        examples=[[{"ip": "10.10.1.2"}]],
    )

    @property
    def key(self) -> str:
        """Namespace and name, as `namespace/name`."""
        return f"{self.namespace}/{self.name}"


Spec = Annotated[Node | Service, Field(discriminator="kind")]
M = TypeVar("M", Node, Service)


@dataclass(frozen=True, slots=True)
class Declared(Generic[M]):
    """What a document says, and where it says it."""

    spec: M
    origin: Origin
    """Line of the document's first key."""


@dataclass(frozen=True, slots=True)
class Intents:
    """A whole folder, free of faults; both mappings are sorted by key, but for services that an edit added."""

    nodes: Mapping[str, Declared[Node]]
    """By node name."""
    services: Mapping[str, Declared[Service]]
    """By `namespace/name`."""
