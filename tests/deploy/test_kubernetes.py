import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from reconciler import __version__
from reconciler.cli import command_line, options
from reconciler.intents import load
from reconciler.watch.pages import pages
from tests.deploy.files import DEPLOY, documents
from tests.watch.test_pages import Loop

MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
VERSIONS = ("1.25", "1.31", "1.37")
each = pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)


def daemon_set(path: Path) -> Mapping[str, Any]:
    (found,) = [document for document in documents(path) if document["kind"] == "DaemonSet"]
    return dict(found["spec"]["template"]["spec"])


def container(path: Path, name: str = "reconcile") -> Mapping[str, Any]:
    (found,) = [each for each in daemon_set(path)["containers"] if each["name"] == name]
    return dict(found)


def test_there_are_two() -> None:
    assert [path.stem for path in MANIFESTS] == ["configmap", "git-sync"]


@each
@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_it(path: Path, version: str) -> None:
    for document in documents(path):
        kubernetes_validate.validate(document, version, strict=True)


@each
def test_the_schemas_refuse_what_is_wrong(path: Path) -> None:
    document = documents(path)[-1]
    document["spec"]["template"]["spec"]["hostNetworks"] = True
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(document, VERSIONS[-1], strict=True)


@each
def test_the_command_and_its_environment_are_ours(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = container(path)
    known = set(re.findall(r"RECONCILE_\w+", options.EPILOG))
    for variable in told["env"]:
        assert variable["name"] in known
        monkeypatch.setenv(variable["name"], variable["value"])
    asked = command_line.parse(told["args"])
    assert asked.command == "watch"
    assert any(asked.intents.is_relative_to(mount["mountPath"]) for mount in told["volumeMounts"])
    assert str(asked.state) in {mount["mountPath"] for mount in told["volumeMounts"]}
    for probe in ("livenessProbe", "readinessProbe"):
        get = told[probe]["httpGet"]
        assert (get["host"], get["port"]) == asked.metrics
        assert get["path"] in pages(Loop())
    assert told["image"].endswith(f":{__version__}")


@each
def test_two_capabilities_and_what_the_node_lends(path: Path) -> None:
    pod, told = daemon_set(path), container(path)
    assert pod["hostNetwork"] is True
    assert told["securityContext"]["capabilities"] == {"drop": ["ALL"], "add": ["NET_ADMIN", "NET_RAW"]}
    lent = {volume["hostPath"]["path"] for volume in pod["volumes"] if "hostPath" in volume}
    assert lent == {"/var/run/openvswitch", "/var/lib/reconcile"}
    assert set(told["resources"]["requests"]) == {"cpu", "memory"}


@each
def test_every_mount_has_its_volume(path: Path) -> None:
    pod = daemon_set(path)
    mounted = {mount["name"] for each in pod["containers"] for mount in each["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}


def test_the_intents_are_where_git_sync_links_them() -> None:
    (path,) = [path for path in MANIFESTS if path.stem == "git-sync"]
    arguments = dict(word.lstrip("-").split("=", 1) for word in container(path, "git-sync")["args"])
    (value,) = [each["value"] for each in container(path)["env"] if each["name"] == "RECONCILE_INTENTS"]
    assert Path(value).parent == Path(arguments["root"], arguments["link"])


def test_the_config_map_holds_good_intents(tmp_path: Path) -> None:
    for name, text in config_map():
        (tmp_path / name).write_text(text)
    assert list(load(tmp_path).services) == ["shop/web"]


def config_map() -> Iterator[tuple[str, str]]:
    (path,) = [path for path in MANIFESTS if path.stem == "configmap"]
    (found,) = [document for document in documents(path) if document["kind"] == "ConfigMap"]
    yield from found["data"].items()
