"""Which features of the language and of the API a case has to do with.

Everything is a pair (section, name), so that one counter serves all tables.
"""
import json
import re

STATES, FIELDS, CHOICES, INTRINSICS = "States", "Fields", "Choice operators", "Intrinsic functions"
JSONATA, ERRORS, LANGUAGE, READERS = ("JSONata functions", "Error names", "Query languages and types",
                                      "Item readers and result writers")
RESOURCES, OPERATIONS = "Resources of tasks", "Operations"

_INTRINSIC = re.compile(r"\bStates\.[A-Z][A-Za-z0-9]+(?=\()")
_JSONATA_CALL = re.compile(r"\$([a-z][A-Za-z0-9]*)\s*\(")
_JSONATA_TEXT = re.compile(r"\{%(.*?)%\}", re.DOTALL)
_NESTED = ("Retry", "Catch", "ItemReader", "ResultWriter", "ItemBatcher", "ProcessorConfig",
           "ReaderConfig", "WriterConfig")
_NOT_OPERATORS = {"Variable", "Next", "Comment", "Assign", "Output", "Condition", "And", "Or", "Not"}


def jsonata_functions(expression):
    return {(JSONATA, "$" + name) for name in _JSONATA_CALL.findall(expression)}


def _texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _resource(text):
    """The kind of a resource, without the names of functions and activities."""
    if ":lambda:" in text and ":function:" in text:
        return "arn:aws:lambda:...:function:NAME"
    if ":activity:" in text:
        return "arn:aws:states:...:activity:NAME"
    found = re.match(r"arn:[\w-]*:states:[^:]*:[^:]*:(.+)$", text)
    if found is None:
        return "another name"
    return "arn:aws:states:::" + re.sub(r"[^A-Za-z0-9:.\-]", "", found[1])


def _choice(rule, out):
    if not isinstance(rule, dict):
        return
    for name, value in rule.items():
        if name in ("And", "Or", "Not", "Condition") or name not in _NOT_OPERATORS:
            out.add((CHOICES, name))
        for nested in value if isinstance(value, list) else [value]:
            if name in ("And", "Or", "Not"):
                _choice(nested, out)


def _field(name, value, prefix, out):
    name = name[:-2] if name.endswith(".$") else name
    out.add((FIELDS, prefix + name))
    if name in _NESTED:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                for nested, inner in one.items():
                    _field(nested, inner, name + ".", out)


def _state(state, out):
    kind = state.get("Type")
    if not isinstance(kind, str):
        return
    processor = state.get("ItemProcessor") or state.get("Iterator")
    mode = "INLINE"
    if isinstance(processor, dict) and isinstance(processor.get("ProcessorConfig"), dict):
        mode = processor["ProcessorConfig"].get("Mode", mode)
    out.add((STATES, f"{kind} ({mode})" if kind == "Map" else kind))
    for name, value in state.items():
        if name not in ("Type", "Choices"):
            _field(name, value, "", out)
    if "Choices" in state:
        out.add((FIELDS, "Choices"))
        for rule in state["Choices"] if isinstance(state["Choices"], list) else []:
            _choice(rule, out)
    if isinstance(state.get("Resource"), str):
        out.add((RESOURCES, _resource(state["Resource"])))
    if state.get("QueryLanguage"):
        out.add((LANGUAGE, str(state["QueryLanguage"])))
    for member in ("Retry", "Catch"):
        for rule in state.get(member) or []:
            if isinstance(rule, dict):
                out.update((ERRORS, str(name)) for name in rule.get("ErrorEquals") or [])
    for member in ("ItemReader", "ResultWriter"):
        used = state.get(member)
        if isinstance(used, dict):
            config = used.get("ReaderConfig") or used.get("WriterConfig") or {}
            resource = str(used.get("Resource", "")).split(":::")[-1] or "no resource"
            form = " ".join(str(config[key]) for key in ("InputType", "OutputType", "Transformation")
                            if isinstance(config, dict) and key in config)
            out.add((READERS, f"{member} {resource} {form}".strip()))
    for machine in [processor, *(state.get("Branches") or [])]:
        if isinstance(machine, dict):
            _machine(machine, out)


def _machine(machine, out):
    states = machine.get("States")
    for state in states.values() if isinstance(states, dict) else []:
        if isinstance(state, dict):
            _state(state, out)


def of_definition(definition, kind="STANDARD"):
    """The features of a machine or of a single state, as JSON or as text."""
    out = set()
    if isinstance(definition, str):
        try:
            definition = json.loads(definition)
        except ValueError:
            return out
    if not isinstance(definition, dict):
        return out
    for text in _texts(definition):
        out.update((INTRINSICS, name) for name in _INTRINSIC.findall(text))
        for expression in _JSONATA_TEXT.findall(text):
            out |= jsonata_functions(expression)
    out.add((LANGUAGE, str(definition.get("QueryLanguage", "JSONPath"))))
    out.add((LANGUAGE, str(kind)))
    if "States" in definition:
        for name in set(definition) - {"States"}:
            out.add((FIELDS, "machine: " + name))
        _machine(definition, out)
    else:
        _state(definition, out)
    return out


def of_case(case):
    """The features of a case that is one definition and what became of it."""
    out = of_definition(case.get("definition"), case.get("type") or "STANDARD")
    expect = case.get("expect")
    if isinstance(expect, dict) and isinstance(expect.get("error"), str):
        error = expect["error"]
        if re.fullmatch(r"[A-Za-z.]+", error):
            out.add((ERRORS, error))
    if isinstance(case.get("operation"), str):
        out.add((OPERATIONS, case["operation"]))
    elif "request" in case:
        out.add((OPERATIONS, "TestState"))
    return out


def of_script(case):
    """The definitions in a script of API calls."""
    out = set()
    for step in case["steps"]:
        params = step.get("params")
        if isinstance(params, dict) and "definition" in params:
            out |= of_definition(params["definition"], params.get("type") or "STANDARD")
    return out
