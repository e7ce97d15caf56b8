"""What the manifests of the suite say, and whether its modules hide each other's verbs.

usage: manifests.py core     the modules of Odoo itself that the suite depends on, comma separated
       manifests.py check    what is wrong with them (exit status 1 when anything is)
"""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: docs/architecture.md: a module may depend on these and on Odoo's own, nothing else of the suite
ARROWS = {
    "silver_base": set(),
    "silver_product": {"silver_base"},
    "silver_isp": {"silver_base"},
    "silver_inventory": {"silver_isp"},
    "silver_contract": {"silver_product", "silver_inventory"},
    "silver_ipam": {"silver_contract"},
    "silver_billing": {"silver_contract"},
    "silver_provisioning": {"silver_ipam"},
    "silver_monitoring": {"silver_provisioning"},
}


def manifests():
    for path in sorted(ROOT.glob("silver_*/__manifest__.py")):
        yield path.parent.name, ast.literal_eval(path.read_text())


def core():
    suite = {name for name, _data in manifests()}
    return sorted({dep for _name, data in manifests() for dep in data["depends"]} - suite)


def problems():
    for name, data in manifests():
        folder = ROOT / name
        if not re.fullmatch(r"19\.0\.\d+\.\d+\.\d+", data.get("version", "")):
            yield f"{name}: version {data.get('version')} is not 19.0.x.y.z"
        for key, value in {"author": "Silver", "license": "AGPL-3"}.items():
            if data.get(key) != value:
                yield f"{name}: {key} is {data.get(key)!r}, not {value!r}"
        for key in ("name", "summary"):
            if not data.get(key):
                yield f"{name}: no {key}"
        wanted = {dep for dep in data["depends"] if dep.startswith("silver_")}
        allowed = reachable(name)
        if wanted - allowed:
            yield f"{name}: depends on {sorted(wanted - allowed)}, against docs/architecture.md"
        if wanted < ARROWS.get(name, wanted):
            yield f"{name}: does not name {sorted(ARROWS[name] - wanted)} in depends"
        for listed in [*data.get("data", []), *data.get("demo", [])]:
            if not (folder / listed).is_file():
                yield f"{name}: lists {listed}, which is not there"
        listed = set(data.get("data", [])) | set(data.get("demo", []))
        for part in ("data", "demo", "security", "views", "wizards", "report"):
            for path in sorted((folder / part).glob("*.xml")):
                if f"{part}/{path.name}" not in listed:
                    yield f"{name}: {part}/{path.name} is in no list of the manifest"
        for needed in ("readme/DESCRIPTION.md", "i18n/es.po", "tests/__init__.py"):
            if not (folder / needed).is_file():
                yield f"{name}: no {needed}"


def verbs():
    """:return: {(model, method): {module: [(file, calls super)]}} of the suite's own models

    Public methods (RPC and buttons call them by name) and the hooks ``_on_*`` and ``_check_can_*``.
    """
    found = {}
    for module, _data in manifests():
        for path in sorted((ROOT / module).rglob("*.py")):
            if "tests" in path.relative_to(ROOT).parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef) and (model := extended_model(node)):
                    for method in methods(node):
                        where = found.setdefault((model, method.name), {}).setdefault(module, [])
                        where.append((path.relative_to(ROOT), calls_super(method)))
    return found


def extended_model(node):
    """:return: the model a class makes or extends in place, when it is one of the suite"""
    attributes = {
        target.id: statement.value.value
        for statement in node.body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    model = attributes.get("_name") or attributes.get("_inherit") or ""
    return model if model.startswith(("isp.", "silver.")) else None


def methods(node):
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and re.match(r"[a-z]|_on_|_check_can_", item.name):
            decorators = {ast.unparse(decorator) for decorator in item.decorator_list}
            if "property" not in decorators:
                yield item


def calls_super(method):
    return any(isinstance(node, ast.Name) and node.id == "super" for node in ast.walk(method))


def hidden():
    """A method that is defined again without calling the one before it hides that one silently."""
    for (model, name), modules in sorted(verbs().items()):
        for module, places in modules.items():
            whole = all(super_called for _path, super_called in places)
            below = reachable(module) & set(modules)
            beside = {other for other in modules if module not in reachable(other)}
            beside -= below | {module}
            if below and not whole:
                yield (
                    f"{places[0][0]}: {model}.{name} hides that of {', '.join(sorted(below))}: "
                    "call super() or give it another name"
                )
            if beside and not whole:
                yield (
                    f"{places[0][0]}: {model}.{name} also exists in {', '.join(sorted(beside))}, "
                    "and neither module knows the other: give one of them another name"
                )
            if sum(not super_called for _path, super_called in places) > 1:
                yield f"{module}: {model}.{name} is defined in {len(places)} of its files"


def reachable(name):
    found = set(ARROWS.get(name, ()))
    for dep in list(found):
        found |= reachable(dep)
    return found


if __name__ == "__main__":
    if sys.argv[1:] == ["core"]:
        print(",".join(core()))
    elif sys.argv[1:] == ["check"]:
        found = [*problems(), *hidden()]
        print("\n".join(found))
        sys.exit(bool(found))
    else:
        sys.exit(__doc__)
