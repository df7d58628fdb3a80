"""What a process and all that it has started have used of the machine (Linux)."""

import os
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")


def family(process):
    """Return the numbers of a process and all that descend from it."""
    children = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        if fields := _fields(stat.parent.name):
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = [process]
    for one in found:
        found += children.get(one, [])
    return found


def processor_seconds(process):
    """Return the processor time of a process, its descendants, and those that ended."""
    # Its own user and system time, and that of children that it has waited for.
    spent = [map(int, _fields(one)[11:15]) for one in family(process)]
    return sum(map(sum, spent)) * TICK


def peak_megabytes(process):
    """Return the most memory that a process has had resident; 0 if it has ended."""
    for line in _text(Path(f"/proc/{process}/status")).splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def _fields(process):
    """Return what proc(5)'s stat has after the name, which may hold blanks."""
    return _text(Path(f"/proc/{process}/stat")).rpartition(")")[2].split()


def _text(path):
    """Return what a file of /proc says; nothing where its process has ended."""
    try:
        return path.read_text()
    except OSError:
        return ""
