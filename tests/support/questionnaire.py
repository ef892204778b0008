"""The questionnaire as Copier sees it, without rendering a project: what is offered, and what is refused and why.

It reaches into Copier's own modules, because the public functions only copy and update; `copier` is pinned exactly.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from copier._main import Worker
from copier._settings import SettingsModel
from copier._user_data import Question

from tests.support.answers import Answers


class Questionnaire:
    """The questions of a template after some answers were given; all others have their default."""

    def __init__(self, template: Path, answers: Answers | None = None) -> None:
        self._worker = Worker(
            src_path=str(template),
            dst_path=Path(tempfile.gettempdir(), "nothing-is-written-here"),
            data=dict(answers or {}),
            defaults=True,
            quiet=True,
            settings=SettingsModel(),
        )
        self._worker._ask()  # noqa: SLF001

    @cache  # noqa: B019 - as long as the questionnaire lives
    def questions(self) -> Mapping[str, Mapping[str, Any]]:
        """Return what the question files say of each question that people are asked, by name."""
        data = self._worker.template.questions_data
        return {
            name: details for name, details in data.items() if False not in (details.get("when"), details.get("ask"))
        }

    @cache  # noqa: B019 - as long as the questionnaire lives
    def question(self, name: str) -> Question:
        """Return one question, in the context of the given answers."""
        return Question(
            answers=self._worker.answers,
            context=self._worker._render_context(),  # noqa: SLF001
            jinja_env=self._worker.jinja_env,
            settings=SettingsModel(),
            var_name=name,
            **self._worker.template.questions_data[name],
        )

    def offered(self, name: str) -> list[Any]:
        """Return the values that a question lets people choose from."""
        question = self.question(name)
        return [question.cast_answer(choice.value) for choice in question._formatted_choices]  # noqa: SLF001

    def defaults(self) -> Mapping[str, Any]:
        """Return every answer, given or default, and every computed one."""
        return self._worker.answers.combined

    def refusal(self, name: str, value: Any) -> str:
        """Return the message that refuses a value; empty where it is accepted."""
        question = self.question(name)
        try:
            question.validate_answer(question.parse_answer(value))
        except ValueError as error:
            return str(error)
        return ""
