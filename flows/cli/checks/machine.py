"""Is this machine fit for painting: Python, torch and its pair, device, threads, memory, disk."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
import warnings
from pathlib import Path

from flows.cli.checks.finding import Finding
from flows.cli.words import gigabytes

MIN_MEMORY_BYTES = 1.5e9
GOOD_MEMORY_BYTES = 3e9
MIN_DISK_BYTES = 0.5e9
GOOD_DISK_BYTES = 5e9


def python() -> list[Finding]:
    """Look at the interpreter and our own version."""
    from flows.revision import git_revision, tool_name

    revision = git_revision()
    at = f", revision {revision[:10]}" if revision else ""
    return [Finding("python", "ok", f"{tool_name()} on Python {platform.python_version()}{at}")]


def torch_pair() -> list[Finding]:
    """Look whether torch loads, and a torchvision that fits: a wrong pair fails only when it is used."""
    remedy = (
        "install both from the same index: make setup, or pip install --force-reinstall torch torchvision"
    )
    try:
        import torch
        import torchvision
        from torchvision import ops
    except (ImportError, OSError, RuntimeError) as error:
        return [Finding("torch", "problem", str(error).splitlines()[0], remedy)]
    try:
        ops.nms(torch.zeros(1, 4), torch.zeros(1), 0.5)
    except (RuntimeError, NotImplementedError) as error:
        return [
            Finding("torch", "problem", f"torchvision does not fit: {str(error).splitlines()[0]}", remedy)
        ]
    return [Finding("torch", "ok", f"torch {torch.__version__}, torchvision {torchvision.__version__}")]


def device(wanted: str) -> list[Finding]:
    """Look at the device and let it multiply two matrices."""
    import torch

    from nst_core.backbones.precision import choose_precision

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an old driver is said below, with what to do
        has_cuda = torch.cuda.is_available()
    if wanted.startswith("cuda") and not has_cuda:
        return [Finding("device", "problem", f"{wanted}: torch sees no CUDA device", _cuda_remedy())]
    name = wanted if wanted != "auto" else "cuda" if has_cuda else "cpu"
    try:
        chosen = torch.device(name)
        sample = torch.eye(64, device=chosen)
        works = bool(torch.equal(sample @ sample, sample))
    except (RuntimeError, AssertionError) as error:
        return [Finding("device", "problem", f"{name}: {str(error).splitlines()[0]}", _cuda_remedy())]
    if not works:
        return [Finding("device", "problem", f"{name} multiplies wrongly", "do not use this device")]
    precision = choose_precision("auto", chosen)
    if chosen.type == "cuda":
        free, total = torch.cuda.mem_get_info(chosen)
        found = (
            f"{torch.cuda.get_device_name(chosen)}, {gigabytes(free)} of {gigabytes(total)} free, {precision}"
        )
        return [Finding("device", "ok", found)]
    slow = "" if precision == "bf16" else " (no bf16 in this CPU: about half as fast)"
    return [Finding("device", "ok", f"{name}, {precision}{slow}")]


def threads() -> list[Finding]:
    """Compare torch's threads with the CPUs that this process may use."""
    import torch

    used, there = torch.get_num_threads(), allowed_cpus()
    found = f"torch uses {used}, this process may use {there:g} CPUs"
    if used > there + 0.5:
        return [
            Finding(
                "threads",
                "note",
                found,
                f"set OMP_NUM_THREADS={max(1, int(there))}: too many slow each other",
            )
        ]
    return [Finding("threads", "ok", found)]


def memory() -> list[Finding]:
    """Look at the free memory; 512 px needs up to 1.5 GB a design at once."""
    import torch

    from nst_core.memory import free_memory_bytes

    free = free_memory_bytes(torch.device("cpu"))
    found = f"{gigabytes(free)} free"
    if free < MIN_MEMORY_BYTES:
        return [
            Finding("memory", "problem", found, "free memory, or paint small: toile run BATCH --size-px 256")
        ]
    if free < GOOD_MEMORY_BYTES:
        return [Finding("memory", "note", found, "enough up to about 512 px; larger designs may not fit")]
    return [Finding("memory", "ok", found)]


def disk(root: str) -> list[Finding]:
    """Look at the free space of the folders that a run writes to."""
    from configs.errors import ConfigError
    from configs.loading import load_storage

    places = {"temporary files": Path(tempfile.gettempdir()), "Prefect's home": prefect_home()}
    try:
        configured = load_storage(root=root or None).root
    except ConfigError:
        configured = ""  # the check of the storage says so
    if configured and "://" not in configured:
        places = {"the root": Path(configured).expanduser(), **places}
    return [_space(what, path) for what, path in places.items()]


def allowed_cpus() -> float:
    """Return how many CPUs this process may use; a container's quota counts."""
    there = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return there
    return there if quota == "max" else min(there, int(quota) / int(period))


def prefect_home() -> Path:
    """Return the folder of Prefect's own database and settings."""
    return Path(os.environ.get("PREFECT_HOME") or "~/.prefect").expanduser()


def _space(what: str, path: Path) -> Finding:
    there = path
    while not there.exists() and there != there.parent:
        there = there.parent
    free = shutil.disk_usage(there).free
    found = f"{what}: {gigabytes(free)} free at {path}"
    if free < MIN_DISK_BYTES:
        return Finding(
            "disk", "problem", found, "free some space: images, or Prefect's database, would not fit"
        )
    if free < GOOD_DISK_BYTES:
        return Finding("disk", "note", found, "enough to begin; toile plan says how much a batch needs")
    return Finding("disk", "ok", found)


def _cuda_remedy() -> str:
    import torch

    if torch.version.cuda is None:
        return "this torch is built for CPUs: install the CUDA build, or take --device cpu"
    return f"check the driver with nvidia-smi (torch is built for CUDA {torch.version.cuda}), or --device cpu"
