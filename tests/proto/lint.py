"""The rules of `buf lint`'s STANDARD category (https://buf.build/docs/lint/rules), and one of our
own: everything is documented. Each finding names buf's rule."""

import re

from descriptors import upper_snake

# Rules of STANDARD that do not hold here, and why.
EXCEPT = {
    "SERVICE_SUFFIX": "service names are paths of calls: POST /pawl.v1.Executions/Describe",
}

PASCAL = re.compile(r"[A-Z][A-Za-z0-9]*\Z")
LOWER_SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
UPPER_SNAKE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*\Z")
PACKAGE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*\Z")
VERSION = re.compile(r"v[1-9][0-9]*((p[1-9][0-9]*)?(alpha|beta)[1-9][0-9]*)?\Z")
# Options that all files of a package have to agree on, by their numbers in FileOptions.
SAME_OPTIONS = {1: "java_package", 10: "java_multiple_files", 11: "go_package",
                37: "csharp_namespace", 39: "swift_prefix", 41: "php_namespace", 45: "ruby_package"}


class Linter:
    def __init__(self):
        self.findings = []

    def say(self, where, rule, text):
        if rule not in EXCEPT:
            self.findings.append(f"{where}: {rule}: {text}")

    def file(self, file, by_type):
        where = f"{file.name}:1"
        folder, _, base = file.name.rpartition("/")
        if not file.package:
            self.say(where, "PACKAGE_DEFINED", "has no package")
        if file.package.replace(".", "/") != folder:
            self.say(where, "PACKAGE_DIRECTORY_MATCH",
                     f"package {file.package} belongs into {file.package.replace('.', '/')}")
        if not PACKAGE.match(file.package):
            self.say(where, "PACKAGE_LOWER_SNAKE_CASE", f"package {file.package}")
        if not VERSION.match(file.package.rpartition(".")[2]):
            self.say(where, "PACKAGE_VERSION_SUFFIX", f"package {file.package} has no version")
        if not LOWER_SNAKE.match(base.removesuffix(".proto")):
            self.say(where, "FILE_LOWER_SNAKE_CASE", base)
        if file.syntax != "proto3":
            self.say(where, "SYNTAX_SPECIFIED", "is not proto3")
        if file.public_imports:
            self.say(where, "IMPORT_NO_PUBLIC", "imports publicly")
        if file.weak_imports:
            self.say(where, "IMPORT_NO_WEAK", "imports weakly")
        used = set()
        for message in file.all_messages():
            self.message(message)
            used.update(by_type.get(field.type) for field in _fields(message))
        for enum in file.all_enums():
            self.enum(enum)
        for service in file.services:
            self.service(service)
            for rpc in service.rpcs:
                used.update((by_type.get(rpc.request), by_type.get(rpc.response)))
        for name in file.imports:
            if name not in used:
                self.say(where, "IMPORT_USED", f"does not need {name}")

    def message(self, message):
        if not PASCAL.match(message.name):
            self.say(message.where, "MESSAGE_PASCAL_CASE", message.name)
        for oneof in message.real_oneofs:
            if not LOWER_SNAKE.match(oneof.name):
                self.say(oneof.where, "ONEOF_LOWER_SNAKE_CASE", oneof.name)
            self.documented(oneof)
        for field in message.fields:
            if not LOWER_SNAKE.match(field.name):
                self.say(field.where, "FIELD_LOWER_SNAKE_CASE", field.name)
            # A oneof's comment may speak for its fields.
            if field.oneof is None or not field.oneof.comment:
                self.documented(field)
        # An RPC's comment speaks for its request and response.
        if not re.search("(Request|Response)$", message.name):
            self.documented(message)

    def enum(self, enum):
        if not PASCAL.match(enum.name):
            self.say(enum.where, "ENUM_PASCAL_CASE", enum.name)
        if enum.allows_alias:
            self.say(enum.where, "ENUM_NO_ALLOW_ALIAS", enum.name)
        self.documented(enum)
        prefix = upper_snake(enum.name) + "_"
        for i, value in enumerate(enum.values):
            if not UPPER_SNAKE.match(value.name):
                self.say(value.where, "ENUM_VALUE_UPPER_SNAKE_CASE", value.name)
            if not value.name.startswith(prefix):
                self.say(value.where, "ENUM_VALUE_PREFIX", f"{value.name} lacks {prefix}")
            if i == 0 and value.number != 0:
                self.say(value.where, "ENUM_FIRST_VALUE_ZERO", value.name)
            if value.number == 0 and not value.name.endswith("_UNSPECIFIED"):
                self.say(value.where, "ENUM_ZERO_VALUE_SUFFIX", f"{value.name} lacks _UNSPECIFIED")
            self.documented(value)

    def service(self, service):
        if not PASCAL.match(service.name):
            self.say(service.where, "SERVICE_PASCAL_CASE", service.name)
        if not service.name.endswith("Service"):
            self.say(service.where, "SERVICE_SUFFIX", service.name)
        self.documented(service)
        for rpc in service.rpcs:
            if not PASCAL.match(rpc.name):
                self.say(rpc.where, "RPC_PASCAL_CASE", rpc.name)
            for kind, full_name in (("Request", rpc.request), ("Response", rpc.response)):
                name = full_name.rpartition(".")[2]
                wanted = (f"{rpc.name}{kind}", f"{service.name}{rpc.name}{kind}")
                if name not in wanted:
                    self.say(rpc.where, f"RPC_{kind.upper()}_STANDARD_NAME",
                             f"{rpc.name} has {name}, not {wanted[0]} or {wanted[1]}")
            self.documented(rpc)

    def documented(self, node):
        if not node.comment:
            kind = type(node).__name__.upper() if type(node).__name__ != "Node" else "VALUE"
            self.say(node.where, f"COMMENT_{kind}", f"{node.name} has no comment")

    def across(self, files):
        """What is held of all files together."""
        users = {}
        for file in files:
            for service in file.services:
                for rpc in service.rpcs:
                    for name in (rpc.request, rpc.response):
                        users.setdefault(name, []).append((rpc, f"{service.name}.{rpc.name}"))
        for name, rpcs in users.items():
            if len(rpcs) > 1:
                names = " and ".join(text for _, text in rpcs)
                self.say(rpcs[1][0].where, "RPC_REQUEST_RESPONSE_UNIQUE", f"{names} share {name}")
        for a in files:
            for b in files:
                if a.package != b.package or a.name >= b.name:
                    continue
                for number, option in SAME_OPTIONS.items():
                    if a.options.fields.get(number) != b.options.fields.get(number):
                        self.say(f"{b.name}:1", f"PACKAGE_SAME_{option.upper()}",
                                 f"differs from {a.name}")
        self.cycles(files)

    def cycles(self, files):
        package_of = {file.name: file.package for file in files}
        edges = {}
        for file in files:
            targets = {package_of[name] for name in file.imports if name in package_of}
            edges.setdefault(file.package, set()).update(targets - {file.package})

        def reaches(start, goal, seen):
            return any(target == goal or (target not in seen and
                                          reaches(target, goal, seen | {target}))
                       for target in edges.get(start, ()))

        for package in edges:
            if reaches(package, package, {package}):
                self.say(package, "PACKAGE_NO_IMPORT_CYCLE", "imports itself by way of others")


def _fields(message):
    """With those of the maps' entries."""
    yield from message.fields
    for inner in message.messages:
        if inner.is_map_entry:
            yield from inner.fields


def lint(files, all_files):
    """The findings in `files`; `all_files` has what they import too."""
    by_type = {}
    for file in all_files:
        for thing in [*file.all_messages(), *file.all_enums()]:
            by_type[thing.full_name] = file.name
    linter = Linter()
    for file in files:
        linter.file(file, by_type)
    linter.across(files)
    return linter.findings
