"""Make the tag v0.0.0 in a clone of the template: a version that writes the answers file and nothing else.

A repository that exists already begins there and updates from it: docs/adopting.md. Run it once, before the first
release, and push the tag. The work tree and the branch stay as they are.
"""

import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
TAG = "v0.0.0"
# What decides how a version is read; the rest of the settings needs files that this version doesn't have.
KEPT = ("_min_copier_version", "_subdirectory", "_templates_suffix", "_envops")
ANSWERS = "[[ _copier_conf.answers_file ]].jinja"


def git(folder: Path, *arguments: str, content: bytes | None = None) -> str:
    """Run git with `content` as its input, and return what it prints, stripped.

    Raises CalledProcessError: git was not content, for example because the tag is there already.
    """
    result = subprocess.run(["git", "-C", str(folder), *arguments], input=content, stdout=subprocess.PIPE, check=True)
    return result.stdout.decode().strip()


def make(folder: Path, source: Path = ROOT) -> None:
    """Tag the empty version in the repository `folder`, with the settings of the template in `source`."""
    settings = yaml.safe_load((source / "copier.yml").read_text("utf-8").partition("\n---\n")[0])
    text = yaml.safe_dump({name: settings[name] for name in KEPT}, sort_keys=False)
    answers = (source / settings["_subdirectory"] / ANSWERS).read_bytes()

    def tree(kind: str, name: str, content: str) -> str:
        mode = "040000" if kind == "tree" else "100644"
        return f"{mode} {kind} {content}\t{name}\n"

    def blob(content: bytes) -> str:
        return git(folder, "hash-object", "-w", "--stdin", content=content)

    inner = git(folder, "mktree", content=tree("blob", ANSWERS, blob(answers)).encode())
    entries = tree("blob", "copier.yml", blob(text.encode())) + tree("tree", settings["_subdirectory"], inner)
    outer = git(folder, "mktree", content=entries.encode())
    commit = git(folder, "commit-tree", outer, content=b"build: an empty version, from which repositories adopt\n")
    git(folder, "tag", TAG, commit)


if __name__ == "__main__":
    try:
        make(ROOT)
    except subprocess.CalledProcessError:
        sys.exit(f"{TAG} could not be made; git says why above")
    print(f"{TAG} is made. Push it: git push origin {TAG}")
