#include "cli/deploy_report.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/deploy/diff.h"
#include "cli/diagnostics.h"
#include "cli/text.h"
#include "engine/value/json.h"
#include "engine/value/terminal_text.h"

namespace pawl::cli {
namespace {

using deploy::Change;
using deploy::DiffLine;

constexpr size_t kContextLines = 2;
constexpr size_t kMostDiffLines = 200;  // of one machine

const char* ChangeName(Change change) {
  switch (change) {
    case Change::kCreate:
      return "create";
    case Change::kUpdate:
      return "update";
    case Change::kUnchanged:
      return "unchanged";
  }
  return "";
}

std::string Mark(Change change, const Palette& paint) {
  switch (change) {
    case Change::kCreate:
      return paint(Style::kGood, "+");
    case Change::kUpdate:
      return paint(Style::kWarn, "~");
    case Change::kUnchanged:
      return paint(Style::kDim, "=");
  }
  return "";
}

std::vector<DiffLine> DiffOf(const deploy::MachinePlan& plan) {
  if (!plan.changes_definition) return {};
  const absl::StatusOr<Value> before = ParseJson(plan.current->definition);
  return deploy::Diff(before.ok() ? ToPrettyJson(*before) : plan.current->definition,
                      ToPrettyJson(plan.machine->value), kContextLines);
}

std::string DiffText(const std::vector<DiffLine>& diff, const Palette& paint) {
  std::string out;
  size_t shown = 0;
  for (const DiffLine& line : diff) {
    if (++shown > kMostDiffLines) {
      absl::StrAppend(&out, "        ",
                      paint(Style::kDim, absl::StrCat("… ", diff.size() - kMostDiffLines,
                                                      " more lines; --json has them all")),
                      "\n");
      break;
    }
    const std::string text = OneLine(line.text);
    switch (line.kind) {
      case DiffLine::Kind::kSame:
        absl::StrAppend(&out, "          ", paint(Style::kDim, text), "\n");
        break;
      case DiffLine::Kind::kRemoved:
        absl::StrAppend(&out, "        ", paint(Style::kBad, absl::StrCat("- ", text)), "\n");
        break;
      case DiffLine::Kind::kAdded:
        absl::StrAppend(&out, "        ", paint(Style::kGood, absl::StrCat("+ ", text)), "\n");
        break;
      case DiffLine::Kind::kGap:
        absl::StrAppend(&out, "        ", paint(Style::kDim, "…"), "\n");
        break;
    }
  }
  return out;
}

std::string TagText(const deploy::TagChanges& tags, const Palette& paint) {
  std::string out;
  for (const auto& [key, value] : tags.set) {
    absl::StrAppend(&out, "        ", paint(Style::kGood, "+"), " tag ", OneLine(key), "=",
                    OneLine(value), "\n");
  }
  for (const std::string& key : tags.removed) {
    absl::StrAppend(&out, "        ", paint(Style::kBad, "-"), " tag ", OneLine(key), "\n");
  }
  return out;
}

std::string MachineText(const deploy::MachinePlan& plan, const Palette& paint) {
  const deploy::Machine& machine = *plan.machine;
  std::string note = ChangeName(plan.change);
  if (machine.type == asl::MachineType::kExpress) note += ", EXPRESS";
  if (plan.changes_definition || plan.changes_role) {
    absl::StrAppend(&note, ", revision ", plan.current->revision, " becomes a new one");
  }
  if (plan.publishes) note += ", a version is published";
  std::string out = absl::StrCat("  ", Mark(plan.change, paint), " ",
                                 paint(Style::kAccent, OneLine(machine.name)), "  ",
                                 paint(Style::kDim, note), "\n");
  out += DiffText(DiffOf(plan), paint);
  if (plan.changes_role) {
    absl::StrAppend(&out, "        ", paint(Style::kGood, "+"), " role ", OneLine(machine.role_arn),
                    "\n");
  }
  if (plan.change == Change::kUpdate) out += TagText(plan.tags, paint);
  for (const deploy::Alias* alias : plan.aliases) {
    const std::string routes =
        absl::StrJoin(alias->routes, " ", [](std::string* text, const deploy::Route& route) {
          absl::StrAppend(text,
                          route.version == 0 ? "the new version" : absl::StrCat(route.version), "=",
                          route.weight);
        });
    absl::StrAppend(&out, "        ", paint(Style::kGood, "+"), " alias ", OneLine(alias->name),
                    " leads to ", routes, "\n");
  }
  return out;
}

std::string NotesText(const char* title, const std::vector<deploy::Note>& notes,
                      const Palette& paint) {
  if (notes.empty()) return "";
  std::string out = absl::StrCat("\n", paint(Style::kBold, title), "\n");
  for (const deploy::Note& note : notes) {
    absl::StrAppend(&out, "  ", paint(Style::kDim, OneLine(note.where)), "  ", OneLine(note.text),
                    "\n");
  }
  return out;
}

Value NotesJson(const std::vector<deploy::Note>& notes) {
  Value::Elements out;
  for (const deploy::Note& note : notes) {
    out.push_back(
        Value::Object({{"where", Value::String(note.where)}, {"text", Value::String(note.text)}}));
  }
  return Value::Array(std::move(out));
}

Value TagsJson(const deploy::TagChanges& tags) {
  Value::Members set;
  for (const auto& [key, value] : tags.set) set.emplace_back(key, Value::String(value));
  Value::Elements removed;
  for (const std::string& key : tags.removed) removed.push_back(Value::String(key));
  return Value::Object(
      {{"set", Value::Object(std::move(set))}, {"removed", Value::Array(std::move(removed))}});
}

Value MachineJson(const deploy::MachinePlan& plan) {
  Value::Members members = {
      {"name", Value::String(plan.machine->name)},
      {"change", Value::String(ChangeName(plan.change))},
      {"where", Value::String(plan.machine->where)},
      {"stack", Value::String(plan.machine->stack)},
      {"type",
       Value::String(plan.machine->type == asl::MachineType::kExpress ? "EXPRESS" : "STANDARD")}};
  if (plan.current.has_value()) {
    members.emplace_back("revision", Value::Int(plan.current->revision));
    if (!plan.tags.is_empty()) members.emplace_back("tags", TagsJson(plan.tags));
  }
  if (plan.publishes) members.emplace_back("publishes", Value::Bool(true));
  Value::Elements aliases;
  for (const deploy::Alias* alias : plan.aliases) aliases.push_back(Value::String(alias->name));
  if (!aliases.empty()) members.emplace_back("aliases", Value::Array(std::move(aliases)));
  std::string diff;
  for (const DiffLine& line : DiffOf(plan)) {
    const char* const mark = line.kind == DiffLine::Kind::kAdded     ? "+"
                             : line.kind == DiffLine::Kind::kRemoved ? "-"
                             : line.kind == DiffLine::Kind::kGap     ? "@"
                                                                     : " ";
    absl::StrAppend(&diff, mark, line.text, "\n");
  }
  if (!diff.empty()) members.emplace_back("diff", Value::String(diff));
  return Value::Object(std::move(members));
}

}  // namespace

std::string PlanText(const deploy::Bundle& bundle, const deploy::Plan& plan, const Palette& paint) {
  std::string out = absl::StrCat(paint(Style::kBold, OneLine(absl::StrJoin(bundle.stacks, ", "))),
                                 paint(Style::kDim, absl::StrCat("  ", bundle.form)), "\n");
  for (const deploy::ActivityPlan& activity : plan.activities) {
    absl::StrAppend(&out, "  ", Mark(activity.change, paint), " activity ",
                    paint(Style::kAccent, OneLine(activity.activity->name)), "  ",
                    paint(Style::kDim, ChangeName(activity.change)), "\n");
    if (activity.change == Change::kUpdate) out += TagText(activity.tags, paint);
  }
  for (const deploy::MachinePlan& machine : plan.machines) out += MachineText(machine, paint);
  for (const deploy::Removal& removal : plan.removals) {
    absl::StrAppend(
        &out, "  ", paint(plan.prunes ? Style::kBad : Style::kDim, plan.prunes ? "-" : "?"),
        removal.is_activity ? " activity " : " ", paint(Style::kAccent, OneLine(removal.name)),
        "  ",
        paint(Style::kDim, plan.prunes ? "delete; its running executions fail"
                                       : "is no longer here and stays; --prune deletes it"),
        "\n");
  }
  absl::StrAppend(&out, NotesText("Left out", bundle.left_out, paint), StandInText(bundle, paint));
  return out;
}

std::string StandInText(const deploy::Bundle& bundle, const Palette& paint) {
  return NotesText("Stand-ins for what AWS would know; others by --parameter NAME=VALUE",
                   bundle.stand_ins, paint);
}

std::string PlanSummary(const deploy::Plan& plan) {
  size_t counts[3] = {0, 0, 0};
  for (const auto& machine : plan.machines) ++counts[static_cast<int>(machine.change)];
  for (const auto& activity : plan.activities) ++counts[static_cast<int>(activity.change)];
  std::vector<std::string> parts;
  if (counts[0] > 0) parts.push_back(absl::StrCat(counts[0], " to create"));
  if (counts[1] > 0) parts.push_back(absl::StrCat(counts[1], " to update"));
  if (plan.prunes && !plan.removals.empty()) {
    parts.push_back(absl::StrCat(plan.removals.size(), " to delete"));
  }
  parts.push_back(absl::StrCat(counts[2], " unchanged"));
  return absl::StrJoin(parts, ", ");
}

std::string FindingText(const deploy::Finding& finding, const Palette& paint) {
  return RenderDiagnostics(finding.machine->source.path, finding.machine->source.text,
                           FromCompiler(finding.diagnostics), paint);
}

Value PlanJson(const deploy::Bundle& bundle, const deploy::Plan& plan) {
  Value::Elements stacks;
  for (const std::string& stack : bundle.stacks) stacks.push_back(Value::String(stack));
  Value::Elements machines;
  for (const deploy::MachinePlan& machine : plan.machines) machines.push_back(MachineJson(machine));
  Value::Elements activities;
  for (const deploy::ActivityPlan& activity : plan.activities) {
    activities.push_back(Value::Object({{"name", Value::String(activity.activity->name)},
                                        {"change", Value::String(ChangeName(activity.change))},
                                        {"where", Value::String(activity.activity->where)}}));
  }
  Value::Elements removals;
  for (const deploy::Removal& removal : plan.removals) {
    removals.push_back(
        Value::Object({{"name", Value::String(removal.name)},
                       {"kind", Value::String(removal.is_activity ? "activity" : "stateMachine")},
                       {"stack", Value::String(removal.stack)},
                       {"isDeleted", Value::Bool(plan.prunes)}}));
  }
  return Value::Object({{"form", Value::String(bundle.form)},
                        {"stacks", Value::Array(std::move(stacks))},
                        {"stateMachines", Value::Array(std::move(machines))},
                        {"activities", Value::Array(std::move(activities))},
                        {"removals", Value::Array(std::move(removals))},
                        {"leftOut", NotesJson(bundle.left_out)},
                        {"standIns", NotesJson(bundle.stand_ins)}});
}

}  // namespace pawl::cli
