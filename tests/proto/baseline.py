"""A package's messages, enumerations and services as plain text, a line for each number, and what
may not happen to them between two versions."""

import re


class Message:
    """`lines`: number -> text, of fields or of an enumeration's values."""

    def __init__(self):
        self.lines = {}
        self.reserved = []  # (first, last)
        self.reserved_names = []

    def reserves(self, number):
        return any(first <= number <= last for first, last in self.reserved)


class Package:
    """`messages`: "message X" or "enum X" -> Message. `rpcs`: "service X" -> {name: text}."""

    def __init__(self, messages=None, rpcs=None):
        self.messages = messages if messages is not None else {}
        self.rpcs = rpcs if rpcs is not None else {}


def from_files(package, files):
    def local(name):
        return name.removeprefix(package + ".")

    def type_of(field):
        entry = next((m for m in field.message.messages
                      if m.is_map_entry and m.full_name == field.type), None)
        if entry is None:
            return local(field.type)
        key, value = (local(f.type) for f in entry.fields)
        return f"map<{key}, {value}>"

    def line(field):
        text = type_of(field)
        if field.is_optional:
            text = f"optional {text}"
        elif field.is_repeated and not text.startswith("map<"):
            text = f"repeated {text}"
        text = f"{text} {field.name}"
        if field.oneof is not None:
            text += f" oneof {field.oneof.name}"
        if field.json_name != camel(field.name):
            text += f" json {field.json_name}"
        return text

    out = Package()
    for file in files:
        for kind, things in (("message", file.all_messages()), ("enum", file.all_enums())):
            for thing in things:
                entry = out.messages[f"{kind} {local(thing.full_name)}"] = Message()
                entry.reserved = sorted(thing.reserved)
                entry.reserved_names = sorted(thing.reserved_names)
                if kind == "message":
                    entry.lines = {f.number: line(f) for f in thing.fields}
                else:
                    entry.lines = {v.number: v.name for v in thing.values}
        for service in file.services:
            out.rpcs[f"service {service.name}"] = {
                rpc.name: f"{rpc.name}({'stream ' * rpc.streams_requests}{local(rpc.request)}) "
                          f"returns ({'stream ' * rpc.streams_responses}{local(rpc.response)})"
                for rpc in service.rpcs}
    return out


def camel(name):
    """protobuf's JSON name of a field."""
    return re.sub(r"_+([a-z0-9])", lambda match: match[1].upper(), name)


def write(package):
    out = ["# What tests/proto/check holds later versions to. Written by its --update."]
    for name, message in sorted(package.messages.items()):
        out.append(name)
        out += [f"  {number} {line}" for number, line in sorted(message.lines.items())]
        out += [f"  reserved {first} to {last}" for first, last in message.reserved]
        out += [f"  reserved \"{text}\"" for text in message.reserved_names]
    for name, rpcs in sorted(package.rpcs.items()):
        out.append(name)
        out += [f"  {line}" for _, line in sorted(rpcs.items())]
    return "\n".join(out) + "\n"


def read(text):
    out = Package()
    entry = None
    for row in text.splitlines():
        if row.startswith("#") or not row.strip():
            continue
        line = row.strip()
        if not row.startswith(" "):
            entry = {} if line.startswith("service ") else Message()
            (out.rpcs if isinstance(entry, dict) else out.messages)[line] = entry
        elif isinstance(entry, dict):
            entry[line.partition("(")[0]] = line
        elif match := re.match(r"reserved (-?\d+) to (-?\d+)$", line):
            entry.reserved.append((int(match[1]), int(match[2])))
        elif match := re.match(r'reserved "(.*)"$', line):
            entry.reserved_names.append(match[1])
        else:
            number, _, rest = line.partition(" ")
            entry.lines[int(number)] = rest
    return out


def name_of(line):
    """Of a field or an enumeration's value."""
    return re.sub(r" (oneof|json) .*", "", line).rpartition(" ")[2]


def breaks(old, new, names_travel):
    """What of `old` does not hold in `new`. `names_travel`: names are part of what is sent (JSON),
    so that of a removed field the name has to be reserved too."""
    out = []
    for thing, before in old.messages.items():
        after = new.messages.get(thing)
        if after is None:
            out.append(f"{thing} was removed")
            continue
        for number, line in before.lines.items():
            now = after.lines.get(number)
            if now is None:
                out += _removed(thing, number, line, after, names_travel)
            elif now != line:
                out.append(f"{thing}: number {number} was \"{line}\", is \"{now}\"")
        for first, last in before.reserved:
            if not any(f <= first and last <= l for f, l in after.reserved):
                out.append(f"{thing}: {first} to {last} is not reserved any more")
        for name in before.reserved_names:
            if names_travel and name not in after.reserved_names:
                out.append(f"{thing}: the name {name} is not reserved any more")
    for service, before in old.rpcs.items():
        after = new.rpcs.get(service)
        if after is None:
            out.append(f"{service} was removed")
            continue
        for name, line in before.items():
            if name not in after:
                out.append(f"{service}: {name} was removed")
            elif after[name] != line:
                out.append(f"{service}: \"{line}\" is \"{after[name]}\" now")
    return out


def _removed(thing, number, line, after, names_travel):
    name = name_of(line)
    wanted = []
    if not after.reserves(number):
        wanted.append(f"reserved {number};")
    if names_travel and name not in after.reserved_names:
        wanted.append(f"reserved \"{name}\";")
    if not wanted:
        return []
    return [f"{thing}: number {number}, \"{line}\", was removed; say {' '.join(wanted)}"]
