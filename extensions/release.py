"""Make a release: a commit that holds what Copier reads and nothing else, and its tag.

Whoever copies or updates a project pays for each file that git checks out and that Jinja compiles. So a release has no
tests, no documents, and in place of `template/` one file for each layer; questions and partials stand where they are
included. Its parent is the commit that it was made from.

    python -m extensions.release v0.2.0            commit and tag HEAD's release; the work tree and the branch stay
    python -m extensions.release --check v0.2.0    say whether the tag holds what its parent's sources give
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from extensions.errors import CatalogError
from extensions.files import SUFFIX, Layer
from extensions.jinja_json import serialize

ROOT = Path(__file__).resolve().parent.parent
FILES = "extensions/files.json"
CATALOG = "extensions/catalog.json"

# Of copier.yml, and of the template's files.
_INCLUSION = re.compile(r"^(?:!include (?P<yaml>\S+)|\[% include '(?P<partial>[^']+)' %\])\n", re.MULTILINE)
_VERSION = re.compile(r"v\d+\.\d+\.\d+(rc\d+)?")
_README = """\
# Groundwork {version}

What `copier copy` and `copier update` read, packed from commit {commit}:
`layers/` has one file for each layer of its `template/`. Sources, documents and tests are on the main branch; there,
`python -m extensions.release --check {version}` packs that commit again and compares.
"""


def pack(source: Path, destination: Path) -> None:
    """Write the release of the template in `source` into the folder `destination`, over what is there.

    Both render the same bytes.

    Raises CatalogError: a file of the template can't stand in one file with others.
    """
    shutil.copytree(source / "project", destination / "project", dirs_exist_ok=True)
    texts = {name: _joined(source, name) for name in ("copier.yml", *_partials(source))}
    layers: list[Layer] = json.loads((source / FILES).read_text("utf-8"))
    for layer in layers:
        layer["packed"] = f"layers/{'-'.join(layer['switches'])}{SUFFIX}"
        texts[layer["packed"]] = "".join(_packed(source, layer))
    texts |= {FILES: serialize(layers, FILES), CATALOG: _read(source, CATALOG)}
    for name, text in texts.items():
        (destination / name).parent.mkdir(parents=True, exist_ok=True)
        (destination / name).write_text(text, "utf-8", newline="\n")


def _read(source: Path, name: str) -> str:
    return (source / name).read_bytes().decode("utf-8")


def _joined(source: Path, name: str) -> str:
    """Read a file with what it includes on a line of its own, by name, in that line's place."""
    return _INCLUSION.sub(lambda found: _joined(source, found["yaml"] or found["partial"]), _read(source, name))


def _partials(source: Path) -> Iterator[str]:
    """Yield the names of the files in `includes/`, but for those that are joined with the files that include them."""
    names = [path.relative_to(source).as_posix() for path in sorted((source / "includes").rglob(f"*{SUFFIX}"))]
    texts = [_read(source, name) for name in names]
    texts += [path.read_text("utf-8") for path in (source / "template").rglob(f"*{SUFFIX}")]
    joined = {found["partial"] for text in texts for found in _INCLUSION.finditer(text)}
    rest = "".join(_INCLUSION.sub("", text) for text in texts)
    yield from (name for name in names if name not in joined or f"'{name}'" in rest)


def _packed(source: Path, layer: Layer) -> Iterator[str]:
    """Yield the files of a layer, each in a block that is named after its place: `part` in vocabulary/written.jinja."""
    yield "[% if false %]\n"
    folder = "/".join(["template", *(f"[[ on.{switch} ]]" for switch in layer["switches"])])
    for place, name in enumerate([*layer["files"], *layer["programs"]]):
        path = f"{folder}/{name.replace('{', '[[ ').replace('}', ' ]]')}"
        text = _joined(source, path)
        if text.endswith((" ", "\t")):
            raise CatalogError(f"{path}: must not end with a blank")
        yield f"[% block part{place} %]\n{text}[% endblock %]"
    yield "[% endif %]\n[[ self['part' ~ file.part]() -]]\n"


def git(folder: Path, *arguments: str, index: Path | None = None, work_tree: Path | None = None) -> str:
    """Run git in `folder`, with an index and a work tree of its own where they are given.

    Returns: what it prints, stripped.
    Raises CalledProcessError: git was not content.
    """
    own = {"GIT_INDEX_FILE": str(index)} if index else {}
    there = [f"--work-tree={work_tree}"] if work_tree else []
    command = ["git", "-C", str(folder), *there, *arguments]
    return subprocess.run(command, env=os.environ | own, stdout=subprocess.PIPE, check=True, text=True).stdout.strip()


def tree(repository: Path, commit: str, version: str) -> str:
    """Write the release of a commit of the template's repository into git; returns the name of the tree.

    The same commit and version give the same tree.
    Raises CatalogError: the template can't be packed. CalledProcessError: git was not content.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources, packed = folder / "sources", folder / "packed"
        sources.mkdir()
        index = {"index": folder / "index"}
        git(repository, "read-tree", commit, **index)
        git(repository, "checkout-index", "--all", f"--prefix={sources}/", **index)
        pack(sources, packed)
        shutil.copy2(sources / "LICENSE", packed)
        (packed / "README.md").write_text(_README.format(version=version, commit=commit), "utf-8", newline="\n")
        git(repository, "read-tree", "--empty", **index)
        git(repository, "-c", "core.autocrlf=false", "add", "--all", "--force", **index, work_tree=packed)
        return git(repository, "write-tree", **index)


def release(repository: Path, version: str) -> None:
    """Commit the release of HEAD and tag it; neither the work tree nor the branch changes.

    Raises CatalogError, CalledProcessError: as `tree`; git also minds a tag that is there already.
    """
    head = git(repository, "rev-parse", "HEAD")
    made = git(repository, "commit-tree", tree(repository, head, version), "-p", head, "-m", f"build: {version}")
    git(repository, "tag", "--annotate", version, made, "--message", version)


def is_true(repository: Path, version: str) -> bool:
    """Say whether a version's tag holds what the commit that it was made from gives.

    Raises CatalogError, CalledProcessError: as `tree`; git also minds a version that it does not know.
    """
    parent = git(repository, "rev-parse", f"{version}^")
    return git(repository, "rev-parse", f"{version}^{{tree}}") == tree(repository, parent, version)


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code: 0 made or true, 1 not made or not true, 2 wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m extensions.release", description="Make or check a release.")
    parser.add_argument("--check", action="store_true", help="make nothing; compare the tag with its sources")
    parser.add_argument("version", help="such as v0.2.0 or v0.2.0rc1")
    options = parser.parse_args(arguments)
    if not _VERSION.fullmatch(options.version):
        parser.error(f"{options.version!r} is no version; write it as v0.2.0 or v0.2.0rc1")
    try:
        return _check(options.version) if options.check else _release(options.version)
    except CatalogError as error:
        print(f"error: {error}", file=sys.stderr)
    except subprocess.CalledProcessError:
        print(f"error: nothing was done with {options.version}; git says why above", file=sys.stderr)
    return 1


def _release(version: str) -> int:
    release(ROOT, version)
    print(f"{version} is made. Push it: git push origin {version}")
    return 0


def _check(version: str) -> int:
    if not is_true(ROOT, version):
        print(f"error: {version} is not what its parent's sources give", file=sys.stderr)
        return 1
    print(f"{version} is what its parent's sources give")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
