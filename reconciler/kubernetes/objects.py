"""What is read of Kubernetes' objects: one model a kind, with Kubernetes' names and defaults; other keys are skipped.

Addresses of services and nodes stay text: the intents that are made of them are checked.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, model_validator
from pydantic.alias_generators import to_camel

from reconciler.intents.fields import Address, Port
from reconciler.intents.validate import described


def number_or_name(value: Any) -> int | str:
    """A target port as Kubernetes takes it."""
    if isinstance(value, int | str) and not isinstance(value, bool):
        return value
    raise ValueError(f"targetPort must be a number or the name of a port, not {described(value)}")


class Read(BaseModel):
    """The part of an object that is read."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)

    @model_validator(mode="before")
    @classmethod
    def without_nulls(cls, value: Any) -> Any:
        """Kubernetes prints null for a list or a mapping that was never filled."""
        if isinstance(value, dict):
            return {key: given for key, given in value.items() if given is not None}
        return value


class Metadata(Read):
    """Who an object is."""

    name: str
    namespace: str = "default"
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}


class NodeAddress(Read):
    """One address of a node."""

    type: str
    address: str


class NodeSpec(Read):
    """What the cluster gave to a node."""

    pod_cidr: str | None = Field(default=None, alias="podCIDR")
    pod_cidrs: tuple[str, ...] = Field(default=(), alias="podCIDRs")


class NodeStatus(Read):
    """What a node says of itself."""

    addresses: tuple[NodeAddress, ...] = ()


class Node(Read):
    """A machine of the cluster."""

    metadata: Metadata
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()


class ServicePort(Read):
    """One port of a service."""

    name: str = ""
    protocol: str = "TCP"
    port: Port
    target_port: Annotated[int | str, BeforeValidator(number_or_name)] = ""
    node_port: Annotated[int, Field(strict=True)] = 0


class ServiceSpec(Read):
    """What a service asks for."""

    type: str = "ClusterIP"
    cluster_ip: str = Field(default="", alias="clusterIP")
    cluster_ips: tuple[str, ...] = Field(default=(), alias="clusterIPs")
    ports: tuple[ServicePort, ...] = ()
    external_ips: tuple[str, ...] = Field(default=(), alias="externalIPs")
    session_affinity: str = "None"
    internal_traffic_policy: str = "Cluster"
    external_traffic_policy: str = "Cluster"
    traffic_distribution: str = ""

    @property
    def vips(self) -> tuple[str, ...]:
        """Its virtual addresses; older clusters have only the one key."""
        return self.cluster_ips or ((self.cluster_ip,) if self.cluster_ip else ())


class Ingress(Read):
    """One address of a load balancer; a host name has none."""

    ip: str = ""
    ip_mode: str = "VIP"


class LoadBalancer(Read):
    """Where a load balancer answers."""

    ingress: tuple[Ingress, ...] = ()


class ServiceStatus(Read):
    """What became of a service."""

    load_balancer: LoadBalancer = LoadBalancer()


class Service(Read):
    """A service."""

    metadata: Metadata
    spec: ServiceSpec
    status: ServiceStatus = ServiceStatus()


class Conditions(Read):
    """How an endpoint is; None is unknown."""

    ready: StrictBool | None = None
    serving: StrictBool | None = None
    terminating: StrictBool | None = None


class Endpoint(Read):
    """One backend; its addresses are one host's, and the first is used."""

    addresses: tuple[Address, ...] = Field(min_length=1)
    conditions: Conditions = Conditions()
    node_name: str | None = None
    hints: Mapping[str, Any] = {}


class EndpointPort(Read):
    """One port that all endpoints of a slice listen on; without a number it is every port."""

    name: str = ""
    protocol: str = "TCP"
    port: Port | None = None


class EndpointSlice(Read):
    """Some of the endpoints of a service."""

    metadata: Metadata
    endpoints: tuple[Endpoint, ...] = ()
    ports: tuple[EndpointPort, ...] = ()
