"""Processor time and memory of a process and its descendants (Linux)."""

import os
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")


def family(process):
    """Return the ids of a process and its descendants."""
    children = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        if fields := _fields(stat.parent.name):
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = [process]
    for one in found:
        found += children.get(one, [])
    return found


def processor_seconds(process):
    """Return the processor time of a process and its descendants, ended ones too."""
    # User and system time of the process, and of ended children it has waited for.
    spent = [map(int, _fields(one)[11:15]) for one in family(process)]
    return sum(map(sum, spent)) * TICK


def peak_megabytes(process):
    """Return the peak of resident memory of a process, or 0 if it has ended."""
    for line in _text(Path(f"/proc/{process}/status")).splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def _fields(process):
    """Return the fields of proc(5)'s stat after the name, which may contain blanks."""
    return _text(Path(f"/proc/{process}/stat")).rpartition(")")[2].split()


def _text(path):
    """Return the text of a file of /proc, or "" if its process has ended."""
    try:
        return path.read_text()
    except OSError:
        return ""
