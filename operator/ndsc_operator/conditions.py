"""Every condition and reason that the operator gives, and what a person does about it: the docs are made from this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from ndsc.resources.base import Condition, ConditionStatus, Status

S = TypeVar("S", bound=Status)


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason of a condition: what it means, and the remedy where one is needed."""

    condition: str
    name: str
    status: ConditionStatus
    meaning: str
    remedy: str = ""
    ordinary: bool = False
    """Whether it belongs to an ordinary life although something is not there yet: its event is no warning."""

    @property
    def warns(self) -> bool:
        """Whether a person should look at it."""
        return bool(self.remedy) and not self.ordinary


_TRUE, _FALSE, _UNKNOWN = ConditionStatus.TRUE, ConditionStatus.FALSE, ConditionStatus.UNKNOWN

AVAILABLE = Reason("Ready", "Available", _TRUE, "All that the resource asks for is there.")
NOT_DONE = Reason(
    "Ready",
    "Progressing",
    _FALSE,
    "It is being brought to what its spec says.",
    "Wait; the message names the step.",
    ordinary=True,
)
SUCCESSION_DISPUTED = Reason(
    "Ready",
    "SuccessionDisputed",
    _FALSE,
    "Another Force names the same predecessor in spec.successorOf: neither stands for it.",
    "Take the predecessor out of spec.successorOf of one of the two.",
)
NAMESPACE_TAKEN = Reason(
    "Ready",
    "NamespaceTaken",
    _FALSE,
    "A namespace of the force's code is there that the operator did not make.",
    "Move what is in it and delete it, or label it app.kubernetes.io/managed-by=ndsc-operator and "
    "ndsc.police.uk/force=CODE to hand it over.",
)
REFUSED = Reason(
    "Ready",
    "Refused",
    _FALSE,
    "The API server refuses a child, and will again until something is changed.",
    "Read the message: it is the server's own. Change the resource, the quota or the platform's settings.",
)
UNREACHABLE = Reason(
    "Ready",
    "ApiServerError",
    _FALSE,
    "The API server failed or did not answer.",
    "Nothing, if it passes: it is tried again, less often each time.",
)
KIND_MISSING = Reason(
    "Ready",
    "KindMissing",
    _FALSE,
    "The cluster has no such kind of object as the resource needs.",
    "Install what brings it: CloudNativePG for Cluster, the chart ndsc-crds for the platform's own kinds.",
)

WRONG_NAMESPACE = Reason(
    "Ready",
    "WrongNamespace",
    _FALSE,
    "A data node lies in its force's namespace, or in default.",
    "Apply it there, and delete it here.",
)
FORCE_MISSING = Reason(
    "Ready",
    "ForceMissing",
    _FALSE,
    "There is no Force of the code that the data node names. After a minute what runs of the node is stopped; its "
    "database sleeps and keeps everything.",
    "Apply the Force: the node wakes with all that it held.",
)
FORCE_NOT_READY = Reason(
    "Ready",
    "ForceNotReady",
    _FALSE,
    "The force's namespace does not stand yet.",
    "Wait, or see what the Force's own conditions say.",
    ordinary=True,
)
NAME_TAKEN = Reason(
    "Ready",
    "NameTaken",
    _FALSE,
    "Another data node of the same name and force lies in the force's namespace.",
    "Delete one of the two, or give one another name.",
)
ASLEEP = Reason("Ready", "Hibernated", _FALSE, "It sleeps and keeps everything.", "Set spec.hibernated to false.")
API_STARTING = Reason(
    "Ready", "ApiStarting", _FALSE, "No copy of its API answers yet.", "Wait, or see what its pods say.", ordinary=True
)
API_FAILING = Reason(
    "Ready",
    "ApiFailing",
    _FALSE,
    "No copy of its API can start.",
    "Read the message; mend spec.image or what the pods lack. What ran before is tried again when the spec says so.",
    ordinary=True,
)

