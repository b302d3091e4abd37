#include "engine/asl/static_warnings.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/asl/locate.h"
#include "engine/expr/payload_template.h"

namespace pawl::asl {
namespace {

// "$", a price of "$5" and the like are texts; what leads somewhere is a path.
bool LooksLikePath(const Value& value) {
  if (!value.is_string()) return false;
  const std::string& text = value.AsString();
  const bool has_form = absl::StartsWith(text, "$.") || absl::StartsWith(text, "$$.") ||
                        absl::StartsWith(text, "$[") || absl::StartsWith(text, "States.");
  return has_form && expr::CompilePathOrIntrinsic(text).ok();
}

using Found = void (*)(const std::string& pointer, const std::string& name, DiagnosticSink* sink);

void Walk(const Value& value, const std::string& pointer, int depth, Found found,
          DiagnosticSink* sink) {
  constexpr int kDeepest = 32;  // deeper is nothing that a person wrote
  if (depth > kDeepest) return;
  if (value.is_array()) {
    for (size_t i = 0; i < value.AsArray().size(); ++i) {
      const Value& element = value.AsArray()[i];
      if (element.is_object() || element.is_array()) {
        Walk(element, absl::StrCat(pointer, "/", i), depth + 1, found, sink);
      }
    }
  } else if (value.is_object()) {
    for (const auto& [name, member] : value.AsObject()) {
      const bool is_container = member.is_object() || member.is_array();
      if (!is_container && (absl::EndsWith(name, ".$") || !LooksLikePath(member))) continue;
      const std::string place = absl::StrCat(pointer, "/", EscapePointer(name));
      if (is_container) {
        Walk(member, place, depth + 1, found, sink);
      } else {
        found(place, name, sink);
      }
    }
  }
}

void NoDollar(const std::string& pointer, const std::string& name, DiagnosticSink* sink) {
  sink->Warn("NO_DOLLAR", pointer,
             absl::StrCat("No .$ on field '", name,
                          "' whose value appears to be a JSONPath or an intrinsic function"),
             absl::StrCat("write \"", name, ".$\" to use what the path finds"));
}

void IsStatic(const std::string& pointer, const std::string& name, DiagnosticSink* sink) {
  sink->Warn("PASS_RESULT_IS_STATIC", pointer,
             absl::StrCat("The Result of a Pass state is static: the path in '", name,
                          "' is not evaluated"),
             "use Parameters instead of Result, with '.$' at the end of the name");
}

void NoPath(const State& state, const Value& json, absl::string_view field, DiagnosticSink* sink) {
  const Value* value = json.Find(field);
  if (value == nullptr || !LooksLikePath(*value)) return;
  const std::string name(field);
  sink->Warn("NO_PATH", absl::StrCat(state.pointer, "/", name),
             absl::StrCat("The value of '", name,
                          "' looks like a path, but the name does not end with 'Path'"),
             absl::StrCat("write \"", name, "Path\" to use what the path finds"));
}

}  // namespace

void WarnOfStaticPaths(const State& state, const Value& json, DiagnosticSink* sink) {
  for (absl::string_view field :
       {"Parameters", "ResultSelector", "ItemSelector", "Assign", "Credentials"}) {
    const Value* value = json.Find(field);
    if (value == nullptr) continue;
    Walk(*value, absl::StrCat(state.pointer, "/", std::string(field)), 0, NoDollar, sink);
  }
  if (state.type == StateType::kPass && json.Find("Result") != nullptr) {
    Walk(*json.Find("Result"), absl::StrCat(state.pointer, "/Result"), 0, IsStatic, sink);
  }
  if (state.type == StateType::kFail) {
    NoPath(state, json, "Error", sink);
    NoPath(state, json, "Cause", sink);
  }
}

}  // namespace pawl::asl
