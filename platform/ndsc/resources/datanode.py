"""``DataNode``: one store of a force's records with its API, and how it runs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from ndsc.model.base import ForceId
from ndsc.model.pole import Kind
from ndsc.model.sharing import DataCategory, Role
from ndsc.resources.base import Line, Manifest, Name, Part, Quantity, Status


class DatabaseMode(StrEnum):
    """Who runs the node's PostgreSQL."""

    MANAGED = "managed"  # the platform: embedded on one machine, CloudNativePG in a cluster
    EXTERNAL = "external"  # somebody else; its URL is in a secret


class Visibility(StrEnum):
    """What the index tells of a record. Stricter ones come later."""

    VISIBLE = "visible"  # the searcher learns that the force holds something
    SILENT = "silent"  # the owner learns that somebody searched, the searcher learns nothing
    NEVER = "never"  # no token of it leaves the node

    @property
    def strictness(self) -> int:
        """0 for visible, 1 for silent, 2 for never."""
        return list(Visibility).index(self)


class SecretKeyRef(Part):
    """One value of a Secret of the force's."""

    name: Name = Field(description="Name of the Secret in the force's namespace.")
    key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,253}$")] = Field(
        default="url", description="Key in the Secret."
    )


class ConfigMapKeyRef(Part):
    """One value of a ConfigMap of the force's."""

    name: Name = Field(description="Name of the ConfigMap in the force's namespace.")
    key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,253}$")] = Field(
        default="connector.yaml", description="Key in the ConfigMap."
    )


class ReplicaRange(Part):
    """Between how many copies of its API the node scales."""

    min: int = Field(default=1, ge=1, le=100, description="Fewest copies while the node is awake.")
    max: int = Field(default=3, ge=1, le=100, description="Most copies under load.")


class Database(Part):
    """The node's PostgreSQL."""

    mode: DatabaseMode = Field(
        default=DatabaseMode.MANAGED, description="managed: the platform runs it; external: its URL is in a Secret."
    )
    url_secret_ref: SecretKeyRef | None = Field(
        default=None,
        description="Where the URL of an external database is, for the node's service; that for the database's owner "
        "is in the Secret's key owner-url.",
    )
    instances: int = Field(default=1, ge=1, le=9, description="Servers of a managed database, standbys included.")
    storage: Quantity = Field(default="10Gi", description="Disk of each server of a managed database.")


class ConnectorRef(Part):
    """A connector that the node loads exports with."""

    name: Name = Field(description="Name of a shipped connector, or the one to give that of the ConfigMap.")
    config_map_ref: ConfigMapKeyRef | None = Field(
        default=None, description="Where the force's own connector file is; a shipped one if left out."
    )


class IndexRule(Part):
    """How visible some records are in the index."""

    kind: Kind | None = Field(default=None, description="POLE kind it is about; every kind if left out.")
    category: DataCategory | None = Field(
        default=None, description="Data category it is about; every category if left out."
    )
    visibility: Visibility = Field(description="visible, silent or never.")


class Index(Part):
    """What the node tells the national index of its records."""

    visibility: Visibility = Field(default=Visibility.VISIBLE, description="For records that no rule is about.")
    rules: tuple[IndexRule, ...] = Field(
        default=(), max_length=64, description="Exceptions; of several about a record the strictest counts."
    )

    @property
    def keeps_unlisted(self) -> bool:
        """Whether it keeps any record out of the index altogether."""
        return Visibility.NEVER in (self.visibility, *(rule.visibility for rule in self.rules))

    def visibility_of(self, kind: str, category: str) -> Visibility:
        """What the index may tell of a record of that kind and data category."""
        about = [
            rule.visibility
            for rule in self.rules
            if (rule.kind is None or rule.kind == kind) and (rule.category is None or rule.category == category)
        ]
        return max(about, key=lambda visibility: visibility.strictness, default=self.visibility)