DATABASE_HEALTHY = Reason("DatabaseReady", "DatabaseHealthy", _TRUE, "The database takes connections.")
DATABASE_NAMED = Reason(
    "DatabaseReady", "DatabaseNamed", _TRUE, "The Secret names an outside database, and no other data node does."
)
DATABASE_STARTING = Reason(
    "DatabaseReady",
    "DatabaseStarting",
    _FALSE,
    "No server of the database takes connections.",
    "Wait; if it stays so see `kubectl describe cluster`, which names the database's own state.",
    ordinary=True,
)
DATABASE_FULL = Reason(
    "DatabaseReady",
    "DatabaseFull",
    _FALSE,
    "The database has stopped, for its disk is full. What it had acknowledged is kept.",
    "Raise spec.database.storage, where the storage class lets volumes grow, or make room on the volume; it starts "
    "again by itself, within minutes.",
)
DATABASE_BEYOND_QUOTA = Reason(
    "DatabaseReady",
    "DatabaseBeyondQuota",
    _FALSE,
    "The force's quota leaves no room for the database.",
    "Raise spec.quota of the Force, or have its other data nodes ask for less: the message says of what.",
)
DATABASE_ROLE_MISSING = Reason(
    "DatabaseReady",
    "DatabaseRoleMissing",
    _FALSE,
    "The database has not the role yet that the node's API works as.",
    "Wait; if it stays so the message says why CloudNativePG cannot make it.",
    ordinary=True,
)
DATABASE_ASLEEP = Reason(
    "DatabaseReady",
    "DatabaseHibernated",
    _FALSE,
    "The database sleeps with its node.",
    "Set spec.hibernated to false.",
    ordinary=True,
)
DATABASE_RESCUED = Reason(
    "DatabaseReady",
    "DatabaseRescued",
    _FALSE,
    "The database was deleted; its volumes are kept, and a new one takes them over.",
    "Wait.",
    ordinary=True,
)
DATABASE_SECRET_MISSING = Reason(
    "DatabaseReady",
    "DatabaseSecretMissing",
    _FALSE,
    "The Secret that spec.database.urlSecretRef names, or one of its keys, is not in the force's namespace.",
    "Make it there: kubectl create secret generic NAME --from-literal=url=postgresql://SERVICE:PASSWORD@HOST/DATABASE "
    "--from-literal=owner-url=postgresql://OWNER:PASSWORD@HOST/DATABASE",
)
DATABASE_SECRET_MALFORMED = Reason(
    "DatabaseReady",
    "DatabaseSecretMalformed",
    _FALSE,
    "The Secret's values are not two URLs of one PostgreSQL database, for its service and for its owner.",
    "Write each as postgresql://USER:PASSWORD@HOST:PORT/DATABASE: one host and database, two users.",
)
DATABASE_SHARED = Reason(
    "DatabaseReady",
    "DatabaseShared",
    _FALSE,
    "Another data node already uses that database.",
    "Give each data node a database of its own.",
)

MIGRATED = Reason("MigrationsApplied", "Migrated", _TRUE, "The tables are those of the version that runs.")
MIGRATING = Reason(
    "MigrationsApplied",
    "Migrating",
    _FALSE,
    "The tables are being brought up to date.",
    "Wait; the Job is named.",
    ordinary=True,
)
MIGRATION_FAILED = Reason(
    "MigrationsApplied",
    "MigrationFailed",
    _FALSE,
    "The tables could not be brought up to date; a version that ran before goes on running.",
    "Read the Job's log, mend its cause or set spec.version back, then delete the Job: it is made again.",
)
MIGRATION_BEYOND_QUOTA = Reason(
    "MigrationsApplied",
    "MigrationBeyondQuota",
    _FALSE,
    "The force's quota leaves no room for the Job that brings the tables up to date.",
    "Raise spec.quota of the Force, or have its other data nodes ask for less: the message says of what.",
)
MIGRATION_WAITS = Reason(
    "MigrationsApplied",
    "WaitingForDatabase",
    _UNKNOWN,
    "The database is not ready.",
    "See DatabaseReady.",
    ordinary=True,
)

