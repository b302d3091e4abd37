#include "engine/machine_test/read_mocks.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace pawl::machine_test {
namespace {

constexpr int64_t kMaxTimes = 1'000'000'000;

// The one thing that an answer says: return, fail, echo or silent.
void TakeKind(asl::FieldReader* reader, MockAnswer* answer) {
  int kinds = 0;
  if (const Value* result = reader->Take("return")) {
    answer->result = *result;
    ++kinds;
  }
  if (const Value* fail = reader->TakeObject("fail")) {
    asl::FieldReader fields(reader->sink(), *fail, reader->PointerTo("fail"));
    answer->kind = MockAnswer::Kind::kFail;
    answer->error = fields.TakeString("error");
    answer->cause = fields.TakeString("cause");
    fields.RejectUnknown();
    ++kinds;
  }
  if (reader->TakeBool("echo").value_or(false)) {
    answer->kind = MockAnswer::Kind::kEcho;
    ++kinds;
  }
  if (reader->TakeBool("silent").value_or(false)) {
    answer->kind = MockAnswer::Kind::kSilent;
    ++kinds;
  }
  if (kinds != 1) {
    reader->sink()->Schema(reader->pointer(),
                           "An answer says one of: return, fail, echo or silent");
  }
}

// It is said at once, to every call.
MockAnswer ReadSubmitted(const Value& json, const std::string& pointer, asl::DiagnosticSink* sink) {
  asl::FieldReader reader(sink, json, pointer);
  MockAnswer answer;
  TakeKind(&reader, &answer);
  reader.RejectUnknown();
  return answer;
}

MockAnswer ReadAnswer(const Value& json, const std::string& pointer, int64_t times,
                      asl::DiagnosticSink* sink) {
  asl::FieldReader reader(sink, json, pointer);
  MockAnswer answer;
  TakeKind(&reader, &answer);
  answer.after = TakeDuration(&reader, "after").value_or(absl::ZeroDuration());
  answer.heartbeat_every = TakeDuration(&reader, "heartbeatEvery").value_or(absl::ZeroDuration());
  answer.times = reader.TakeInteger("times", 1, kMaxTimes).value_or(times);
  if (const Value* when = reader.Take("when")) answer.when = *when;
  if (const Value* submitted = reader.TakeObject("submitted")) {
    answer.submitted = std::make_shared<MockAnswer>(
        ReadSubmitted(*submitted, reader.PointerTo("submitted"), sink));
  }
  reader.RejectUnknown();
  return answer;
}

Mock ReadMock(const Value& json, const std::string& pointer, asl::DiagnosticSink* sink) {
  Mock mock;
  if (!json.is_array()) {
    mock.answers.push_back(ReadAnswer(json, pointer, kEveryTime, sink));
    return mock;
  }
  for (size_t i = 0; i < json.AsArray().size(); ++i) {
    mock.answers.push_back(ReadAnswer(json.AsArray()[i], absl::StrCat(pointer, "/", i), 1, sink));
  }
  if (mock.answers.empty()) sink->Schema(pointer, "A list of answers cannot be empty");
  return mock;
}

void TakeNamed(asl::FieldReader* reader, absl::string_view field,
               std::map<std::string, Mock>* out) {
  const Value* named = reader->TakeObject(field);
  if (named == nullptr) return;
  const asl::FieldReader names(reader->sink(), *named, reader->PointerTo(field));
  for (const auto& [name, json] : named->AsObject()) {
    (*out)[name] = ReadMock(json, names.PointerTo(name), reader->sink());
  }
}

}  // namespace

absl::optional<absl::Duration> TakeDuration(asl::FieldReader* reader, absl::string_view field) {
  const absl::optional<std::string> text = reader->TakeString(field);
  if (!text.has_value()) return absl::nullopt;
  absl::Duration duration;
  if (absl::ParseDuration(*text, &duration) && duration >= absl::ZeroDuration()) return duration;
  reader->Error(field, absl::StrCat("'", *text, "' is no duration; write \"90s\" or \"1h30m\""));
  return absl::nullopt;
}

void TakeMocks(asl::FieldReader* reader, Mocks* mocks) {
  TakeNamed(reader, "states", &mocks->states);
  TakeNamed(reader, "queues", &mocks->queues);
}

}  // namespace pawl::machine_test
