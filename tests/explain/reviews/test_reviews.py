import re
from pathlib import Path

import pytest

from reconciler.explain.review.documents import document
from reconciler.explain.review.text import as_text, summary
from tests.explain.reviews.telling import HERE, STORIES, reviewed, told


@pytest.mark.parametrize("story", STORIES)
def test_what_a_reviewer_is_told_is_as_written(story: str) -> None:
    for name, content in told(story):
        assert content == (HERE / story / name).read_text(encoding="utf-8"), name


@pytest.mark.parametrize("story", STORIES)
def test_every_path_that_is_named_is_told_once(story: str) -> None:
    lines = list(as_text(reviewed(story)))
    told = [line.partition("]")[0] for line in lines if line.startswith("[")]
    named = {number for line in lines if line.startswith("      ") for number in re.findall(r"\[\d+(?=\])", line)}
    assert sorted(told) == sorted(named)


def test_one_service_alone() -> None:
    assert [service.key for service in reviewed("service-added-and-removed").services] == [
        "shop/shop",
        "shop/soon",
        "shop/web",
    ]
    assert [service.key for service in reviewed("service-added-and-removed", "shop/web").services] == ["shop/web"]


def test_shares_are_those_of_the_group() -> None:
    (service,) = reviewed("endpoint-added").services
    shares = {each.ip: each.after and each.after.share for each in service.ports[0].endpoints}
    assert sum(share for share in shares.values() if share) == 1


@pytest.mark.parametrize("story", STORIES)
def test_unchanged_is_what_ends_with_exit_code_0(story: str) -> None:
    found = reviewed(story)
    assert found.unchanged == (story == "nothing") == document(found)["unchanged"]
    assert summary(found).startswith("no path changes") == found.unchanged


@pytest.mark.parametrize("story", STORIES)
def test_the_way_back_undoes_every_change(story: str) -> None:
    undone = {"create": "delete", "delete": "create", "update": "update"}
    there, back = reviewed(story), reviewed(story, forth=False)
    assert [(s.key, undone[s.action]) for s in there.services] == [(s.key, s.action) for s in back.services]
    assert [(n.name, undone[n.action]) for n in there.nodes] == [(n.name, n.action) for n in back.nodes]
    for one, other in zip(there.services, back.services, strict=True):
        assert [(p.before, p.after) for p in one.ports] == [(p.after, p.before) for p in other.ports]
        changes = [[(e.ip, e.before, e.after) for e in port.endpoints] for port in one.ports]
        assert changes == [[(e.ip, e.after, e.before) for e in port.endpoints] for port in other.ports]


def test_the_documentation_shows_what_is_told() -> None:
    docs = (Path(__file__).parents[3] / "docs/explain.md").read_text(encoding="utf-8")
    shown = re.search(r"\$ reconcile explain --diff main\n(.*?)\nsince main", docs, re.DOTALL)
    assert shown
    told = "\n".join(as_text(reviewed("endpoint-added")))
    assert shown[1] == told.replace("after/web.yaml:1", "intents/shop/web.yaml:4")


@pytest.mark.parametrize("story", STORIES)
def test_the_documentation_has_every_key_of_the_json_form(story: str) -> None:
    docs = (Path(__file__).parents[3] / "docs/explain.md").read_text(encoding="utf-8")
    form = docs.partition("{revision, commit, unchanged")[2].partition("```")[0]
    told = (HERE / story / "review.json").read_text(encoding="utf-8")
    assert {key for key in re.findall(r'"(\w+)":', told) if not re.search(rf"\b{key}\b", form)} <= {"unchanged"}
