"""Links in Markdown files: the file and the heading that each relative one points to must be there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.support.projects import Project

# Pages of the forge, beside the files: a link from a file to them leaves the repository's tree.
_FORGE_PAGES = re.compile(r"(?:\.\./)+(?:-/)?(?:issues|discussions|security|pulls|merge_requests|actions|releases)\b")


@lru_cache(maxsize=4096)
def _read(text: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the addresses that a text links to, and the anchors that it offers."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    links: list[str] = []
    anchors: set[str] = set()
    for position, token in enumerate(tokens):
        if token.type == "heading_open":
            anchors.add(_unused(_slug(tokens[position + 1]), anchors))
        for child in token.children or []:
            address = child.attrGet("href") or child.attrGet("src")
            if address is not None:
                links.append(str(address))
        if token.type in {"html_block", "inline"}:
            anchors.update(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", token.content))
    return tuple(links), frozenset(anchors)


def _slug(heading: Token) -> str:
    """Make the anchor that GitHub and GitLab give a heading."""
    text = "".join(child.content for child in heading.children or [] if child.type in {"text", "code_inline"})
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def _unused(slug: str, taken: set[str]) -> str:
    candidates = (slug, *(f"{slug}-{number}" for number in range(1, 1000)))
    return next(name for name in candidates if name not in taken)


def broken_links(project: Project) -> Iterator[str]:
    """Yield every relative link of a project's Markdown files that leads nowhere."""
    folders = {parent.as_posix() for name in project.files for parent in PurePosixPath(name).parents}
    for name in (name for name in project.files if name.endswith(".md")):
        for address in _read(project.text(name))[0]:
            if re.match(r"[a-z][a-z0-9+.-]*:|//", address) or _FORGE_PAGES.match(address):
                continue
            path, _, anchor = unquote(address).partition("#")
            target = _resolve(PurePosixPath(name).parent, path) if path else name
            if target is None or (target not in project.files and target not in folders):
                yield f"{name}: there is no {address}"
            elif anchor and target.endswith(".md") and anchor not in _read(project.text(target))[1]:
                yield f"{name}: {target} has no heading #{anchor}"


def _resolve(folder: PurePosixPath, path: str) -> str | None:
    """Follow a relative path; None where it leaves the project."""
    parts: list[str] = [] if path.startswith("/") else list(folder.parts)
    for part in PurePosixPath(path.lstrip("/")).parts:
        if part == ".." and not parts:
            return None
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return PurePosixPath(*parts).as_posix()
