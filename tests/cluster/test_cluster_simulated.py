"""The simulated cluster: a control plane to which pods and databases seem to run. Needs root and the built tools."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest
from tests.cluster.test_cluster_builds import ENVIRONMENT, wait_for

from ndsc_cluster import network
from ndsc_cluster.commands import run
from ndsc_cluster.processes import mentioning
from ndsc_cluster.settings import Settings
from ndsc_cluster.simulated import MARK, Simulated

SETTINGS = Settings(name="ndsc-simulated")
POD = """
apiVersion: batch/v1
kind: Job
metadata: {name: done, namespace: default}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: nobody.example/nothing:1}]
---
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: kent-db, namespace: default}
spec: {instances: 1, storage: {size: 1Gi}}
"""


def command(*words: str) -> None:
    run(sys.executable, "-m", "ndsc_cluster", *words, "--name", SETTINGS.name, environment=ENVIRONMENT)


@pytest.fixture
def cluster() -> Iterator[Simulated]:
    if os.geteuid() != 0:
        pytest.skip("a cluster needs root")
    command("up", "--simulated")
    yield Simulated(SETTINGS, print)
    command("down")


def test_jobs_seem_to_be_done_and_databases_to_be_healthy_on_a_cluster_that_says_it_is_nobodys(
    cluster: Simulated,
) -> None:
    said = cluster.kubectl.json("get", "namespace", "kube-system")["metadata"]["labels"]
    assert said.items() >= MARK.items()
    command("up", "--simulated")  # what runs is left alone
    wait_for(lambda: "default" in cluster.kubectl("get", "serviceaccounts"), seconds=30)
    cluster.kubectl.apply(POD)
    wait_for(lambda: cluster.kubectl.json("get", "job", "done")["status"].get("succeeded"), seconds=60)
    status = cluster.kubectl.json("get", "clusters.postgresql.cnpg.io", "kent-db")["status"]
    assert status["readyInstances"] == 1
    assert status["managedRolesStatus"]["byStatus"]["reconciled"] == ["ndsc_service"]
    command("down")
    assert not network.exists(cluster.settings)
    assert mentioning(f"{cluster.settings.folder}/") == []
