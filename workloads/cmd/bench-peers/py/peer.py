"""The peer's side of a benchmark: one line of JSON in, one out.

A script imports this module first and ends with

    peer.serve(lambda task: {"seconds": s, "value": v})

What scripts and libraries print goes to standard error: standard output
carries answers only, and this module keeps it for itself.
"""
import importlib.metadata
import json
import os
import platform
import sys
import traceback

# How many threads to use. OpenMP, BLAS and Numba read it from variables of their
# own; a library that reads none is to be told.
THREADS = int(os.environ.get("BENCH_PEERS_THREADS") or os.cpu_count())

_answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def _versions():
    """The versions of all distributions that the script has imported."""
    owners = importlib.metadata.packages_distributions()
    names = {name for module in set(m.partition(".")[0] for m in sys.modules) for name in owners.get(module, ())}
    return {name: importlib.metadata.version(name) for name in sorted(names)}


def _answer(value):
    _answers.write(json.dumps(value) + "\n")
    _answers.flush()


def serve(handle):
    """Answers tasks until standard input ends.

    handle is given a task, does it, and returns a dictionary with seconds (of
    the work alone), value (to compare with the other side's) and, if there is
    something to say, note. An exception is an answer, too.
    """
    _answer({"python": platform.python_version(), "versions": _versions()})
    for line in sys.stdin:
        try:
            answer = handle(json.loads(line))
            _answer({key: answer[key] for key in ("seconds", "value", "note") if key in answer})
        except Exception as error:
            traceback.print_exc()
            _answer({"error": f"{type(error).__name__}: {error}"})