class NodePolicy(Part):
    """The rules that the node decides by. The force's own ones can only narrow what is shared."""

    bundle: Line = Field(default="platform", description="Policy bundle that the node loads.")
    withheld_categories: tuple[DataCategory, ...] = Field(
        default=(), max_length=14, description="Data categories that no agreement shares."
    )
    silent_categories: tuple[DataCategory, ...] = Field(
        default=(), max_length=14, description="Data categories whose refusal is not told from nothing held."
    )
    intelligence_roles: tuple[Role, ...] = Field(
        default=(Role.ANALYST, Role.INTELLIGENCE_OFFICER),
        max_length=5,
        description="Who in the force reads its intelligence.",
    )


class DataNodeSpec(Part):
    """How the node is to be."""

    force: ForceId = Field(description="Code of the force whose records it holds. Cannot be changed.")
    version: (
        Annotated[str, StringConstraints(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+([.+-][0-9A-Za-z.-]+)?$", max_length=40)]
        | None
    ) = Field(default=None, description="Version of the node; the platform's if left out.")
    image: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._:/@-]*$", max_length=300)] | None = Field(
        default=None, description="Container image; the platform's for the version if left out."
    )
    replicas: ReplicaRange = Field(default_factory=ReplicaRange, description="Between how many copies it scales.")
    database: Database = Field(default_factory=Database, description="Its PostgreSQL.")
    connectors: tuple[ConnectorRef, ...] = Field(
        default=(), max_length=32, description="What it loads exports with, besides any connector named at a load."
    )
    index: Index = Field(default_factory=Index, description="What it tells the national index.")
    policy: NodePolicy = Field(default_factory=NodePolicy, description="The rules that it decides by.")
    hibernated: bool = Field(
        default=False, description="Asleep: it answers nothing, uses nothing, and keeps everything until woken."
    )


class Endpoints(Part):
    """Where the node answers."""

    api: Annotated[str, StringConstraints(max_length=300)] | None = Field(default=None, description="URL of its API.")
    metrics: Annotated[str, StringConstraints(max_length=300)] | None = Field(
        default=None, description="URL of its metrics."
    )


class DataNodeStatus(Status):
    """What was seen of the node."""

    replicas: int = Field(default=0, ge=0, description="Copies of its API that run.")
    ready_replicas: int = Field(default=0, ge=0, description="Copies of its API that answer.")
    selector: str | None = Field(default=None, description="Label selector of its pods, for the autoscaler.")
    records: int = Field(default=0, ge=0, description="Records it holds.")
    quarantined: int = Field(default=0, ge=0, description="Rows of its loads that wait to be corrected.")
    index_entries: int = Field(default=0, ge=0, description="What the registry of the national index holds of it.")
    version: str | None = Field(default=None, description="Version that runs.")
    image: Annotated[str, StringConstraints(max_length=300)] | None = Field(
        default=None, description="Image that runs; kept while neither the node nor the platform names another."
    )
    policy_revision: str | None = Field(default=None, description="Revision of the rules that it decides by.")
    listing_revision: str | None = Field(
        default=None, description="Revision of the rules and of spec.index that its index entries are listed by."
    )
    endpoints: Endpoints = Field(default_factory=Endpoints, description="Where it answers.")


class DataNode(Manifest):
    """One store of a force's records with its API, scaled, upgraded and put to sleep by itself."""

    PLURAL: ClassVar[str] = "datanodes"
    SHORT_NAMES: ClassVar[tuple[str, ...]] = ("dn",)
    NAMESPACED: ClassVar[bool] = True
    SELECTABLE: ClassVar[tuple[str, ...]] = (".spec.force",)
    SCALE: ClassVar[tuple[str, str, str] | None] = (".spec.replicas.min", ".status.replicas", ".status.selector")

    kind: Literal["DataNode"] = Field(default="DataNode", description="DataNode.")
    spec: DataNodeSpec = Field(description="How the node is to be.")
    status: DataNodeStatus = Field(
        default_factory=DataNodeStatus, description="What was seen of it; set by the server."
    )