POLICY_LOADED = Reason("PolicyLoaded", "PolicyLoaded", _TRUE, "The node decides by the revision that it names.")
POLICY_UNKNOWN = Reason(
    "PolicyLoaded",
    "PolicyNotTold",
    _UNKNOWN,
    "The node has not said by which rules it decides.",
    "Wait if it sleeps or starts; else the message says why it was not asked or did not answer.",
    ordinary=True,
)
INDEX_SYNCHRONISED = Reason(
    "IndexSynchronised", "IndexSynchronised", _TRUE, "The national index holds what the node's records say."
)
INDEX_BEHIND = Reason(
    "IndexSynchronised",
    "IndexBehind",
    _FALSE,
    "Records that were changed are not in the national index yet.",
    "Wait; if the number does not fall see whether evaluator and registry are ready.",
    ordinary=True,
)
INDEX_UNKNOWN = Reason(
    "IndexSynchronised",
    "IndexNotTold",
    _UNKNOWN,
    "The node has not said how far its index is.",
    "Wait if it sleeps or starts; else the message says why it was not asked or did not answer.",
    ordinary=True,
)

PROGRESSING = Reason(
    "Progressing",
    "Working",
    _TRUE,
    "It is being brought to what its spec says.",
    "Wait; the message names the step.",
    ordinary=True,
)
SETTLED = Reason("Progressing", "Settled", _FALSE, "It is as its spec says.")
NEWER_WAITS = Reason(
    "Progressing",
    "NewRenderingWaits",
    _FALSE,
    "It is as its spec says. The operator that runs now would render its pods or its database's servers otherwise; it "
    "restarts nothing by itself.",
    "Nothing, until it suits: another spec.version takes it, and so does a restart: kubectl rollout restart deployment "
    'NODE-api, kubectl annotate --overwrite cluster NODE-db kubectl.kubernetes.io/restartedAt="$(date -Is)".',
    ordinary=True,
)
BLOCKED = Reason(
    "Progressing", "Blocked", _FALSE, "It cannot go on by itself.", "See the condition that the message names."
)

AS_ASKED = Reason("Degraded", "AsAsked", _FALSE, "It gives all that its spec asks for.")
FALLEN_BEHIND = Reason(
    "Degraded",
    "Incomplete",
    _TRUE,
    "It works, but not as its spec asks.",
    "Read the message: it names each thing that is missing.",
)

CERTIFIED = Reason("CertificatesValid", "Issued", _TRUE, "Its certificates are in date and of the present authority.")
CERTIFICATES_PENDING = Reason(
    "CertificatesValid",
    "Pending",
    _FALSE,
    "Its certificates are not issued yet.",
    "Wait; with an issuer of cert-manager see what its Certificate says.",
    ordinary=True,
)
CERTIFICATE_NAME_TAKEN = Reason(
    "CertificatesValid",
    "SecretTaken",
    _FALSE,
    "The Secret for its certificate is another data node's.",
    "Rename one of the two: NODE-tls and NODE-loader-tls are a data node's own.",
)
NO_AUTHORITY = Reason(
    "CertificatesValid",
    "NoAuthority",
    _FALSE,
    "The platform has no authority that could issue; the certificates that there are go on until they end.",
    "See the events of Secret ndsc-authority in the platform's namespace: they name what is wrong with it.",
)

AUTHORITY_CREATED = Reason("Authority", "AuthorityCreated", _TRUE, "The platform's first authority was made.")
AUTHORITY_RESTORED = Reason(
    "Authority", "AuthorityRestored", _TRUE, "The Secret was deleted, and is written again as it was."
)
AUTHORITY_ANNOUNCED = Reason(
    "Authority", "AuthorityAnnounced", _TRUE, "A following authority is published to all; it issues nothing yet."
)
AUTHORITY_PROMOTED = Reason(
    "Authority", "AuthorityPromoted", _TRUE, "The following authority issues; the previous one is still believed."
)
AUTHORITY_RETIRED = Reason(
    "Authority", "AuthorityRetired", _TRUE, "No certificate of the previous authority lives: it is published no more."
)
AUTHORITY_MALFORMED = Reason(
    "Authority",
    "AuthorityMalformed",
    _FALSE,
    "The Secret holds no authority: nothing is issued, and no other is made in its place.",
    "Put back what it held from a backup. To begin anew instead, delete it and the Secrets PART-tls beside it.",
)
AUTHORITY_MISSING = Reason(
    "Authority",
    "AuthorityMissing",
    _FALSE,
    "The Secret is gone although certificates of it are published: nothing is issued, and no other is made.",
    "Put it back from a backup. To begin anew instead, delete the Secrets PART-tls in the platform's namespace.",
)
AUTHORITY_NOT_GIVEN = Reason(
    "Authority",
    "AuthorityNotGiven",
    _FALSE,
    "The operator is set to make no authority, and is given none.",
    "Make the Secret ndsc-authority with ca.crt and ca.key, or set authority_renews.",
)

