#include "engine/machine_test/mock_player.h"

#include "absl/strings/str_cat.h"
#include "engine/machine_test/difference.h"
#include "engine/value/json.h"

namespace pawl::machine_test {
namespace {

std::string Short(const Value& value) {
  std::string text = ToJson(value);
  if (text.size() > 200) text = absl::StrCat(text.substr(0, 200), "...");
  return text;
}

}  // namespace

const Mock* MockPlayer::Find(const MockCall& call) const {
  auto it = mocks_.states.find(absl::StrCat(call.machine, "/", call.state));
  if (it == mocks_.states.end()) it = mocks_.states.find(call.state);
  if (it != mocks_.states.end()) return &it->second;
  it = mocks_.queues.find(call.queue);
  return it == mocks_.queues.end() ? nullptr : &it->second;
}

absl::StatusOr<const MockAnswer*> MockPlayer::Next(const MockCall& call) {
  const Mock* mock = Find(call);
  if (mock == nullptr) {
    return absl::NotFoundError(absl::StrCat("state '", call.state, "' has no mock (nor has queue '",
                                            call.queue, "'); its input: ", Short(call.input)));
  }
  Used& used = used_[mock];
  used.by_answer.resize(mock->answers.size());
  const int64_t number = used.calls++;
  for (size_t i = 0; i < mock->answers.size(); ++i) {
    const MockAnswer& answer = mock->answers[i];
    if (used.by_answer[i] >= answer.times) continue;
    if (answer.when.has_value() && !Contains(call.input, *answer.when)) continue;
    ++used.by_answer[i];
    if (answer.kind == MockAnswer::Kind::kMissing) break;
    return &answer;
  }
  return absl::NotFoundError(absl::StrCat("state '", call.state, "' was called for the ",
                                          number + 1,
                                          ". time, for which its mock has no answer; "
                                          "its input: ",
                                          Short(call.input)));
}

}  // namespace pawl::machine_test
