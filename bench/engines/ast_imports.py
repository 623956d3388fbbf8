"""CPython's own parser over a list of files: `ast_imports.py LIST OUTPUT`."""

import ast
import json
import resource
import sys
import warnings

warnings.simplefilter("ignore")
lines = []
with open(sys.argv[1], encoding="utf-8") as names:
    files = names.read().split("\n")
for file in filter(None, files):
    with open(file, "rb") as source:
        text = source.read()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        lines.append("null")
        continue
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.append((node.col_offset, [node.lineno, "import", "", 0, [[name.name, name.asname] for name in node.names]]))
        elif isinstance(node, ast.ImportFrom):
            names = [[name.name, name.asname] for name in node.names]
            found.append((node.col_offset, [node.lineno, "from", node.module or "", node.level, names]))
    found.sort(key=lambda each: (each[1][0], each[0]))
    lines.append(json.dumps([each for _, each in found], separators=(",", ":"), ensure_ascii=False))
with open(sys.argv[2], "w", encoding="utf-8") as output:
    output.write("\n".join(lines))
sys.stdout.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
