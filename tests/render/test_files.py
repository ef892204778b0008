"""Each project of the covering set: its files parse, are tidy, and hold nothing of the template or of what is off."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.support.formats import parse
from tests.support.hygiene import bad_path, leaks, leftovers, same_but_for_case, untidy
from tests.support.links import broken_links
from tests.support.projects import Project
from tests.support.traces import traces

# The name and the bytes of files that the check by that name has already seen: most are the same in most projects.
_seen: set[tuple[str, str, bytes]] = set()


def findings(project: Project, check: str, judge: Callable[[str, bytes], Iterator[str]]) -> list[str]:
    found = []
    for name in project.files:
        content = (project.path / name).read_bytes()
        if (check, name, content) in _seen:
            continue
        here = [f"{name}: {finding}" for finding in judge(name, content)]
        if not here:
            _seen.add((check, name, content))
        found += here
    return found


def _parses(name: str, content: bytes) -> Iterator[str]:
    try:
        parse(name, content.decode("utf-8"))
    except Exception as error:  # noqa: BLE001 - each parser has errors of its own
        yield str(error)


def test_every_file_parses(project: Project) -> None:
    assert not findings(project, "parse", _parses)


def test_no_tag_of_the_template_is_left(project: Project) -> None:
    assert not findings(project, "leftovers", lambda _, content: leftovers(content.decode("utf-8")))


def test_no_value_of_python_leaks(project: Project) -> None:
    assert not findings(project, "leaks", lambda name, content: leaks(name, content.decode("utf-8")))


def test_lines_are_tidy(project: Project) -> None:
    assert not findings(project, "untidy", untidy)


def test_paths_suit_every_system(project: Project) -> None:
    assert not [finding for name in project.files for finding in bad_path(name)]
    assert not list(same_but_for_case(project.files))


def test_what_is_off_leaves_no_trace(project: Project) -> None:
    assert not list(traces(project))


def test_links_lead_somewhere(project: Project) -> None:
    assert not list(broken_links(project))
