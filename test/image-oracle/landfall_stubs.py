"""Loaded by every Python of an oracle image: stands in for third-party modules, and tells what happened at the end."""

import ast
import atexit
import importlib.abc
import importlib.machinery
import json
import os
import sys
import types

STUBS = set(filter(None, os.environ.get("ORACLE_STUBS", "").split(",")))
FAILED = []


class Anything(types.ModuleType):
    """A module, function, class, decorator and context manager of any name."""

    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Anything(name)

    def __call__(self, *args, **kwargs):
        if len(args) == 1 and not kwargs and callable(args[0]):
            return args[0]
        return Anything("called")

    def __mro_entries__(self, bases):
        return (object,)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return False


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in STUBS:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return Anything(spec.name)

    def exec_module(self, module):
        pass


def excepthook(kind, error, trace):
    FAILED.append(f"{kind.__name__}: {error}")
    sys.__excepthook__(kind, error, trace)


def guarded(node, parents):
    while node in parents:
        child, node = node, parents[node]
        if isinstance(node, ast.Try) and child in node.body:
            for handler in node.handlers:
                names = ast.dump(handler.type) if handler.type else "Exception"
                if any(name in names for name in ("ImportError", "ModuleNotFoundError", "Exception")):
                    return True
        if isinstance(node, ast.ExceptHandler):
            return True
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            return True
    return False


def request_failures():
    """Tries the imports that stand in functions of all modules of ours, as requests would."""
    failures = []
    seen = set()
    while True:
        modules = [
            module
            for name, module in list(sys.modules.items())
            if name not in seen and (getattr(module, "__file__", None) or "").startswith(("/app", "/srv", "/code", "/opt", "/usr/src", "/var/task"))
        ]
        if not modules:
            return failures
        for module in modules:
            name = next(key for key, value in sys.modules.items() if value is module)
            seen.update(key for key, value in sys.modules.items() if value is module)
            with open(module.__file__, encoding="utf-8") as file:
                tree = ast.parse(file.read())
            parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
            for function in ast.walk(tree):
                if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    continue
                for node in ast.walk(function):
                    if not isinstance(node, (ast.Import, ast.ImportFrom)) or guarded(node, parents):
                        continue
                    scope = {"__name__": name, "__package__": module.__spec__.parent if module.__spec__ else None, "__builtins__": __builtins__}
                    try:
                        exec(compile(ast.Module([node], []), module.__file__, "exec"), scope)
                    except Exception as error:
                        failures.append(f"{type(error).__name__}: {error}")


def report():
    boot = not FAILED
    failures = request_failures() if boot else []
    print("\nORACLE " + json.dumps({"boot": boot, "failed": FAILED, "request": failures}), flush=True)


if os.environ.get("ORACLE") == "1":
    sys.meta_path.append(Finder())
    sys.excepthook = excepthook
    atexit.register(report)
