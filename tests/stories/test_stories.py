import pytest

from tests.stories.telling import HERE, STORIES, told


@pytest.mark.parametrize("story", STORIES)
def test_what_follows_from_a_folder_is_as_written(story: str) -> None:
    follows = dict(told(story))
    for name, content in follows.items():
        assert content == (HERE / story / name).read_text(encoding="utf-8"), name
    assert {path.name for path in (HERE / story).glob("*.txt")} == follows.keys()
