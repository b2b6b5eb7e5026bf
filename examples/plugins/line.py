#!/usr/bin/env python3
"""A plugin for `pn`: keeps one line in a text file.

Parameters: `file`, the path of the file; `line`, the line that is to be in it.
With op `undo` the line is taken out again; with op `watch` it tells when the file
changes. Puts the value `lines`, how many there are.
"""
import json
import os
import sys
import time


def answer(result, message, **values):
    json.dump({"result": result, "message": message, "values": values}, sys.stdout)
    sys.exit(0)


question = json.load(sys.stdin)
file, line = (question["params"].get(name) for name in ("file", "line"))
if not file or not line:
    answer("failed", "the parameters `file` and `line` are needed")


def state():
    """What tells a changed file from an unchanged one."""
    try:
        found = os.stat(file)
        return found.st_ino, found.st_mtime_ns, found.st_size
    except FileNotFoundError:
        return None


if question["op"] == "watch":
    before = state()
    while True:
        time.sleep(0.2)
        now = state()
        if now != before:
            print("changed", flush=True)
            before = now

lines = open(file).read().splitlines() if os.path.exists(file) else []
if question["op"] == "check":
    if line in lines:
        answer("same", f"{file} has the line")
    answer("diff", f"{file} lacks the line")

wanted = [other for other in lines if other != line]
if question["op"] == "apply":
    wanted.append(line)
part = f"{file}.part"
with open(part, "w") as out:
    out.write("".join(f"{kept}\n" for kept in wanted))
os.replace(part, file)
answer("ok", f"wrote {file}", lines=len(wanted))
