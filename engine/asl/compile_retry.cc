// Retry and Catch (ASL, "Errors").
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/asl/compiler.h"

namespace pawl::asl {
namespace {

constexpr int64_t kMaxSeconds = 99'999'999;

}  // namespace

std::vector<std::string> Compiler::CompileErrorEquals(FieldReader* reader, bool is_last) {
  std::vector<std::string> names;
  reader->Require({"ErrorEquals"});
  const Value* list = reader->TakeArray("ErrorEquals");
  if (list == nullptr) return names;
  if (list->AsArray().empty())
    reader->Error("ErrorEquals", "Value cannot be empty", "name an error, or States.ALL");
  for (const Value& name : list->AsArray()) {
    if (!name.is_string()) {
      reader->Error("ErrorEquals", "Expected elements of type [STRING]");
      continue;
    }
    names.push_back(name.AsString());
  }
  for (const std::string& name : names) {
    if (name != "States.ALL") continue;
    if (names.size() > 1) {
      reader->Error("ErrorEquals", "States.ALL must appear alone in the ErrorEquals array",
                    "it matches everything: take the others out");
    } else if (!is_last) {
      reader->Error("ErrorEquals", "States.ALL must appear in the last element of the array only",
                    "nothing after it could match: move it to the end");
    }
  }
  return names;
}

void Compiler::CompileRetry(FieldReader* reader, State* state) {
  const Value* list = reader->TakeArray("Retry");
  if (list == nullptr) return;
  const size_t count = list->AsArray().size();
  for (size_t i = 0; i < count; ++i) {
    FieldReader entry(sink_, list->AsArray()[i], absl::StrCat(reader->PointerTo("Retry"), "/", i),
                      state->language);
    Retrier retrier;
    retrier.error_equals = CompileErrorEquals(&entry, i + 1 == count);
    if (const auto seconds = entry.TakeInteger("IntervalSeconds", 1, kMaxSeconds)) {
      retrier.interval = absl::Seconds(*seconds);
    }
    if (const auto attempts = entry.TakeInteger("MaxAttempts", 0, kMaxSeconds)) {
      retrier.max_attempts = *attempts;
    }
    if (const auto rate = entry.TakeNumber("BackoffRate", 1.0, 1e9)) retrier.backoff_rate = *rate;
    if (const auto seconds = entry.TakeInteger("MaxDelaySeconds", 1, 31'622'400)) {
      retrier.max_delay = absl::Seconds(*seconds);
      if (retrier.max_delay <= retrier.interval) {
        entry.Error("MaxDelaySeconds", "MaxDelaySeconds must be greater than IntervalSeconds",
                    "it caps the delays, of which IntervalSeconds is the first");
      }
    }
    if (const auto jitter = entry.TakeString("JitterStrategy")) {
      if (*jitter != "FULL" && *jitter != "NONE") {
        entry.RejectValue("JitterStrategy", {"FULL", "NONE"});
      }
      retrier.full_jitter = *jitter == "FULL";
    }
    entry.RejectUnknown();
    state->retriers.push_back(std::move(retrier));
  }
}

void Compiler::CompileCatch(FieldReader* reader, State* state) {
  const Value* list = reader->TakeArray("Catch");
  if (list == nullptr) return;
  const size_t count = list->AsArray().size();
  for (size_t i = 0; i < count; ++i) {
    FieldReader entry(sink_, list->AsArray()[i], absl::StrCat(reader->PointerTo("Catch"), "/", i),
                      state->language);
    Catcher catcher;
    catcher.error_equals = CompileErrorEquals(&entry, i + 1 == count);
    catcher.assign = TakeAssign(&entry, StatesScope::kWithErrorOutput, state->block);
    entry.Require({"Next"});
    const absl::optional<StateIndex> next = TakeTarget(&entry, "Next", state->block);
    if (!next.has_value()) unclear_blocks_.insert(state->block);
    catcher.next = next.value_or(kNone);
    if (entry.is_jsonata()) {
      catcher.output = entry.TakeTemplate("Output", StatesScope::kWithErrorOutput);
    } else {
      catcher.result_path = entry.TakeResultPath("ResultPath");
    }
    entry.RejectUnknown();
    state->catchers.push_back(std::move(catcher));
  }
}

}  // namespace pawl::asl
