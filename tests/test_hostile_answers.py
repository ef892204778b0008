"""Whatever people type is refused before anything is written, or comes out everywhere as the text that it is."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.support.answers import Answers
from tests.support.formats import parse
from tests.support.hygiene import untidy
from tests.support.projects import ANSWERS_FILE, Project, render, values_in
from tests.support.questionnaire import Questionnaire
from tests.support.template import DATA

# Run with HYPOTHESIS_PROFILE=nightly for many more examples, which are other ones each time.
settings.register_profile(
    "quick",
    deadline=None,
    derandomize=True,
    max_examples=12,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("nightly", settings.get_profile("quick"), derandomize=False, max_examples=400)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

# Answers that take any sentence; the others are so narrow that tests/test_validators.py covers them.
SENTENCES = (
    "project_name",
    "project_description",
    "owner",
    "problem",
    "users",
    "platforms",
    "technical_lead",
    "product_owner",
    "operations_contact",
)
NARROW = ("project_slug", "package_name", "contact_email", "security_contact", "repository_url", "initial_version")
PIECES: list[str] = yaml.safe_load((DATA / "hostile.yml").read_text("utf-8"))

any_text = st.text(st.characters(codec="utf-8"), max_size=20)
hostile_text = st.lists(st.one_of(st.sampled_from(PIECES), any_text), min_size=1, max_size=4).map(" ".join)


@pytest.fixture(scope="module")
def questionnaire(template: Path) -> Questionnaire:
    return Questionnaire(template)


@settings(settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick")), max_examples=150)
@given(name=st.sampled_from(SENTENCES + NARROW), text=st.one_of(hostile_text, st.text(min_size=290, max_size=310)))
def test_a_refusal_names_the_answer_and_shows_an_example(questionnaire: Questionnaire, name: str, text: str) -> None:
    message = questionnaire.refusal(name, text)
    if message:
        assert message.startswith(f"Validation error for question '{name}': ")
        assert " Example: " in message
        assert "\n" not in message
    else:
        assert len(text) <= 300
        assert text.isprintable() or not set(text) & set("\n\r\t\0\x1b\u202e\u2066\u2028")


@st.composite
def sentences(draw: st.DrawFn) -> dict[str, str]:
    """Give each answer a text that ends, or begins, with a word by which it is found again."""
    texts = {}
    for number, name in enumerate(SENTENCES):
        text, word = draw(hostile_text), f"QZX{number}"
        texts[name] = draw(st.sampled_from((f"{text} {word}", f"{word} {text}", f"{text}{word}")))
    return texts


def word_of(text: str) -> str:
    found = re.search(r"QZX\d", text)
    assert found
    return found[0]


@given(texts=sentences())
def test_a_text_that_is_taken_comes_out_as_it_is(
    template: Path, questionnaire: Questionnaire, texts: dict[str, str]
) -> None:
    answers: Answers = {name: text for name, text in texts.items() if not questionnaire.refusal(name, text)}
    answers["license"] = "proprietary" if len(texts["owner"]) % 2 else "mit"
    with tempfile.TemporaryDirectory() as folder:
        project = render(template, answers, Path(folder, "project"))
        taken = {name: text for name, text in answers.items() if name in SENTENCES}
        assert not list(damage(project, taken))


def groups() -> Iterator[dict[str, str]]:
    """Give each known piece to an answer, once after another word and once before it."""
    for form in ("{word} {piece}", "{piece} {word}"):
        for start in range(0, len(PIECES), len(SENTENCES)):
            pieces = PIECES[start : start + len(SENTENCES)]
            named = enumerate(zip(SENTENCES, pieces, strict=False))
            yield {name: form.format(word=f"QZX{number}", piece=piece) for number, (name, piece) in named}


@pytest.mark.parametrize("texts", list(groups()), ids=lambda texts: ascii(texts["project_name"]))
def test_each_known_piece_comes_out_as_it_is(
    template: Path, questionnaire: Questionnaire, tmp_path: Path, texts: dict[str, str]
) -> None:
    answers: Answers = {name: text for name, text in texts.items() if not questionnaire.refusal(name, text)}
    assert not list(damage(render(template, answers, tmp_path / "project"), answers))


# Programs read no text that people typed: there it would be run, or a quote would end a string.
_NO_TEXT = (".py", ".sh", ".mako", ".ini", "Makefile", "Dockerfile", "CODEOWNERS", ".env", ".example")


def damage(project: Project, texts: dict[str, str]) -> Iterator[str]:
    """Yield every place where a text is not what was typed, or where it must not stand."""
    for name in project.files:
        content = (project.path / name).read_bytes().decode("utf-8")
        for finding in untidy(name, content.encode()):
            yield f"{name}: {finding}"
        data = parse(name, content)
        here = {answer: text for answer, text in texts.items() if word_of(text) in content}
        for answer, text in here.items():
            if name.endswith(_NO_TEXT) or name.startswith((".github/workflows", ".github/actions", ".gitlab")):
                # A handle in CODEOWNERS is the one thing that may be typed into such a file; it holds no space.
                yield f"{name} holds {answer}, in which it could be run: {text!r}"
            elif name.endswith(".md"):
                if not all(text in sentence for sentence in _sentences(content) if word_of(text) in sentence):
                    yield f"{name}: {answer} is {text!r}, and reads {_around(content, text)!r}"
            elif data is not None:
                found = [value for value in values_in(data) if isinstance(value, str) and word_of(text) in value]
                if not found or not all(text in value for value in found):
                    yield f"{name}: {answer} is {text!r}, and the file gives {found!r}"
            elif text not in content:
                yield f"{name}: {answer} is {text!r}, and reads {_around(content, text)!r}"
    written = yaml.safe_load(project.text(ANSWERS_FILE))
    for answer, text in texts.items():
        if written.get(answer) != text:
            yield f"{ANSWERS_FILE}: {answer} is {text!r}, and the file gives {written.get(answer)!r}"


def _around(content: str, text: str) -> list[str]:
    return [line for line in content.splitlines() if word_of(text) in line]


@lru_cache(maxsize=512)
def _sentences(text: str) -> tuple[str, ...]:
    """Return what a reader sees of a Markdown text, paragraph by paragraph, and what is hidden in HTML as it stands."""
    body = text.partition("\n---\n")[2] if text.startswith("---\n") else text
    found = []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(body):
        if token.type == "inline":
            seen = [_seen(child.type, child.content) for child in token.children or []]
            found.append("".join(seen))
        elif token.content:
            # A code block or HTML: a typed text has no place there.
            found.append(re.sub(r"QZX\d", r"\g<0>!", token.content))
    return tuple(found)


def _seen(kind: str, content: str) -> str:
    if kind in {"text", "code_inline", "text_special"}:
        return content
    if kind == "softbreak":
        return "\n"
    return f"<{kind}>" if content or kind != "html_inline" else ""


def test_a_damaged_text_is_seen(tmp_path: Path) -> None:
    text = "a *b* | c QZX0"
    (tmp_path / "a.md").write_text("# a *b* | c QZX0\n")
    (tmp_path / "b.yml").write_text("a: 'a b QZX0'\n")
    (tmp_path / "c.py").write_text("# QZX0\n")
    (tmp_path / ANSWERS_FILE).write_text("owner: 'a *b* | c QZX0'\n")
    found = list(damage(Project(tmp_path, {}), {"owner": text}))
    assert [finding.split(":")[0].split(" ")[0] for finding in found] == ["a.md", "b.yml", "c.py"]
