"""Every answer that is offered changes what is written, and one that is not asked for changes nothing."""

from __future__ import annotations

import pytest

from tests.support.answers import Row, as_answers, default_row, described, not_offered, row_with, single_rows
from tests.support.projects import Projects


def _matters(label: str) -> bool:
    return label.partition("=")[0].partition(":")[0] not in described()["changes_nothing"]


@pytest.mark.parametrize("row", [pytest.param(row, id=label) for label, row in single_rows() if _matters(label)])
def test_an_answer_changes_more_than_the_answers_file(projects: Projects, row: Row) -> None:
    same_kind = default_row() | {name: row[name] for name in ("project_type", "stack")}
    without = same_kind if row != same_kind else default_row()
    assert projects.render(as_answers(row)).contents() != projects.render(as_answers(without)).contents()


def test_values_of_one_answer_differ_from_each_other(projects: Projects) -> None:
    for name, values in described()["choices"].items():
        if name not in described()["changes_nothing"]:
            # A value that is refused without another answer is given together with it.
            needed = {
                key: True
                for pair in described()["refused"]
                for key, value in list(pair.items())[:-1]
                if name in pair and value is False
            }
            outputs = [projects.render(as_answers(row_with(needed | {name: value}))).digest for value in values]
            assert len(set(outputs)) == len(values), name


@pytest.mark.parametrize("combination", described()["never"], ids=str)
def test_an_answer_that_does_not_apply_is_dropped(projects: Projects, combination: Row) -> None:
    *others, dropped = combination
    without = default_row() | {name: combination[name] for name in others}
    given = projects.render(as_answers(without | {dropped: combination[dropped]}))
    assert given.contents() == projects.render(as_answers(without)).contents()
    assert f"\n{dropped}:" not in given.text(".copier-answers.yml")


@pytest.mark.parametrize("combination", described()["refused"], ids=str)
def test_an_answer_that_needs_another_is_refused(projects: Projects, combination: Row) -> None:
    *_, refused = combination
    with pytest.raises(RuntimeError, match=f"'{refused}': it (needs|does not work yet with) [A-Z]"):
        projects.render(as_answers(default_row() | combination))


@pytest.mark.parametrize("combination", not_offered(), ids=str)
def test_an_answer_that_a_stack_does_not_have_is_refused(projects: Projects, combination: Row) -> None:
    factors = "|".join(factor.partition(":")[0] for factor in combination)
    with pytest.raises(RuntimeError, match=f"Invalid choice for '({factors})'"):
        projects.render(as_answers(default_row() | combination))
