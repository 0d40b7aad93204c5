import pytest

from tests.captures.parsing import HERE, PARSERS, expected, parsed


@pytest.mark.parametrize("capture", PARSERS)
def test_what_a_tool_printed_is_read_as_expected(capture: str) -> None:
    assert parsed(capture) == expected(capture).read_text(encoding="utf-8")


def test_every_capture_has_a_parser() -> None:
    captured = {str(path.relative_to(HERE)) for suffix in ("txt", "json") for path in HERE.glob(f"*/*.{suffix}")}
    assert captured == PARSERS.keys()
