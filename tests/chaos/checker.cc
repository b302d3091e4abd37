#include "tests/chaos/checker.h"

#include <fstream>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/value/json.h"
#include "pawl/client.h"

namespace pawl::chaos {
namespace {

std::string Field(const Value& object, const char* key) {
  const Value* value = object.Find(key);
  return value != nullptr && value->is_string() ? value->AsString() : "";
}

class Checker {
 public:
  explicit Checker(const std::vector<std::string>& worker_logs) {
    for (const std::string& path : worker_logs) {
      std::ifstream log(path);
      for (std::string id, key; log >> id >> key;) logged_[id] = key;
    }
  }

  void CheckHistory(const std::string& name, const std::vector<HistoryEvent>& history) {
    int64_t last = 0;
    absl::Time time = absl::InfinitePast(), wait_entered;
    for (const HistoryEvent& event : history) {
      if (event.id == 0) continue;
      if (event.id != ++last) Violation(name, absl::StrCat("event ", last, " is missing"));
      if (event.type != "TaskStarted") {
        if (event.time < time) Violation(name, absl::StrCat("time runs backwards at ", event.id));
        time = event.time;
      }
      if (event.type == "WaitStateEntered") wait_entered = event.time;
      if (event.type == "WaitStateExited" && event.time - wait_entered < absl::Seconds(2)) {
        Violation(name, "a Wait of two seconds ended early");
      }
      if (event.type == "TaskSucceeded" && !IsStartOfChild(event)) CheckTask(name, event);
    }
  }

  // The results of a machine whose tasks run in child executions.
  void CheckOutput(const std::string& name, const std::string& text, int expected) {
    const int before = verdict.results;
    absl::StatusOr<Value> output = ParseJson(text);
    if (!output.ok()) return Violation(name, "its output is not readable");
    CheckResultsIn(name, *output);
    if (verdict.results - before != expected) {
      Violation(name, absl::StrCat("has ", verdict.results - before, " results of ", expected));
    }
  }

  Verdict verdict;

  void Violation(const std::string& name, const std::string& text) {
    verdict.violations.push_back(absl::StrCat(name, ": ", text));
  }

 private:
  static bool IsStartOfChild(const HistoryEvent& event) {
    return absl::StrContains(event.details_json, "startExecution");
  }

  void CheckTask(const std::string& name, const HistoryEvent& event) {
    auto details = ParseJson(event.details_json);
    auto output = details.ok() ? ParseJson(Field(*details, "output")) : details;
    if (!output.ok()) return Violation(name, "a result is not readable");
    CheckResult(name, *output);
  }

  void CheckResultsIn(const std::string& name, const Value& value) {
    if (value.is_array()) {
      for (const Value& element : value.AsArray()) CheckResultsIn(name, element);
    } else if (!Field(value, "id").empty() && !Field(value, "key").empty()) {
      CheckResult(name, value);
    } else if (value.is_object()) {
      for (const auto& [key, member] : value.AsObject()) CheckResultsIn(name, member);
    }
  }

  void CheckResult(const std::string& name, const Value& output) {
    ++verdict.results;
    const std::string id = Field(output, "id");
    const auto it = logged_.find(id);
    if (it == logged_.end()) return Violation(name, absl::StrCat("no worker gave the result ", id));
    if (it->second != Field(output, "key")) {
      Violation(name, "a result of another task was applied");
    }
    if (!applied_.insert(id).second)
      Violation(name, absl::StrCat("the result ", id, " was applied twice"));
  }

  std::map<std::string, std::string> logged_;  // result id -> idempotency key
  std::set<std::string> applied_;
};

}  // namespace

Verdict Check(const std::string& address, const std::vector<Clients::Acked>& acked,
              const std::vector<std::string>& worker_logs, absl::Duration patience) {
  Client client({.addresses = {address}});
  const absl::Time deadline = absl::Now() + patience;
  std::vector<std::string> names;
  for (const Clients::Acked& execution : acked) {
    names.push_back(absl::StrCat(execution.machine, "/", execution.name));
  }
  std::map<std::string, ExecutionInfo> infos;
  for (const std::string& name : names) {
    for (;;) {
      auto info = client.Describe(name);
      if (info.ok()) infos[name] = *info;
      if ((info.ok() && info->is_closed()) || absl::Now() > deadline) break;
      absl::SleepFor(absl::Milliseconds(100));
    }
  }
  Checker checker(worker_logs);
  for (const std::string& name : names) {
    if (infos.count(name) == 0) {
      checker.Violation(name, "was acknowledged and is not there");
      continue;
    }
    const ExecutionInfo& info = infos[name];
    if (info.status != ExecutionStatus::kSucceeded) {
      checker.Violation(name, absl::StrCat("is ", ExecutionStatusName(info.status), " in the end ",
                                           info.error, " ", info.cause));
      continue;
    }
    ++checker.verdict.ended;
    std::vector<HistoryEvent> history;
    Pages<HistoryEvent> pages = client.HistoryPages(name);
    while (pages.Next()) history.insert(history.end(), pages.items().begin(), pages.items().end());
    if (!pages.status().ok()) {
      checker.Violation(name, pages.status().ToString());
      continue;
    }
    checker.CheckHistory(name, history);
    if (absl::StrContains(name, "spread/")) checker.CheckOutput(name, info.output, 3);
    if (absl::StartsWith(name, "nest/")) checker.CheckOutput(name, info.output, 2);
  }
  return checker.verdict;
}

}  // namespace pawl::chaos
