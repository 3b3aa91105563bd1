"""Unpacks a Python action's archive; loaded by `python_host.py` only for those that have one."""

# ruff: noqa: PTH101, PTH103, PTH112, PTH113, PTH117, PTH118, PTH120, PTH123, PTH211

import base64
import io
import os
import zipfile

MAX_UNPACKED_BYTES = 600 * 1024 * 1024


def unpack(code: str, folder: str) -> None:
    """Unzip into the working folder; names and links that lead out of it are refused."""
    root = os.path.realpath(folder)
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(code))) as archive:
        if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED_BYTES:
            raise ValueError("The archive is too large when unpacked.")
        for member in archive.infolist():
            name = member.filename.replace("\\", "/")
            place = os.path.join(root, name)
            if name.startswith("/") or ".." in name.split("/"):
                raise ValueError(f"The archive holds a path that is not allowed: {name}")
            parent = os.path.realpath(os.path.dirname(place.rstrip("/")))
            if parent != root and not parent.startswith(root + os.sep):
                raise ValueError("The archive writes through a link.")
            mode = member.external_attr >> 16
            if mode & 0o170000 == 0o120000:
                make_link(archive.read(member).decode(), place, root)
            else:
                archive.extract(member, root)
                if mode & 0o111 and not name.endswith("/"):
                    os.chmod(place, mode & 0o777 | 0o600)


def make_link(target: str, place: str, root: str) -> None:
    goal = os.path.normpath(os.path.join(os.path.dirname(place), target))
    if os.path.isabs(target) or (goal != root and not goal.startswith(root + os.sep)):
        raise ValueError(f"The archive holds a link that leads out of it: {target}")
    os.makedirs(os.path.dirname(place), exist_ok=True)
    os.symlink(target, place)


def activate_virtualenv(folder: str) -> None:
    if not os.path.isdir(folder):
        return
    for scripts in ("bin", "Scripts"):
        script = os.path.join(folder, scripts, "activate_this.py")
        if os.path.isfile(script):
            with open(script, encoding="utf-8") as file:
                exec(compile(file.read(), script, "exec"), {"__file__": script, "__name__": "activate_this"})
            return
    raise ValueError("Invalid virtualenv. Zip file does not include 'activate_this.py'.")
