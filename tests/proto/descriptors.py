"""What protoc says of .proto files: a FileDescriptorSet, decoded without protobuf's own library.

    files = load("proto", ["pawl/v1/workers.proto"])

Only the fields that the checks look at are decoded (google/protobuf/descriptor.proto).
"""

import os
import re
import subprocess
import tempfile

TYPES = {1: "double", 2: "float", 3: "int64", 4: "uint64", 5: "int32", 6: "fixed64", 7: "fixed32",
         8: "bool", 9: "string", 10: "group", 11: "message", 12: "bytes", 13: "uint32", 14: "enum",
         15: "sfixed32", 16: "sfixed64", 17: "sint32", 18: "sint64"}


class Raw:
    """A message by field numbers; every field is a list."""

    def __init__(self, data):
        self.fields = {}
        at = 0
        while at < len(data):
            key, at = _varint(data, at)
            number, wire = key >> 3, key & 7
            if wire == 0:
                value, at = _varint(data, at)
            elif wire == 2:
                size, at = _varint(data, at)
                value, at = data[at:at + size], at + size
            else:
                size = 8 if wire == 1 else 4
                value, at = data[at:at + size], at + size
            self.fields.setdefault(number, []).append(value)

    def text(self, number):
        return self.fields[number][-1].decode() if number in self.fields else ""

    def texts(self, number):
        return [value.decode() for value in self.fields.get(number, [])]

    def int(self, number, default=0):
        if number not in self.fields:
            return default
        value = self.fields[number][-1]
        return value - (1 << 64) if value >= 1 << 63 else value

    def has(self, number):
        return number in self.fields

    def raws(self, number):
        return [Raw(value) for value in self.fields.get(number, [])]

    def raw(self, number):
        return Raw(b"".join(self.fields.get(number, [])))

    def ints(self, number):
        """A packed field."""
        out = []
        for data in self.fields.get(number, []):
            if isinstance(data, int):
                out.append(data)
                continue
            at = 0
            while at < len(data):
                value, at = _varint(data, at)
                out.append(value)
        return out


def _varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


class Node:
    """A named thing with its place and comments."""

    def __init__(self, file, path, raw):
        self.file = file
        self.raw = raw
        self.name = raw.text(1)
        self.line, self.comment = file.places.get(path, (0, ""))

    @property
    def where(self):
        return f"{self.file.name}:{self.line}"


class Field(Node):
    def __init__(self, file, path, raw, message):
        super().__init__(file, path, raw)
        self.message = message
        self.number = raw.int(3)
        self.type = raw.text(6).lstrip(".") or TYPES[raw.int(5)]
        self.is_repeated = raw.int(4) == 3
        self.is_optional = bool(raw.int(17))  # of proto3: with presence
        self.json_name = raw.text(10)
        self.oneof = None
        if raw.has(9) and not self.is_optional:
            self.oneof = message.oneofs[raw.int(9)]


class Enum(Node):
    def __init__(self, file, path, raw, scope):
        super().__init__(file, path, raw)
        self.full_name = f"{scope}.{self.name}"
        self.values = [Node(file, path + (2, i), r) for i, r in enumerate(raw.raws(2))]
        for value in self.values:
            value.number = value.raw.int(2)
        self.allows_alias = bool(raw.raw(3).int(2))
        # (first, last), inclusive.
        self.reserved = [(r.int(1), r.int(2)) for r in raw.raws(4)]
        self.reserved_names = raw.texts(5)


class Message(Node):
    def __init__(self, file, path, raw, scope):
        super().__init__(file, path, raw)
        self.full_name = f"{scope}.{self.name}"
        self.is_map_entry = bool(raw.raw(7).int(7))
        self.oneofs = [Node(file, path + (8, i), r) for i, r in enumerate(raw.raws(8))]
        self.fields = [Field(file, path + (2, i), r, self) for i, r in enumerate(raw.raws(2))]
        self.messages = [Message(file, path + (3, i), r, self.full_name)
                         for i, r in enumerate(raw.raws(3))]
        self.enums = [Enum(file, path + (4, i), r, self.full_name)
                      for i, r in enumerate(raw.raws(4))]
        # (first, last), inclusive.
        self.reserved = [(r.int(1), r.int(2) - 1) for r in raw.raws(9)]
        self.reserved_names = raw.texts(10)
        # Those that are written down, not what protoc makes of `optional`.
        self.real_oneofs = [o for o in self.oneofs if any(f.oneof is o for f in self.fields)]


class Rpc(Node):
    def __init__(self, file, path, raw):
        super().__init__(file, path, raw)
        self.request = raw.text(2).lstrip(".")
        self.response = raw.text(3).lstrip(".")
        self.streams_requests = bool(raw.int(5))
        self.streams_responses = bool(raw.int(6))


class Service(Node):
    def __init__(self, file, path, raw):
        super().__init__(file, path, raw)
        self.full_name = f"{file.package}.{self.name}"
        self.rpcs = [Rpc(file, path + (2, i), r) for i, r in enumerate(raw.raws(2))]


class File:
    def __init__(self, raw):
        self.raw = raw
        self.name = raw.text(1)
        self.package = raw.text(2)
        self.imports = raw.texts(3)
        self.public_imports = raw.ints(10)
        self.weak_imports = raw.ints(11)
        self.syntax = raw.text(12)
        self.options = raw.raw(8)
        self.places = {}
        for location in raw.raw(9).raws(1):
            span = location.ints(2)
            comment = (location.text(3) + location.text(4)).strip()
            self.places[tuple(location.ints(1))] = (span[0] + 1 if span else 0, comment)
        self.messages = [Message(self, (4, i), r, self.package) for i, r in enumerate(raw.raws(4))]
        self.enums = [Enum(self, (5, i), r, self.package) for i, r in enumerate(raw.raws(5))]
        self.services = [Service(self, (6, i), r) for i, r in enumerate(raw.raws(6))]

    def all_messages(self):
        """Inner ones after their outer ones; without what protoc makes of maps."""
        pending = list(self.messages)
        while pending:
            message = pending.pop(0)
            if message.is_map_entry:
                continue
            yield message
            pending = message.messages + pending

    def all_enums(self):
        yield from self.enums
        for message in self.all_messages():
            yield from message.enums


def load(root, names, protoc="protoc"):
    """The descriptors of `names`, paths under `root`, and of all that they import. ValueError where
    protoc does not take them."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "set")
        run = subprocess.run([protoc, "-I", root, "--include_imports", "--include_source_info",
                              f"--descriptor_set_out={out}", *names],
                             capture_output=True, text=True)
        if run.returncode != 0:
            raise ValueError(run.stderr.strip())
        with open(out, "rb") as stream:
            return [File(raw) for raw in Raw(stream.read()).raws(1)]


def upper_snake(name):
    """ExecutionStatus -> EXECUTION_STATUS."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()