IN_FORCE = Reason("Ready", "InForce", _TRUE, "All parties have signed the agreement, and its term runs.")
UNSIGNED = Reason(
    "Ready",
    "Unsigned",
    _FALSE,
    "A party has not signed the agreement as it reads now: it opens nothing.",
    "Apply the Force of the party that the message names; if it objects, an event NotSigned says to what.",
)
NOT_IN_FORCE = Reason(
    "Ready",
    "NotInForce",
    _FALSE,
    "The agreement is signed and opens nothing: its term does not run, or a party suspended or ended it.",
    "See status.state, and spec.suspendedBy and spec.terminatedBy.",
    ordinary=True,
)
NOT_SIGNED = Reason(
    "Ready",
    "NotSigned",
    _FALSE,
    "The agreement goes beyond a party's own limits, and so that party's key signs nothing (an event).",
    "Change the agreement, or the Force's spec.agreementDefaults.",
)

SIGNING_KEY_MALFORMED = Reason(
    "Ready",
    "SigningKeyMalformed",
    _FALSE,
    "The Secret ndsc-signing in the force's namespace holds no Ed25519 key: the force signs nothing.",
    "Put back what it held from a backup, or delete it: a new key is made, and the force's agreements are signed anew.",
)

WITHDRAWN = Reason(
    "Listed",
    "EntriesWithdrawn",
    _FALSE,
    "The force has no data node any more: what it listed in the national index is withdrawn (an event of its Force).",
    "Nothing, if it was meant. Apply the data node again if not: it lists its records anew.",
    ordinary=True,
)
NOT_WITHDRAWN = Reason(
    "Listed",
    "EntriesNotWithdrawn",
    _UNKNOWN,
    "The registry could not be asked who lists anything, or to withdraw it (in the operator's log and its metrics).",
    "See whether the registry is ready: it is asked again, less often each time.",
)
DISPOSED = Reason(
    "Retained",
    "DatabaseDeleted",
    _FALSE,
    "The data node is gone, and its force's deletion policy is Delete: its database was deleted, with its volumes, "
    "after its audit log was written into the volume NODE-audit (an event of its Force).",
    "Nothing. Read the log from the volume: it is plain SQL.",
    ordinary=True,
)
NOT_ARCHIVED = Reason(
    "Retained",
    "AuditLogNotKept",
    _FALSE,
    "The audit log of a database that is to be deleted could not be written into its volume: the database stays, "
    "asleep (an event of its Force).",
    "See what the Job NODE-audit says; mend that and delete the Job: it is made again.",
)

REASONS = tuple(one for one in globals().copy().values() if isinstance(one, Reason))
"""All of them, in the order of this file."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was judged of one thing, and what a person should know of this case of it."""

    reason: Reason
    message: str = ""

    @property
    def holds(self) -> bool:
        """Whether its condition is True."""
        return self.reason.status is ConditionStatus.TRUE

    @property
    def text(self) -> str:
        """The message, and what to do."""
        return " ".join(filter(None, (self.message or self.reason.meaning, self.reason.remedy)))


def with_verdict(status: S, verdict: Verdict, generation: int) -> S:
    """The status with that condition, which says what to do; see :func:`with_reason`."""
    return with_reason(status, verdict.reason, verdict.text, generation)


def with_reason(status: S, reason: Reason, message: str, generation: int) -> S:
    """The status with that condition; its transition time stays unless True, False or Unknown changed."""
    return status.with_condition(
        Condition(
            type=reason.condition,
            status=reason.status,
            reason=reason.name,
            message=message[:4096],
            last_transition_time=datetime.now(UTC).replace(microsecond=0),
            observed_generation=generation,
        )
    ).model_copy(update={"observed_generation": generation})


def plain(status: Status) -> Mapping[str, Any]:
    """As the API server takes it."""
    return status.model_dump(mode="json", by_alias=True, exclude_none=True)
