"""Every face of the sample report is what it was, down to the octet."""

import re

import pytest

from conformance.report.writing import formats
from conformance.selftest.golden import FOLDER, golden


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return golden()


NAMES = sorted(
    {one.FILENAME for one in formats().values()}
    | {"report.json", "summary.txt", "compare.md", "compare.html", "matrix.md", "matrix.html", "matrix.csv"}
    | {"requirements.md", "requirements.html", "requirements.csv", "waivers.toml"}
)


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_file_is_made_again_as_it_is(made: dict[str, str], name: str) -> None:
    """If a change is meant, `python -m conformance.selftest.golden` writes the file anew."""
    assert made[name] == (FOLDER / name).read_bytes().decode("utf-8")


def test_no_golden_file_is_left_over(made: dict[str, str]) -> None:
    """The folder holds what is made, the contract that it is made by, the schemas, and a word on all that."""
    assert {path.name for path in FOLDER.iterdir()} == {*made, "contract.toml", "schemas", "README.md"}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_a_target_sent_can_move_a_cursor_or_hide(made: dict[str, str], name: str) -> None:
    """No file has a control, bidi or other unseen character that a target chose."""
    unseen = "\x00\x08\x1b\r\u202e\u2066\ud800\ufffe\U000e0041"
    assert sorted(set(made[name]) & set(unseen)) == []


@pytest.mark.parametrize("name", ["report.html", "compare.html", "matrix.html", "requirements.html"])
def test_a_target_s_markup_is_text_in_every_page(made: dict[str, str], name: str) -> None:
    """No page has an element of the target's."""
    assert "<script>alert" not in made[name]
    assert "<img" not in made[name]


@pytest.mark.parametrize("name", ["report.md", "compare.md", "matrix.md", "requirements.md"])
def test_a_target_s_markup_is_code_in_every_markdown(made: dict[str, str], name: str) -> None:
    """Markup stands in code alone: outside of it no tag, link or heading is left."""
    lines: list[str] = []
    fence = ""
    for line in made[name].splitlines():
        ticks = line[: len(line) - len(line.lstrip("`"))]
        if len(ticks) >= 3 and not fence:
            fence = ticks
        elif fence and line == fence:
            fence = ""
        elif not fence:
            lines.append(line)
    assert fence == ""
    outside = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", "\n".join(lines))
    assert [one for one in ("<script", "<img", "](https", "\n# heading") if one in outside] == []
